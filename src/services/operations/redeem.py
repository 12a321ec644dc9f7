"""Selling JLP and buying its hedges back: the part that exits and rebalances share."""

from collections.abc import Sequence
from decimal import Decimal

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, HEDGED, JLP, PERP_OF, USDC, Asset
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import ActionKind, ActionSettled
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.chunks import next_chunk
from ballast.services.operations.legs import perp_wants, plan_legs
from ballast.services.operations.steps import DoAction, Step


async def redeem_and_remit(
    desk: Desk, operation: OperationRecord, tranche: int, jlp: Amount, chunks_max: int
) -> Step | None:
    """Return what is next in selling one tranche of JLP and moving the USDC to the venue, None when it is there."""
    step = await next_chunk(desk, operation, tranche, ActionKind.REDEEM, jlp, chunks_max)
    if step is not None:
        return step
    if operation.confirmed(tranche, "remit") is None:
        return DoAction(tranche, "remit", ActionKind.REMIT_TO_VENUE, redeemed(operation, tranche))
    return None


def redeemed(operation: OperationRecord, tranche: int | None = None) -> Amount:
    """Return the USDC that redemptions brought, of one tranche or of all."""
    total = ZERO
    for (index, _), attempts in operation.actions.items():
        last = attempts[-1]
        if last.sent.kind is ActionKind.REDEEM and last.settled and last.settled.received and tranche in (None, index):
            total += last.settled.received.quantity
    return Amount(USDC, total)


def jlp_unsold(operation: OperationRecord) -> Decimal:
    """Return the JLP an operation still means to redeem: nobody else may count on it."""
    if operation.opened.jlp is None:
        return ZERO
    sold = (
        attempts[-1].sent.amount.quantity
        for attempts in operation.actions.values()
        if attempts[-1].sent.kind is ActionKind.REDEEM and attempts[-1].settled and attempts[-1].settled.confirmed
    )
    return operation.opened.jlp.quantity - sum(sold, ZERO)


def jlp_free(desk: Desk) -> Amount:
    """Return the treasury's JLP that no open operation means to redeem."""
    promised = sum((jlp_unsold(operation) for operation in desk.state.operations.values()), ZERO)
    return Amount(JLP, max(ZERO, desk.state.balance(Place.TREASURY, JLP) - promised))


async def unwind_redeemed(desk: Desk, operation: OperationRecord, settled: ActionSettled) -> Sequence[Event]:
    """Return the hedges to buy back for the JLP that was just redeemed, recorded with the redemption's proof."""
    record = operation.action(settled.tranche, settled.step)
    if record is None:
        raise InvariantError(f"{settled.intent} settled without its record", intent=settled.intent)
    if record.sent.kind is not ActionKind.REDEEM:
        return ()
    jlp = record.sent.amount.quantity
    quantities = {asset: _unwound(desk, asset, jlp * settled.marks.jlp_delta[asset]) for asset in HEDGED}
    step = settled.step.replace("redeem", "unwind")
    return [await plan_legs(desk, operation.id, settled.tranche, step, perp_wants(step, quantities))]


def _unwound(desk: Desk, asset: Asset, freed: Decimal) -> Decimal:
    """Return what to buy back: of SOL and ETH never more than is short, because their target is to hold none."""
    return freed if asset is BTC else min(freed, max(ZERO, -desk.state.own.get(PERP_OF[asset], ZERO)))
