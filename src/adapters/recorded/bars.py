"""Recorded candles: a folder of CSV files, proved line by line and never held in memory."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from attrs import define, frozen

from ballast.adapters.recorded.table import fields_in, number_in, rows, stamp_in, time_of, wrong
from ballast.domain.kernel.asset import BTC, ETH, SOL, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO

NEEDED: tuple[Asset, ...] = (BTC, ETH, SOL)
COLUMNS = ("open_time_ms", "open", "high", "low", "close", "volume")
_INTERVAL_MINUTES_MAX = 60
_FILE = re.compile(r"binance_(spot|usdm)_([A-Z0-9]+)USDT_([1-9][0-9]?)([mh])(_.*)?\.csv(\.gz)?")
_FILE_SHAPE = "binance_<spot or usdm>_<coin>USDT_<interval as 1m or 5m>_<anything>.csv or .csv.gz"
# Nearly every line has this shape; matching it whole is what makes a month of minutes readable in a third of a second.
_PLAIN = r"([0-9]{1,15}(?:\.[0-9]{1,15})?)"
_PLAIN_ROW = re.compile(r"([0-9]{13})," + ",".join([_PLAIN] * 5) + r"\n?")


@frozen
class Bar:
    """One candle: prices in quote units for one coin (0 < low <= open, close <= high)."""

    open_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@frozen
class Series:
    """The files of one coin in time order, all of one market ("spot" or "usdm") and one interval."""

    asset: Asset
    market: str
    interval_s: int
    paths: tuple[Path, ...]


@frozen
class Coverage:
    """What a series holds: `end` is when its last bar closes; `missing` counts the bars its gaps leave out."""

    start: datetime
    end: datetime
    bars: int
    gaps: int
    missing: int
    longest_gap_s: int


@frozen
class MarketInfo:
    """A checked folder: a series for each needed coin, and the period all of them cover.

    `ignored` names candle files of symbols that are not needed.
    """

    series: Mapping[Asset, Series]
    coverage: Mapping[Asset, Coverage]
    start: datetime
    end: datetime
    ignored: tuple[str, ...]


def check(folder: Path) -> MarketInfo:
    """Read every line of a folder of candles once and say what it covers, in constant memory.

    Raises InvalidInput naming file, line and field for anything that cannot be a candle, for files that contradict
    each other, and when a coin or a common period is missing.
    """
    found, ignored = _series_of(folder)
    coverage = {asset: _coverage(series) for asset, series in found.items()}
    start = max(covered.start for covered in coverage.values())
    end = min(covered.end for covered in coverage.values())
    if start >= end:
        spans = "; ".join(f"{asset.value} {span.start} to {span.end}" for asset, span in coverage.items())
        raise InvalidInput(str(folder), "a period common to all coins", spans)
    return MarketInfo(found, coverage, start, end, ignored)


def read(series: Series) -> Iterator[Bar]:
    """Yield the bars of a series in time order; raises InvalidInput naming file, line and field."""
    last_ms = 0
    for position, path in enumerate(series.paths):
        first_ms = 0
        for line, bar in _bars(path, series.interval_s * 1000):
            if bar.open_time_ms <= last_ms:
                if position and not first_ms:
                    raise InvalidInput(f"{series.paths[position - 1].name}, {path.name}", *_overlap(last_ms, bar))
                raise wrong(path, line, "open_time_ms", f"more than {last_ms}", str(bar.open_time_ms))
            first_ms = first_ms or bar.open_time_ms
            last_ms = bar.open_time_ms
            yield bar


def _overlap(last_ms: int, bar: Bar) -> tuple[str, str]:
    return "files that do not overlap", f"{time_of(last_ms)} in the first and {time_of(bar.open_time_ms)} in the second"


def _bars(path: Path, interval_ms: int) -> Iterator[tuple[int, Bar]]:
    for line, text in rows(path, COLUMNS):
        plain = _PLAIN_ROW.fullmatch(text)
        if plain is None:
            bar = _unusual(path, line, text)
        else:
            time_ms, opened, high, low, closed, _ = plain.groups()
            bar = Bar(int(time_ms), Decimal(opened), Decimal(high), Decimal(low), Decimal(closed))
        if not ZERO < bar.low <= bar.open <= bar.high or not bar.low <= bar.close <= bar.high:
            raise _impossible(path, line, bar)
        if bar.open_time_ms % interval_ms:
            grid = f"a whole multiple of {interval_ms} ms, the interval in the file's name"
            raise wrong(path, line, "open_time_ms", grid, str(bar.open_time_ms))
        yield line, bar


def _unusual(path: Path, line: int, text: str) -> Bar:
    fields = fields_in(path, line, text, COLUMNS)
    time_ms = stamp_in(path, line, COLUMNS[0], fields[0])
    named = zip(COLUMNS[1:], fields[1:], strict=True)
    opened, high, low, closed, volume = (number_in(path, line, column, found) for column, found in named)
    if volume < 0:
        raise wrong(path, line, "volume", "zero or more", str(volume))
    return Bar(time_ms, opened, high, low, closed)


def _impossible(path: Path, line: int, bar: Bar) -> InvalidInput:
    prices = {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close}
    for column, price in prices.items():
        if price <= 0:
            return wrong(path, line, column, "a price above zero", str(price))
    if bar.high < max(prices.values()):
        return wrong(path, line, "high", f"at least {max(prices.values())}, the highest of the bar", str(bar.high))
    return wrong(path, line, "low", f"at most {min(prices.values())}, the lowest of the bar", str(bar.low))


@define
class _Tally:
    interval_s: int
    first_ms: int = 0
    last_ms: int = 0
    bars: int = 0
    gaps: int = 0
    missing: int = 0
    longest_gap_s: int = 0
    smallest_step_s: int | None = None

    def count(self, bar: Bar) -> None:
        """Take the next bar into account."""
        if self.bars:
            self._step((bar.open_time_ms - self.last_ms) // 1000)
        else:
            self.first_ms = bar.open_time_ms
        self.last_ms = bar.open_time_ms
        self.bars += 1

    def _step(self, step_s: int) -> None:
        if self.smallest_step_s is None or step_s < self.smallest_step_s:
            self.smallest_step_s = step_s
        if step_s != self.interval_s:
            self.gaps += 1
            self.missing += step_s // self.interval_s - 1
            self.longest_gap_s = max(self.longest_gap_s, step_s - self.interval_s)


def _coverage(series: Series) -> Coverage:
    tally = _Tally(series.interval_s)
    for bar in read(series):
        tally.count(bar)
    names = ", ".join(path.name for path in series.paths)
    if not tally.bars:
        raise InvalidInput(names, "at least one bar", "none")
    if tally.smallest_step_s is not None and tally.smallest_step_s > series.interval_s:
        found = f"{tally.smallest_step_s} s between the nearest two"
        raise InvalidInput(names, f"bars {series.interval_s} s apart, as the name says", found)
    end = time_of(tally.last_ms + series.interval_s * 1000)
    return Coverage(time_of(tally.first_ms), end, tally.bars, tally.gaps, tally.missing, tally.longest_gap_s)


def _series_of(folder: Path) -> tuple[dict[Asset, Series], tuple[str, ...]]:
    if not folder.is_dir():
        raise InvalidInput(str(folder), "a folder of candle files", "no such folder")
    parts: dict[Asset, list[Series]] = {asset: [] for asset in NEEDED}
    ignored: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.name.endswith((".csv", ".csv.gz")):
            part = _named(path)
            if part is None:
                ignored.append(path.name)
            else:
                parts[part.asset].append(part)
    return {asset: _joined(folder, asset, found) for asset, found in parts.items()}, tuple(ignored)


def _named(path: Path) -> Series | None:
    match = _FILE.fullmatch(path.name)
    if match is None:
        raise InvalidInput(path.name, _FILE_SHAPE, "a name that does not say market, symbol and interval")
    minutes = int(match[3]) * (60 if match[4] == "h" else 1)
    if minutes > _INTERVAL_MINUTES_MAX:
        raise InvalidInput(path.name, f"an interval of 1m to {_INTERVAL_MINUTES_MAX}m", match[3] + match[4])
    asset = next((needed for needed in NEEDED if needed.value == match[2]), None)
    return None if asset is None else Series(asset, match[1], minutes * 60, (path,))


def _joined(folder: Path, asset: Asset, parts: list[Series]) -> Series:
    """Join the files of one coin; raises InvalidInput naming them when it is not clear which to take."""
    if not parts:
        raise InvalidInput(str(folder), f"a candle file of {asset.value}USDT", "none")
    market, interval_s = parts[0].market, parts[0].interval_s
    paths = [path for part in parts for path in part.paths]
    if any((part.market, part.interval_s) != (market, interval_s) for part in parts):
        names = ", ".join(path.name for path in paths)
        raise InvalidInput(f"{asset.value}USDT in {folder}", "files of one market and one interval", f"{names}: choose")
    return Series(asset, market, interval_s, tuple(sorted(paths, key=_first_ms)))


def _first_ms(path: Path) -> int:
    for line, text in rows(path, COLUMNS):
        return stamp_in(path, line, COLUMNS[0], text.split(",")[0])
    raise InvalidInput(path.name, "at least one bar", "none")
