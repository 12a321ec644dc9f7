"""One look of a service that moves users' money: carry on what is open, then take up the next request."""

from functools import partial

from ballast.services.desk import Desk
from ballast.services.operations.drive import drive
from ballast.services.operations.start import Starter, start_next
from ballast.services.operations.steps import CapitalFollowUp, CapitalPlan


async def look(desk: Desk, starter: Starter, plan: CapitalPlan, follow_up: CapitalFollowUp) -> None:
    """Do what can be done now."""
    actor = starter.kind.value
    opened = [operation.id for operation in desk.state.open_of(starter.kind)]
    if not opened and desk.state.pause_of(actor) is None:
        fresh = await start_next(desk, starter)
        opened = [fresh] if fresh else []
    for operation in opened:
        await drive(desk, operation, actor, partial(plan, desk), partial(follow_up, desk))
