"""What reserve top-ups are carrying between the venue's wallets: margin that is away for the seconds of a sale."""

from decimal import Decimal

from ballast.domain.kernel.asset import BTC, USDT, Asset
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.ledger.state import StrategyState


def carried(state: StrategyState) -> dict[Asset, Decimal]:
    """Return the BTC fetched and not sold or returned, and the USDT got and not posted, of all open top-ups."""
    total = {BTC: ZERO, USDT: ZERO}
    for operation in state.open_of(OperationKind.RESERVE):
        for asset, quantity in _of(operation).items():
            total[asset] += quantity
    return total


def _of(operation: OperationRecord) -> dict[Asset, Decimal]:
    if operation.action(0, "fetch") is None:
        return {}
    legs = operation.legs.get((0, "trade"))
    leg = legs.legs.get("sellspot") if legs else None
    sold, got = (leg.done, leg.received) if leg else (ZERO, ZERO)
    back = operation.confirmed(0, "return") is not None
    posted = operation.confirmed(0, "margin") is not None
    return {BTC: ZERO if back else operation.opened.amount.quantity - sold, USDT: ZERO if posted else got}
