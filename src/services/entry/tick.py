"""One look of the entry service."""

from ballast.services.desk import Desk
from ballast.services.entry.plan import follow_up, plan
from ballast.services.entry.start import STARTER
from ballast.services.operations.capital import look


async def tick(desk: Desk) -> None:
    """Carry an open entry on, or take up the next deposit."""
    await look(desk, STARTER, plan, follow_up)
