"""One look of the reserve service: carry an open top-up on, then watch the reserve."""

from functools import partial

from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.operations.drive import drive
from ballast.services.operations.open import open_operation
from ballast.services.operations.steps import nothing_follows
from ballast.services.reserve.assess import Assessment, assess
from ballast.services.reserve.plan import plan

ACTOR = "reserve"
ALERT = "reserve"


async def tick(desk: Desk) -> Assessment:
    """Do what can be done now and return what was measured before it."""
    await _carry_on(desk)
    found = await assess(desk, await desk.observe())
    if found.short and not desk.state.winding_up and not any(desk.state.open_of(OperationKind.RESERVE)):
        await _start(desk, found)
        await _carry_on(desk)
    if not found.short:
        await desk.clear(ACTOR, ALERT)
    return found


async def _carry_on(desk: Desk) -> None:
    for operation in [operation.id for operation in desk.state.open_of(OperationKind.RESERVE)]:
        await drive(desk, operation, ACTOR, partial(plan, desk), nothing_follows)


async def _start(desk: Desk, found: Assessment) -> None:
    if desk.state.pause_of(ACTOR) is not None or not found.sale.quantity:
        text = f"USDT reserve {found.reserve.usdt} below {found.floor_usd:.2f}, and no BTC may be sold for it"
        await desk.alert(ACTOR, ALERT, text)
        return
    subject = f"reserve {desk.clock.now().isoformat()}"
    await open_operation(desk, OperationKind.RESERVE, subject, found.sale)
