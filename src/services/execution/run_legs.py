"""Trading legs in lockstep on real books: slice by slice, each child order stored before it is sent."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

from ballast.domain.execution.book import Book
from ballast.domain.execution.lockstep import Finished, HandBack, Round, Wait, next_round
from ballast.domain.execution.slicing import Leg, LegState
from ballast.domain.kernel.errors import BallastError, LimitReached
from ballast.domain.kernel.identity import intent_id
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import ChildOrder, LegsClosed, OrdersSent
from ballast.domain.ledger.operation import LegsRecord, OperationRecord, StepKey
from ballast.services.desk import Desk
from ballast.services.execution.settle_orders import cancel, place, settle_orders

REFUSED_MAX = 20


async def run_legs(desk: Desk, operation: OperationRecord, key: StepKey, actor: str) -> bool:
    """Trade the legs of one step until they are done or handed back; False when an order's outcome is not proved yet.

    Whatever ended an earlier attempt (a crash, a lost answer), the state of the legs is what the settled orders say,
    so it simply goes on. The time cap counts from when the legs were planned.
    """
    record = operation.legs[key]
    rested = False
    while record.closed is None:
        if record.unsettled:
            if not await settle_orders(desk, operation, key, actor):
                return False
            continue
        if record.refused >= REFUSED_MAX:
            await _close(desk, record, f"the venue refused {record.refused} orders", actor)
            break
        rested = await _one_round(desk, operation, record, actor, rested=rested)
    return True


async def _one_round(desk: Desk, operation: OperationRecord, record: LegsRecord, actor: str, *, rested: bool) -> bool:
    """Send the next slice, or close the legs; returns whether this round rested as maker."""
    states = await _states(desk, record)
    books = await _books(desk, states)
    elapsed_s = Decimal((desk.clock.now() - record.planned_at).total_seconds().__trunc__())
    step = next_round(states, books, desk.settings.terms, elapsed_s, rested=rested)
    match step:
        case Finished(dust):
            left = ", ".join(f"{name} {quantity}" for name, quantity in dust.items())
            await _close(desk, record, f"done; dust {left}" if left else "done", actor)
        case HandBack(reason):
            await _close(desk, record, reason, actor)
        case Wait(wait_s):
            await desk.clock.sleep(float(wait_s))
        case Round():
            await _send(desk, operation, record, step, actor)
            return bool(step.rest_s)
    return False


async def _states(desk: Desk, record: LegsRecord) -> tuple[LegState, ...]:
    instruments = await desk.instruments()
    return tuple(
        LegState(
            Leg(plan.name, instruments[plan.symbol], plan.side, plan.quantity, plan.reduce_only, plan.arrival_price),
            leg.done,
            leg.value,
        )
        for leg in record.legs.values()
        for plan in (leg.plan,)
    )


async def _books(desk: Desk, states: tuple[LegState, ...]) -> Mapping[str, Book]:
    symbols = [state.plan.instrument.symbol for state in states]
    books = await asyncio.gather(*(desk.venue.book(symbol) for symbol in symbols))
    return dict(zip(symbols, books, strict=True))


async def _send(desk: Desk, operation: OperationRecord, record: LegsRecord, step: Round, actor: str) -> None:
    """Pass the rails, store the child orders, send them at once and book what came of them."""
    planned, alert = record.planned, f"legs:{operation.id}"
    notional = sum((child.quantity * child.limit_price for child in step.children), ZERO)
    await desk.refresh()
    try:
        desk.check_running("venue", actor, f"operation:{operation.id}")
        desk.state.turnover.check(desk.clock.now(), notional, desk.settings.caps)
        await desk.observe()
    except LimitReached as limit:
        await desk.clock.sleep(limit.retry_after_s)
        return
    except BallastError as held:
        await desk.alert(actor, alert, f"{planned.step} of {operation.id} holds: {held}")
        await desk.clock.sleep(desk.settings.intervals.work_s)
        return
    await desk.clear(actor, alert)
    orders = tuple(
        ChildOrder(
            intent_id(operation.id, planned.tranche, child.leg, record.orders + index),
            child.leg,
            child.quantity,
            child.limit_price,
            child.time_in_force,
        )
        for index, child in enumerate(step.children)
    )
    await desk.record(actor, [OrdersSent(operation.id, planned.tranche, planned.step, orders)], operation.id)
    answers = await asyncio.gather(*(place(desk, record, order) for order in orders))
    if step.rest_s:
        await desk.clock.sleep(float(step.rest_s))
        answers = [await cancel(desk, record, answer) for answer in answers]
    await settle_orders(desk, operation, (planned.tranche, planned.step), actor, answers)
    await desk.clock.sleep(float(step.pause_s))


async def _close(desk: Desk, record: LegsRecord, reason: str, actor: str) -> None:
    planned = record.planned
    await desk.record(actor, [LegsClosed(planned.operation, planned.tranche, planned.step, reason)], planned.operation)
    await desk.clear(actor, f"legs:{planned.operation}")
