"""An order book kept from snapshots and differences; facts/binance.md section 2 (watch_order_book)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import define, field

from ballast.domain.execution.book import Book, Level
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.number import parse_decimal

LEVELS = 500
_WAITING_MAX = 1000
Frame = Mapping[str, Any]


def book_of(symbol: str, answer: Mapping[str, Any], time: datetime) -> Book:
    """Read a depth answer; raises InvalidInput for what is no number."""
    return Book(symbol, tuple(map(_level, answer["bids"])), tuple(map(_level, answer["asks"])), time)


@define
class DepthBook:
    """One market's book: frames wait until the snapshot is there, then each must follow its predecessor.

    `last_id` is the update the book stands at, None while it waits for a snapshot; `time` is the exchange's time of
    the last change.
    """

    symbol: str
    market: Market
    last_id: int | None = field(default=None, init=False)
    time: datetime | None = field(default=None, init=False)
    _joined: bool = field(default=False, init=False)
    _bids: dict[Decimal, Decimal] = field(factory=dict[Decimal, Decimal], init=False)
    _asks: dict[Decimal, Decimal] = field(factory=dict[Decimal, Decimal], init=False)
    _waiting: list[tuple[Frame, datetime]] = field(factory=list[tuple[Frame, datetime]], init=False)

    def restart(self) -> None:
        """Forget the book: only a new snapshot can bring it back."""
        self.last_id, self.time, self._joined = None, None, False
        self._waiting.clear()

    def load(self, snapshot: Mapping[str, Any], time: datetime) -> bool:
        """Take a snapshot and the frames that waited for it; False when they do not join and it must be asked again."""
        self._bids, self._asks = (dict(map(_level, snapshot[side])) for side in ("bids", "asks"))
        self.last_id, self.time, self._joined = int(snapshot["lastUpdateId"]), time, False
        waiting, self._waiting = self._waiting, []
        return all(self.apply(frame, at) for frame, at in waiting)

    def apply(self, frame: Frame, time: datetime) -> bool:
        """Take a frame in; False when one before it is missing, and then the book is forgotten."""
        if self.last_id is None:
            self._waiting = [*self._waiting[1 - _WAITING_MAX :], (frame, time)]
            return True
        if int(frame["u"]) <= self.last_id:
            return True  # older than the book, or sent twice
        if not self._follows(frame):
            self.restart()
            return False
        for side, rows in ((self._bids, frame["b"]), (self._asks, frame["a"])):
            _change(side, rows)
        self.last_id, self.time, self._joined = int(frame["u"]), time, True
        return True

    def book(self) -> Book | None:
        """Return the best levels; None while there is no proved book."""
        if self.time is None:
            return None
        bids = sorted(self._bids.items(), reverse=True)[:LEVELS]
        return Book(self.symbol, tuple(bids), tuple(sorted(self._asks.items())[:LEVELS]), self.time)

    def _follows(self, frame: Frame) -> bool:
        """Say whether nothing lies between book and frame; perpetuals name the predecessor, spot counts on."""
        last_id = self.last_id or 0
        if self._joined and self.market is Market.PERP:
            return int(frame["pu"]) == last_id
        if self.market is Market.PERP:
            return int(frame["U"]) <= last_id <= int(frame["u"]) or int(frame["pu"]) == last_id
        return int(frame["U"]) <= last_id + 1 <= int(frame["u"])


def _change(side: dict[Decimal, Decimal], rows: Sequence[Sequence[str]]) -> None:
    for price, size in map(_level, rows):
        if size:
            side[price] = size
        else:
            side.pop(price, None)


def _level(row: Sequence[str]) -> Level:
    return parse_decimal(row[0], "price of a level"), parse_decimal(row[1], "size of a level")
