"""What a rebalance does next; design/strategy.md section 4.4: redeem, unwind, remit, and post as margin."""

from ballast.domain.hedge.tranche import tranche_parts
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import ActionKind, OperationClosed, Outcome
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.redeem import redeem_and_remit, redeemed
from ballast.services.operations.steps import DoAction, Record, Step

# Margin is missing now: one proposal, and the little that smaller chunks would save on the pool's fee is let go.
CHUNKS = 1


async def plan(desk: Desk, operation: OperationRecord) -> Step:
    """Return the rebalance's next step from what its record proves."""
    for tranche, part in enumerate(tranche_parts(operation.opened.amount, operation.opened.tranches)):
        step = await redeem_and_remit(desk, operation, tranche, part, CHUNKS)
        if step is not None:
            return step
        if operation.confirmed(tranche, "margin") is None:
            return DoAction(tranche, "margin", ActionKind.TO_MARGIN, redeemed(operation, tranche))
    return Record((OperationClosed(operation.id, Outcome.COMPLETED, ZERO),))
