"""One run of the fee hedge: take the value, say where its change came from, hedge what the fees have added."""

from functools import partial

from ballast.domain.hedge.attribution import Attribution, attribute, in_btc
from ballast.domain.hedge.marks import Marks
from ballast.domain.hedge.quote import perp_symbol
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, PERP_OF
from ballast.domain.kernel.number import ROUND_DOWN, ZERO, round_to_places
from ballast.domain.ledger.events import HedgeBaseRaised, OperationClosed, OperationKind, Outcome, ValueTaken
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk, Observation
from ballast.services.operations.drive import drive
from ballast.services.operations.legs import perp_wants, plan_legs
from ballast.services.operations.open import open_operation
from ballast.services.operations.reconcile import book_and_compare
from ballast.services.operations.steps import Record, Step, nothing_follows

ACTOR = "fee_hedge"
STEP = "fees"
_CAPITAL = (OperationKind.ENTRY, OperationKind.EXIT)


async def tick(desk: Desk) -> ValueTaken:
    """Take the value and hedge the unhedged fee delta when it is beyond its band; design/strategy.md section 4.3."""
    await _carry_on(desk)
    seen = await book_and_compare(desk, await desk.observe(), ACTOR)
    marks = seen.marks
    taken = take_value(desk, seen)
    await desk.record(ACTOR, [taken])
    if desk.state.pause_of(ACTOR, "venue") is None and not any(desk.state.open_of(*_CAPITAL)):
        await _hedge(desk, marks, taken)
    return taken


def take_value(desk: Desk, seen: Observation) -> ValueTaken:
    """Value everything by what the outside says and split the change since the last taking, in BTC.

    The parts come from the record's entries alone, so what the outside has and no entry explains is `unexplained`. The
    first taking has no change.
    """
    marks, nav_usd = seen.marks, desk.outside_nav_usd(seen)
    parts = Attribution(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
    if desk.state.baseline is not None:
        parts = attribute(desk.state.baseline, desk.state.lots, marks, nav_usd)
    return ValueTaken(
        desk.clock.now(), marks, dict(desk.state.own), nav_usd, in_btc(nav_usd, marks),
        parts.price, parts.funding, parts.fees, parts.pool_income, parts.flows, parts.unexplained,
        desk.share_nav_btc(marks) - desk.state.hedge_base,
    )  # fmt: skip


async def _hedge(desk: Desk, marks: Marks, taken: ValueTaken) -> None:
    """Recognise the fees: raise the hedge base and buy the same BTC in perpetuals, decided and recorded as one.

    The exposure service sees the raised base and the planned leg together, so it does not hedge the same again.
    """
    change = round_to_places(taken.unhedged_btc, BTC.scale, ROUND_DOWN)
    if abs(change) <= desk.settings.fee_band.fraction * taken.nav_btc:
        return
    instrument = (await desk.instruments())[perp_symbol(BTC)]
    quantity = instrument.quantity_down(abs(change)) * (1 if change > 0 else -1)
    if abs(quantity) < instrument.quantity_min or abs(quantity) * marks.prices[BTC] < instrument.notional_min:
        return
    subject = f"fees {taken.at.isoformat()}"
    raised = HedgeBaseRaised(quantity, "fees earned" if quantity > 0 else "value given back")
    amount = Amount(PERP_OF[BTC], quantity)
    operation = await open_operation(desk, OperationKind.FEE_HEDGE, subject, amount)
    planned = await plan_legs(desk, operation, 0, STEP, perp_wants(STEP, {BTC: quantity}))
    await desk.record(ACTOR, [raised, planned], operation)
    await _carry_on(desk)


async def _carry_on(desk: Desk) -> None:
    for operation in [operation.id for operation in desk.state.open_of(OperationKind.FEE_HEDGE)]:
        await drive(desk, operation, ACTOR, partial(_plan, desk), nothing_follows)


async def _plan(_desk: Desk, operation: OperationRecord) -> Step:
    """Close a fee hedge whose legs have ended; what they left undone is drift in the next exposure run."""
    return Record((OperationClosed(operation.id, Outcome.COMPLETED, ZERO),))
