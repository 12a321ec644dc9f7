"""What a reserve top-up does next: BTC to spot, sold for USDT against the same perpetuals, USDT to margin."""

from ballast.domain.hedge.quote import perp_symbol
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import ActionKind, OperationClosed, Outcome
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.legs import Want, plan_legs
from ballast.services.operations.steps import DoAction, DoLegs, Record, Step

SYMBOL = "BTCUSDT:SPOT"


async def plan(desk: Desk, operation: OperationRecord) -> Step:
    """Return the top-up's next step from what its record proves."""
    amount = operation.opened.amount
    if operation.confirmed(0, "fetch") is None:
        return DoAction(0, "fetch", ActionKind.TO_SPOT, amount)
    trade = operation.legs_closed(0, "trade")
    if trade is None:
        wants = (Want("sellspot", SYMBOL, -amount.quantity), Want("buyperp", perp_symbol(BTC), amount.quantity))
        return DoLegs(await plan_legs(desk, operation.id, 0, "trade", wants))
    leg = trade.legs.get("sellspot")
    sold, usdt = (leg.done, leg.received) if leg else (ZERO, ZERO)
    if usdt and operation.confirmed(0, "margin") is None:
        return DoAction(0, "margin", ActionKind.TO_MARGIN, Amount(USDT, usdt))
    unsold = amount.quantity - sold
    if unsold and operation.confirmed(0, "return") is None:
        return DoAction(0, "return", ActionKind.TO_MARGIN, Amount(BTC, unsold))
    return Record((OperationClosed(operation.id, Outcome.COMPLETED, ZERO),))
