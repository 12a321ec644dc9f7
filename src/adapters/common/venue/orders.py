"""The exchange's memory of orders: unique by our id while open, the newest of an id when asked."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from attrs import define, field

from ballast.domain.execution.order import Order, OrderEvent, OrderReport, OrderState, Trade, next_state
from ballast.domain.kernel.number import ZERO

Key = tuple[str, str]
"""Symbol and client id."""


@define(eq=False)
class OrderRecord:
    """One order as the exchange holds it, numbered from 1; nobody can see it before `visible_from`."""

    order: Order
    number: int
    placed: datetime
    visible_from: datetime
    state: OrderState = OrderState.SENT
    filled: Decimal = ZERO
    trades: list[Trade] = field(factory=list[Trade])

    @property
    def key(self) -> Key:
        """Return the symbol and our id."""
        return self.order.symbol, self.order.client_id

    @property
    def rest(self) -> Decimal:
        """Return the base units not filled yet."""
        return self.order.quantity - self.filled

    def fill(self, trade: Trade) -> None:
        """Add a trade."""
        self.trades.append(trade)
        self.filled += trade.quantity
        self.happen(OrderEvent.FILL_PART if self.rest else OrderEvent.FILL_ALL)

    def happen(self, event: OrderEvent) -> None:
        """Move along the order's life; raises InvariantError for what cannot happen to it."""
        self.state = next_state(self.state, event)

    def report(self, now: datetime) -> OrderReport:
        """Return what the exchange shows: UNRESOLVED while the order is not visible yet."""
        if now < self.visible_from:
            return OrderReport(self.order.client_id, OrderState.UNRESOLVED)
        return OrderReport(self.order.client_id, self.state, self.filled, tuple(self.trades))


@define
class OrderLog:
    """Every order, the open ones apart; `repeated` counts the ids that were accepted a second time."""

    repeated: int = 0
    _count: int = field(init=False, default=0)
    _newest: dict[Key, OrderRecord] = field(factory=dict[Key, OrderRecord])
    _open: dict[Key, OrderRecord] = field(factory=dict[Key, OrderRecord])
    _trade_count: dict[str, int] = field(factory=dict[str, int])

    def add(self, order: Order, placed: datetime, visible_from: datetime) -> OrderRecord:
        """Remember a new order; its id must not be open."""
        self._count += 1
        record = OrderRecord(order, self._count, placed, visible_from)
        self.repeated += record.key in self._newest
        self._newest[record.key] = self._open[record.key] = record
        return record

    def is_open(self, symbol: str, client_id: str) -> bool:
        """Say whether an order of this id can still fill."""
        return (symbol, client_id) in self._open

    def find(self, symbol: str, client_id: str) -> OrderRecord | None:
        """Return the newest order of an id."""
        return self._newest.get((symbol, client_id))

    def open_orders(self) -> tuple[OrderRecord, ...]:
        """Return the open orders, oldest first."""
        return tuple(self._open.values())

    def has_open(self) -> bool:
        """Say whether anything can still fill."""
        return bool(self._open)

    def lift(self, record: OrderRecord) -> None:
        """Take an open order out of the open ones while it is being changed; `put_back` follows."""
        del self._open[record.key]

    def put_back(self, record: OrderRecord) -> None:
        """Let a lifted order be open again, behind the others."""
        self._open[record.key] = record

    def settle(self, record: OrderRecord) -> None:
        """Take an order that reached its end out of the open ones."""
        if record.state.final:
            self._open.pop(record.key, None)

    def next_trade_id(self, symbol: str) -> str:
        """Return a trade id, unique and rising per symbol."""
        self._trade_count[symbol] = self._trade_count.get(symbol, 0) + 1
        return str(self._trade_count[symbol])

    def forget(self, unfilled_before: datetime, filled_before: datetime) -> None:
        """Drop finished orders placed before a time, as the exchange does; trades live longer than empty orders."""
        for record in tuple(self._finished()):
            if record.placed < (filled_before if record.filled else unfilled_before):
                del self._newest[record.key]

    def _finished(self) -> Iterator[OrderRecord]:
        return (record for record in self._newest.values() if record.state.final)
