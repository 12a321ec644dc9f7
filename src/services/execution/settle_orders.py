"""Placing one child order and proving what became of it."""

import asyncio
from collections.abc import Iterable, Mapping

from ballast.domain.execution.order import Order, OrderReport, OrderState
from ballast.domain.kernel.errors import LimitReached, NotRecognised, Unreachable
from ballast.domain.kernel.events import Event
from ballast.domain.ledger.events import ChildOrder, OrderSettled
from ballast.domain.ledger.operation import LegsRecord, OperationRecord, SentOrder, StepKey
from ballast.domain.ledger.postings import trade_entry
from ballast.services.desk import Desk


async def place(desk: Desk, record: LegsRecord, order: ChildOrder) -> OrderReport:
    """Send a stored child order and return what the venue answered, which may be that nobody knows."""
    plan = record.legs[order.leg].plan
    request = Order(
        order.intent, plan.symbol, plan.side, order.quantity, order.limit_price, order.time_in_force, plan.reduce_only
    )
    try:
        return await desk.venue.place(request)
    except (Unreachable, LimitReached, NotRecognised) as unsent:
        return OrderReport(order.intent, OrderState.REFUSED, reason=f"not sent: {unsent}")


async def cancel(desk: Desk, record: LegsRecord, answer: OrderReport) -> OrderReport:
    """Cancel what a maker round left on the book; what filled meanwhile is in the venue's report."""
    if answer.state.final or answer.state is OrderState.UNRESOLVED:
        return answer
    order = record.unsettled[answer.client_id].order
    return await desk.venue.cancel(record.legs[order.leg].plan.symbol, answer.client_id)


async def settle_orders(
    desk: Desk, operation: OperationRecord, key: StepKey, actor: str, answers: Iterable[OrderReport] = ()
) -> bool:
    """Prove and book every unproved child order that can be; False when some cannot be proved yet.

    `answers` are what the venue just said; only a final one is a proof, for the rest the venue is asked again.
    """
    record = operation.legs[key]
    final = {report.client_id: report for report in answers if report.state.final}
    found = await asyncio.gather(*(_prove(desk, record, sent, final) for sent in record.unsettled.values()))
    marks = (await desk.observe()).marks
    events: list[Event] = []
    for sent, report in zip(tuple(record.unsettled.values()), found, strict=True):
        if report is not None:
            plan = record.legs[sent.order.leg].plan
            entry = trade_entry(plan, report.trades)
            events.append(
                OrderSettled(
                    operation.id, key[0], key[1], report.client_id, report.state, report.filled, report.trades,
                    entry, marks, report.code, report.reason,
                )
            )  # fmt: skip
    if events:
        await desk.record(actor, events, operation.id)
    return not record.unsettled


async def _prove(
    desk: Desk, record: LegsRecord, sent: SentOrder, final: Mapping[str, OrderReport]
) -> OrderReport | None:
    """Return the order's final report, or None while the venue has not proved one.

    An order the venue does not know counts as never arrived only after `order_visible_s`: some venues show an
    accepted order late (facts/binance.md section 7), and a time-out is not a no.
    """
    order = sent.order
    if order.intent in final:
        return final[order.intent]
    symbol = record.legs[order.leg].plan.symbol
    report = await desk.venue.order(symbol, order.intent)
    if report is None:
        age_s = (desk.clock.now() - sent.at).total_seconds()
        if age_s < desk.settings.order_visible_s:
            return None
        return OrderReport(order.intent, OrderState.REFUSED, reason="never arrived")
    if not report.state.final:
        report = await desk.venue.cancel(symbol, order.intent)
    return report if report.state.final else None
