"""One look of the exit service: carry open exits on, then take up the next withdrawal."""

from functools import partial

from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.exit.plan import follow_up, plan
from ballast.services.exit.start import ACTOR, start_next
from ballast.services.operations.drive import drive
from ballast.services.operations.requests import open_requests


async def tick(desk: Desk) -> None:
    """Do what can be done now."""
    opened = [operation.id for operation in desk.state.open_of(OperationKind.EXIT)]
    if not opened and desk.state.pause_of(ACTOR) is None:
        fresh = await start_next(desk, await open_requests(desk))
        opened = [fresh] if fresh else []
    for operation in opened:
        await drive(desk, operation, ACTOR, partial(plan, desk), partial(follow_up, desk))
