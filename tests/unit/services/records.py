"""Operations at any point of their life, made from the events that tell it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import OrderState, TimeInForce, Trade
from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC, USDT
from ballast.domain.kernel.events import Envelope, Event
from ballast.domain.ledger.entry import Entry
from ballast.domain.ledger.events import (
    ActionDeparted,
    ActionKind,
    ActionSent,
    ActionSettled,
    ChildOrder,
    LegPlan,
    LegsPlanned,
    OperationKind,
    OperationOpened,
    OrderSettled,
    OrdersSent,
)
from ballast.domain.ledger.operation import LegRecord, OperationRecord
from ballast.domain.ledger.state import StrategyState

NOON = datetime(2026, 4, 27, 12, tzinfo=UTC)
ID = "en1"
MARKS = Marks({BTC: Decimal(80_000), USDC: Decimal(1), USDT: Decimal(1)}, Decimal(4), {})


def opened(kind: OperationKind = OperationKind.ENTRY, operation: str = ID, request_id: str = "") -> OperationOpened:
    return OperationOpened(operation, kind, f"1:vault:{operation}", request_id, "", Amount(BTC, Decimal(2)), tranches=1)


def sent(step: str, kind: ActionKind = ActionKind.RELEASE, tranche: int = 0, attempt: int = 0) -> ActionSent:
    return ActionSent(ID, tranche, step, f"{ID}.{tranche}.{step}.{attempt}", kind, Amount(BTC, Decimal(2)))


def departed(action: ActionSent) -> ActionDeparted:
    return ActionDeparted(ID, action.tranche, action.step, action.intent, "tx", Entry(()), MARKS)


def settled(action: ActionSent, *, confirmed: bool = True, received: Amount | None = None) -> ActionSettled:
    reason = "" if confirmed else "no"
    return ActionSettled(
        ID, action.tranche, action.step, action.intent, confirmed, Entry(()), MARKS, received, reason
    )  # fmt: skip


def leg(side: Side = Side.SELL, quantity: str = "2", arrival: str = "80000") -> LegPlan:
    return LegPlan(
        "sellspot", "BTCUSDC:SPOT", Market.SPOT, BTC, USDC, side, Decimal(quantity),
        reduce_only=False, arrival_price=Decimal(arrival),
    )  # fmt: skip


def planned(step: str = "trade", tranche: int = 0, *legs: LegPlan) -> LegsPlanned:
    return LegsPlanned(ID, tranche, step, legs or (leg(),))


def ordered(intent: str = "en1.0.sellspot.0") -> OrdersSent:
    order = ChildOrder(intent, "sellspot", Decimal(1), Decimal(79_990), TimeInForce.IOC)
    return OrdersSent(ID, 0, "trade", (order,))


def filled(quantity: str, price: str, intent: str = "en1.0.sellspot.0") -> OrderSettled:
    trade = Trade("t1", Decimal(quantity), Decimal(price), Decimal(0), USDC, Decimal(0), maker=False, time=NOON)
    return OrderSettled(
        ID, 0, "trade", intent, OrderState.FILLED, Decimal(quantity), (trade,), Entry(()), MARKS
    )  # fmt: skip


def state_after(*events: Event) -> StrategyState:
    """The state that a journal of these events tells, one a second."""
    state = StrategyState()
    for index, event in enumerate(events):
        operation = getattr(event, "operation", "")
        state.apply(Envelope(index + 1, NOON + timedelta(seconds=index), "test", operation, event, ""))
    return state


def record_after(*events: Event) -> OperationRecord:
    """The one operation that these events tell of, opened first."""
    return state_after(opened(), *events).operation(ID)


def leg_after(plan: LegPlan, done: str, value: str) -> LegRecord:
    return LegRecord(plan, Decimal(done), Decimal(value))
