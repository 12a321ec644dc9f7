"""The recorded market as a price path that can be asked at any moment, reading the candles as time passes."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from attrs import define

from ballast.adapters.recorded.bars import Bar, MarketInfo, Series, read
from ballast.adapters.recorded.funding import FundingHistory
from ballast.adapters.recorded.table import ms_of, time_of
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE, ROUND_HALF_EVEN, divide

WINDOW_S = 7200
PRICE_PLACES = 8
_MINUTE_MS = 60_000

Knot = tuple[int, Decimal]
"""A point of the path: milliseconds since the bar opened, price."""


@define
class _Track:
    """One coin's bars around the present: a window of the past, and one bar ahead.

    `asked` and `answer` are the last question and its answer: pool, oracles and venue ask for the same moment.
    """

    series: Series
    interval_ms: int
    third_ms: int
    bars: Iterator[Bar]
    window: deque[Bar]
    ahead: Bar | None
    first_ms: int
    asked: datetime | None = None
    answer: tuple[Decimal, datetime] | None = None

    @classmethod
    def of(cls, series: Series) -> "_Track":
        interval_ms = series.interval_s * 1000
        third_ms = interval_ms // 3
        if third_ms > _MINUTE_MS:
            third_ms -= third_ms % _MINUTE_MS
        bars = read(series)
        first = next(bars, None)
        if first is None:
            raise InvalidInput(series.paths[0].name, "at least one bar", "none")
        window = deque[Bar](maxlen=WINDOW_S // series.interval_s + 1)
        return cls(series, interval_ms, third_ms, bars, window, first, first.open_time_ms)

    def reading(self, at: datetime) -> tuple[Decimal, datetime] | None:
        """Return the price at a moment and the time it is of; None before the first bar."""
        if at != self.asked:
            self.asked, self.answer = at, self._read(at)
        return self.answer

    def _read(self, at: datetime) -> tuple[Decimal, datetime] | None:
        ms = ms_of(at)
        bar = self.bar_at(ms)
        if bar is None:
            return None
        offset_ms = ms - bar.open_time_ms
        if offset_ms <= self.interval_ms:
            return self.price_in(bar, offset_ms), at
        return bar.close, time_of(bar.open_time_ms + self.interval_ms)

    def bar_at(self, ms: int) -> Bar | None:
        """Return the last bar that opened at or before a moment; None before the first.

        Raises InvalidInput for a moment that has left the window.
        """
        while self.ahead is not None and self.ahead.open_time_ms <= ms:
            self.window.append(self.ahead)
            self.ahead = next(self.bars, None)
        for bar in reversed(self.window):
            if bar.open_time_ms <= ms:
                return bar
        if ms < self.first_ms:
            return None
        past = f"at most {WINDOW_S} s before the latest question"
        raise InvalidInput(f"time of a {self.series.asset.value} price", past, str(time_of(ms)))

    def knots(self, bar: Bar) -> tuple[Knot, Knot, Knot, Knot]:
        """Return the four corners of a bar's path."""
        rising = bar.close >= bar.open
        first, second = (bar.low, bar.high) if rising else (bar.high, bar.low)
        return (
            (0, bar.open),
            (self.third_ms, first),
            (self.interval_ms - self.third_ms, second),
            (self.interval_ms, bar.close),
        )

    def price_in(self, bar: Bar, offset_ms: int) -> Decimal:
        """Return the price some milliseconds (>= 0) after a bar opened; its close from its end on."""
        if not offset_ms:
            return bar.open
        before_ms, before = 0, bar.open
        for knot_ms, price in self.knots(bar):
            if offset_ms < knot_ms:
                passed = (price - before) * (offset_ms - before_ms)
                return before + divide(passed, Decimal(knot_ms - before_ms), PRICE_PLACES, ROUND_HALF_EVEN)
            before_ms, before = knot_ms, price
        return bar.close

    def extremes_in(self, bar: Bar, since_ms: int, until_ms: int) -> tuple[Decimal, Decimal]:
        """Return the lowest and highest price of a bar's path within a span that meets the bar or what follows it."""
        start_ms = bar.open_time_ms
        if since_ms <= start_ms and start_ms + self.interval_ms <= until_ms:
            return bar.low, bar.high
        prices = [price for knot_ms, price in self.knots(bar) if since_ms <= start_ms + knot_ms <= until_ms]
        prices.append(self.price_in(bar, max(0, since_ms - start_ms)))
        return min(prices), max(prices)


@define
class RecordedMarket:
    """Recorded bars and funding rates as prices in USD (USDT is taken for USD).

    A bar's path is straight lines through four corners: its open, the extreme against its direction (the low when it
    closes at or above its open, else the high), the other extreme, its close. The extremes lie at one and two thirds
    of the bar, on whole minutes when the bar is long enough, so that stepping minute by minute meets both. Within one
    minute bar a question on the minute gets the open. After the last bar, and inside a gap, the price is the last
    close, with the time of that close.

    The answer depends on the moment alone, never on what was asked before. Questions may go back by WINDOW_S at most.
    """

    _tracks: dict[Asset, _Track]
    _funding: FundingHistory
    _usdc_usd: Decimal = ONE

    @classmethod
    def open(cls, info: MarketInfo, funding: FundingHistory, usdc_usd: Decimal = ONE) -> "RecordedMarket":
        """Open a checked folder; raises InvalidInput when the files changed since."""
        return cls({asset: _Track.of(series) for asset, series in info.series.items()}, funding, usdc_usd)

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        """Return the price at a moment and the time it is of (older than asked in a gap); None before the first bar."""
        track = self._tracks.get(asset)
        return None if track is None else track.reading(at)

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the price at a moment, the last known one in a gap; None before the first bar."""
        track = self._tracks.get(asset)
        reading = None if track is None else track.reading(at)
        return None if reading is None else reading[0]

    def extremes(self, asset: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        """Return the lowest and highest price of the path from `since` to `until`, both included; None without any.

        Raises InvalidInput when `until` is before `since`.
        """
        if until < since:
            raise InvalidInput("until", f"{since} or later", str(until))
        track = self._tracks.get(asset)
        since_ms, until_ms = ms_of(since), ms_of(until)
        last = None if track is None else track.bar_at(until_ms)
        if track is None or last is None:
            return None
        first = track.bar_at(since_ms)
        low = high = track.price_in(last, until_ms - last.open_time_ms)
        for bar in reversed(track.window):
            if bar.open_time_ms < until_ms:
                lowest, highest = track.extremes_in(bar, since_ms, until_ms)
                low, high = min(low, lowest), max(high, highest)
            if bar is first:
                break
        return low, high

    def funding_rate(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the rate paid at a moment (00, 08, 16 UTC); None when none was recorded for it."""
        return self._funding.rate(asset, at)

    def usdc_usd(self) -> Decimal:
        """Return the price of USDC, constant over the record."""
        return self._usdc_usd
