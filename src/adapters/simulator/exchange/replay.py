"""A recorded order book played again: its frames go out as they came, and our orders trade against it."""

import gzip
import json
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from ballast.adapters.simulator.exchange.steady import SteadyMarket
from ballast.adapters.simulator.exchange.wire import Json, ms_of
from ballast.adapters.simulator.venue.feed import PriceSource
from ballast.adapters.simulator.venue.ladder import Ladder
from ballast.adapters.simulator.venue.profile import MarketDepth
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO, parse_decimal

_US = timedelta(microseconds=1)
_LEVELS = 1000
# What nobody drains is forgotten from its beginning.
_OUTBOX_MAX = 100_000

Levels = dict[Decimal, Decimal]


@frozen
class Frame:
    """One recorded frame and when it came, in microseconds after the record's first usable one."""

    offset_us: int
    content: Json


@frozen
class Record:
    """One market's frames after its first REST snapshot, which is the book at the start; none starts empty."""

    symbol: str
    market: Market
    snapshot: Json
    frames: tuple[Frame, ...]


def read_record(path: Path, symbol: str = "") -> Record:
    """Read a file of frames, plain or gzipped: each line a frame, after its receive time in ns and a space or not.

    Without a symbol the file holds one market. Raises InvalidInput naming the line of what is wrong.
    """
    frames, snapshot, first_us = list[Frame](), Json(), 0
    for number, (at_us, content) in enumerate(_lines(path), start=1):
        if "lastUpdateId" in content:
            snapshot, frames = content, []
            first_us = at_us
            continue
        symbol = symbol or str(content.get("s", ""))
        if content.get("s") != symbol and not snapshot:
            raise InvalidInput(f"{path.name} line {number}", f"frames of {symbol} alone", repr(content.get("s")))
        if content.get("s") == symbol:
            first_us = first_us or at_us
            frames.append(Frame(max(at_us - first_us, 0), content))
    if not frames:
        raise InvalidInput(path.name, f"frames of {symbol or 'a market'}", "none")
    is_perpetual = any("pu" in frame.content for frame in frames)
    return Record(symbol, Market.PERP if is_perpetual else Market.SPOT, snapshot, tuple(frames))


def _lines(path: Path) -> Iterator[tuple[int, Json]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for number, line in enumerate(lines, start=1):
            stamp, brace, rest = line.partition("{")
            try:
                content: dict[str, Any] = json.loads(brace + rest)
                content = content.get("data", content)
                yield int(stamp) // 1000 if stamp.strip() else int(content["E"]) * 1000, content
            except (ValueError, KeyError) as error:
                expected = "a recorded frame, after its time in ns or with its own time E"
                raise InvalidInput(f"{path.name} line {number}", expected, repr(error)) from error


def mid_prices(record: Record) -> Iterator[tuple[int, Decimal]]:
    """Return the record's mid price (quote units) wherever its bookTicker frames change it: offset in us, price."""
    last = ZERO
    for frame in record.frames:
        if frame.content.get("e") == "bookTicker":
            mid = (parse_decimal(frame.content["b"], "b") + parse_decimal(frame.content["a"], "a")) / 2
            if mid != last:
                last = mid
                yield frame.offset_us, mid


def play_prices(market: PriceSource, coin: Asset, record: Record, start: datetime) -> None:
    """Let a coin cost what its record says; raises InvalidInput for a market that has prices of its own."""
    if not isinstance(market, SteadyMarket):
        raise InvalidInput("replays", "a market of steady prices", "a recorded market")
    for offset_us, mid in mid_prices(record):
        market.set_price(coin, start + offset_us * _US, mid)


@define
class RecordedBook:
    """The book of a record at a moment: the snapshot and every change that came since."""

    record: Record
    start: datetime
    last_id: int = 0
    bids: Levels = field(factory=Levels)
    asks: Levels = field(factory=Levels)
    _next: int = 0
    _outbox: deque[Json] = field(factory=lambda: deque[Json](maxlen=_OUTBOX_MAX))

    def __attrs_post_init__(self) -> None:
        """Begin with the snapshot."""
        if self.record.snapshot:
            self._apply(self.record.snapshot["bids"], self.record.snapshot["asks"])
            self.last_id = int(self.record.snapshot["lastUpdateId"])

    def advance(self, now: datetime) -> None:
        """Take in every frame that came by a moment."""
        until_us = (now - self.start) // _US
        frames = self.record.frames
        while self._next < len(frames) and frames[self._next].offset_us <= until_us:
            self._take(frames[self._next])
            self._next += 1

    def drain(self) -> list[Json]:
        """Return the frames taken in since the last time, with the times of the present."""
        frames = list(self._outbox)
        self._outbox.clear()
        return frames

    def levels(self, side: Side) -> Levels:
        """Return what an order of a side would take, best first, up to a thousand levels."""
        buying = side is Side.BUY
        levels = self.asks if buying else self.bids
        return {price: levels[price] for price in sorted(levels, reverse=not buying)[:_LEVELS]}

    def _take(self, frame: Frame) -> None:
        content = frame.content
        if content["e"] == "depthUpdate":
            if int(content["u"]) < self.last_id:
                return
            self.last_id = int(content["u"])
            self._apply(content["b"], content["a"])
        at = ms_of(self.start + frame.offset_us * _US)
        self._outbox.append(content | {name: at for name in ("E", "T") if name in content})

    def _apply(self, bids: list[list[str]], asks: list[list[str]]) -> None:
        for levels, changes in ((self.bids, bids), (self.asks, asks)):
            for price, size in changes:
                if Decimal(size):
                    levels[Decimal(price)] = Decimal(size)
                else:
                    levels.pop(Decimal(price), None)


class RecordedLadder(Ladder):
    """A ladder whose undisturbed levels are a recorded book's; what was taken comes back as in any ladder."""

    def __init__(self, instrument: Instrument, book: RecordedBook, settings: VenueSettings) -> None:
        super().__init__(instrument, MarketDepth(1, ()), settings, 0)
        self._book = book

    def full(self, side: Side, price: Decimal, now: datetime) -> Levels:  # noqa: ARG002 (the record has its own price)
        """Return the record's levels at a moment."""
        self._book.advance(now)
        return self._book.levels(side)

    def touch_quantity(self, price: Decimal) -> Decimal:
        """Return what the record shows at a price."""
        return self._book.bids.get(price, self._book.asks.get(price, ZERO))
