"""One look of the exit service."""

from ballast.services.desk import Desk
from ballast.services.exit.plan import follow_up, plan
from ballast.services.exit.start import STARTER
from ballast.services.operations.capital import look


async def tick(desk: Desk) -> None:
    """Carry an open exit on, or take up the next withdrawal."""
    await look(desk, STARTER, plan, follow_up)
