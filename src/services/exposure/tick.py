"""One run of the exposure service: measure, correct what is outside its band, put the run on record."""

from functools import partial

from ballast.domain.hedge.exposure import corrections
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import PERP_OF
from ballast.domain.kernel.number import ROUND_HALF_EVEN, ZERO
from ballast.domain.ledger.events import ExposureMeasured, OperationClosed, OperationKind, Outcome
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk, Observation
from ballast.services.exposure.measure import Exposure, exposure_of
from ballast.services.operations.drive import drive
from ballast.services.operations.legs import perp_wants, plan_legs
from ballast.services.operations.open import open_operation
from ballast.services.operations.reconcile import book_and_compare
from ballast.services.operations.steps import Record, Step, nothing_follows

ACTOR = "exposure"
STEP = "correct"


async def tick(desk: Desk) -> Exposure:
    """Measure and correct; raises what makes the inputs untrustworthy, and then nothing was traded."""
    await _carry_on(desk)
    seen = await book_and_compare(desk, await desk.observe(), ACTOR)
    found = await exposure_of(desk, seen)
    wanted = corrections(found.rows)
    action = _action(desk) if wanted else "none"
    event = ExposureMeasured(seen.time, found.rows, found.nav_usd, found.nav_btc, action)
    await desk.record(ACTOR, [event])
    if action == "correct":
        await _correct(desk, seen, found)
    return found


def _action(desk: Desk) -> str:
    if desk.state.pause_of(ACTOR, "venue") is not None:
        return "hold: paused"
    return "hold: winding up" if desk.state.winding_up else "correct"


async def _correct(desk: Desk, seen: Observation, found: Exposure) -> None:
    subject = f"correction {seen.time.isoformat()}"
    quantities = corrections(found.rows)
    largest = max((row for row in found.rows if row.outside), key=lambda row: abs(row.drift_usd))
    amount = Amount.rounded(PERP_OF[largest.asset], -largest.drift, ROUND_HALF_EVEN)
    operation = await open_operation(desk, OperationKind.CORRECTION, subject, amount)
    planned = await plan_legs(desk, operation, 0, STEP, perp_wants(STEP, quantities))
    await desk.record(ACTOR, [planned], operation)
    await _carry_on(desk)


async def _carry_on(desk: Desk) -> None:
    for operation in [operation.id for operation in desk.state.open_of(OperationKind.CORRECTION)]:
        await drive(desk, operation, ACTOR, partial(_plan, desk), nothing_follows)


async def _plan(_desk: Desk, operation: OperationRecord) -> Step:
    """Close a correction whose legs have ended; what they left undone is drift again in the next run."""
    return Record((OperationClosed(operation.id, Outcome.COMPLETED, ZERO),))
