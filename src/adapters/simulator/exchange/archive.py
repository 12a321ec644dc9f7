"""Every order the exchange ever took, as its answers repeat it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, field, frozen

from ballast.adapters.common.venue.orders import Key, OrderRecord
from ballast.domain.execution.order import OrderEvent
from ballast.domain.kernel.number import ZERO

# facts/binance.md section 6: how long a finished order can be asked for, without and with a fill.
_UNFILLED_KEPT = timedelta(days=3)
_FILLED_KEPT = timedelta(days=90)


@frozen
class Asked:
    """How an order was asked for: its wire type and time in force, and its price (0 for a market order)."""

    kind: str
    time_in_force: str
    price: Decimal


# An order of the exchange itself (liquidation, deleveraging).
_OWN = Asked("MARKET", "IOC", ZERO)


@define(eq=False)
class Entry:
    """One order with what the engine does not keep."""

    record: OrderRecord
    asked: Asked
    updated: datetime
    amendments: int = 0

    @property
    def value(self) -> Decimal:
        """Return what was filled, in quote units."""
        return sum((trade.quantity * trade.price for trade in self.record.trades), ZERO)

    def visible(self, now: datetime) -> bool:
        """Say whether the exchange shows the order: not before its time, not long after its end."""
        record = self.record
        kept = _FILLED_KEPT if record.filled else _UNFILLED_KEPT
        return record.visible_from <= now and not (record.state.final and record.placed < now - kept)


@define
class Archive:
    """Orders by number and the newest of each id; `asking` is how the next order was asked for."""

    asking: Asked = _OWN
    _entries: dict[int, Entry] = field(factory=dict[int, Entry])
    _newest: dict[Key, Entry] = field(factory=dict[Key, Entry])

    def note(self, record: OrderRecord, event: OrderEvent, now: datetime) -> Entry:
        """Remember what happened to an order and return it."""
        entry = self._entries.get(record.number)
        if entry is None:
            entry = self._entries[record.number] = Entry(record, self.asking, now)
            self._newest[record.key] = entry
        elif event is OrderEvent.SEND:
            entry.amendments += 1
            entry.asked = Asked(entry.asked.kind, entry.asked.time_in_force, record.order.limit_price)
        if event is not OrderEvent.ACCEPT:
            entry.updated = now
        return entry

    def ask(self, asked: Asked | None) -> None:
        """Say how the order about to be placed was asked for; None when there is none any more."""
        self.asking = _OWN if asked is None else asked

    def newest(self, symbol: str, client_id: str) -> Entry:
        """Return the newest order of an id, seen or not; it must exist."""
        return self._newest[symbol, client_id]

    def by_number(self, symbol: str, number: int, now: datetime) -> Entry | None:
        """Return an order of a market by the exchange's number, if it can be seen."""
        entry = self._entries.get(number)
        fits = entry is not None and entry.record.order.symbol == symbol and entry.visible(now)
        return entry if fits else None

    def by_client_id(self, symbol: str, client_id: str, now: datetime) -> Entry | None:
        """Return the newest order of an id that can be seen."""
        entry = self._newest.get((symbol, client_id))
        return entry if entry is not None and entry.visible(now) else None

    def of_market(self, symbols: tuple[str, ...], now: datetime) -> Iterator[Entry]:
        """Return the orders of some markets that can be seen, oldest first."""
        return (
            entry for entry in self._entries.values() if entry.record.order.symbol in symbols and entry.visible(now)
        )

    def accepted(self, client_id: str) -> int:
        """Return how many orders were ever taken under an id, seen or not: the exchange's own truth."""
        return sum(entry.record.order.client_id == client_id for entry in self._entries.values())
