"""One look of the rebalancing service: carry an open rebalance on, then watch the ratio."""

from functools import partial

from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.operations.drive import drive
from ballast.services.operations.open import open_operation
from ballast.services.operations.redeem import unwind_redeemed
from ballast.services.rebalancing.assess import Assessment, assess
from ballast.services.rebalancing.plan import plan

ACTOR = "rebalance"
ALERT = "collateral"


async def tick(desk: Desk) -> Assessment:
    """Do what can be done now and return what was measured last.

    A rebalance that has ended is followed by another at once when the market has moved on meanwhile.
    """
    await _carry_on(desk)
    found = assess(desk, await desk.observe())
    if found.below and not desk.state.winding_up and not any(desk.state.open_of(OperationKind.REBALANCE)):
        await _start(desk, found)
        await _carry_on(desk)
    if not found.below:
        await desk.clear(ACTOR, ALERT)
    return found


async def _carry_on(desk: Desk) -> None:
    for operation in [operation.id for operation in desk.state.open_of(OperationKind.REBALANCE)]:
        await drive(desk, operation, ACTOR, partial(plan, desk), partial(unwind_redeemed, desk))


async def _start(desk: Desk, found: Assessment) -> None:
    ratio, maintenance = found.collateral.ratio, found.collateral.maintenance_ratio
    why = f"collateral ratio {ratio}, maintenance ratio {maintenance}"
    if desk.state.pause_of(ACTOR) is not None or not found.sale.quantity:
        await desk.alert(ACTOR, ALERT, f"{why}: below the floor, and no JLP may be sold")
        return
    await desk.alert(ACTOR, ALERT, f"{why}: selling {found.sale}")
    subject = f"rebalance {desk.clock.now().isoformat()}"
    tranches = desk.settings.rebalance_tranches
    await open_operation(desk, OperationKind.REBALANCE, subject, found.sale, tranches=tranches, jlp=found.sale)
