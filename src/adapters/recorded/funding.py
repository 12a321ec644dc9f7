"""Recorded funding rates: a folder of CSV files, one or more per coin."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from attrs import frozen

from ballast.adapters.recorded.bars import NEEDED
from ballast.adapters.recorded.table import fields_in, ms_of, number_in, rows, stamp_in, time_of, wrong
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE

COLUMNS = ("funding_time_ms", "funding_rate")
SLOT_MS = 8 * 3600 * 1000
# The venue stamps a payment when it makes it: on the hour, or some milliseconds later.
LAG_MS_MAX = 60_000
_FILE = re.compile(r"binance_usdm_([A-Z0-9]+)USDT_funding(_.*)?\.csv(\.gz)?")


@frozen
class FundingHistory:
    """Rates (a fraction of the position's value per 8 h) by coin and slot, the number of 8 h since 1970.

    `missing` counts the slots inside the period for which a coin has no rate.
    """

    rates: Mapping[Asset, Mapping[int, Decimal]]
    missing: Mapping[Asset, int]

    def rate(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the rate paid at a moment: 00, 08 or 16 UTC, up to a minute late; None for any other or none known."""
        slot, lag_ms = divmod(ms_of(at), SLOT_MS)
        return self.rates[asset].get(slot) if lag_ms <= LAG_MS_MAX else None


def load(folder: Path, start: datetime, end: datetime) -> FundingHistory:
    """Read the rates of all needed coins from `start` to `end` (both included); every line is checked.

    Raises InvalidInput naming file, line and field for broken lines, and for a coin without a file.
    """
    paths = _paths(folder)
    first, last = -(-ms_of(start) // SLOT_MS), ms_of(end) // SLOT_MS
    rates = {asset: _rates(asset, found, first, last) for asset, found in paths.items()}
    missing = {asset: last - first + 1 - len(known) for asset, known in rates.items()}
    return FundingHistory(rates, missing)


def _paths(folder: Path) -> dict[Asset, list[Path]]:
    if not folder.is_dir():
        raise InvalidInput(str(folder), "a folder of funding files", "no such folder")
    files = [path for path in sorted(folder.iterdir()) if path.name.endswith((".csv", ".csv.gz"))]
    by_symbol: dict[str, list[Path]] = {}
    for path in files:
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise InvalidInput(path.name, "binance_usdm_<coin>USDT_funding_<anything>.csv", "another name")
        by_symbol.setdefault(match[1], []).append(path)
    for asset in NEEDED:
        if asset.value not in by_symbol:
            raise InvalidInput(str(folder), f"a funding file of {asset.value}USDT", "none")
    return {asset: by_symbol[asset.value] for asset in NEEDED}


def _rates(asset: Asset, paths: list[Path], first: int, last: int) -> dict[int, Decimal]:
    known: dict[int, Decimal] = {}
    for path in paths:
        for slot, rate in _lines(path):
            if slot in known:
                raise InvalidInput(path.name, "funding files that do not overlap", f"a second rate of {_time(slot)}")
            if first <= slot <= last:
                known[slot] = rate
    if first <= last and not known:
        names = ", ".join(path.name for path in paths)
        raise InvalidInput(names, f"rates of {asset.value} between {_time(first)} and {_time(last)}", "none")
    return known


def _lines(path: Path) -> Iterator[tuple[int, Decimal]]:
    last = -1
    for line, text in rows(path, COLUMNS):
        stamp, rate_text = fields_in(path, line, text, COLUMNS)
        slot, lag_ms = divmod(stamp_in(path, line, COLUMNS[0], stamp), SLOT_MS)
        if lag_ms > LAG_MS_MAX:
            raise wrong(path, line, COLUMNS[0], "00, 08 or 16 UTC, at most a minute late", str(time_of(int(stamp))))
        if slot <= last:
            raise wrong(path, line, COLUMNS[0], f"later than {_time(last)}", str(time_of(int(stamp))))
        rate = number_in(path, line, COLUMNS[1], rate_text)
        if abs(rate) >= ONE:
            raise wrong(path, line, COLUMNS[1], "a fraction between -1 and 1", rate_text)
        last = slot
        yield slot, rate


def _time(slot: int) -> datetime:
    return time_of(slot * SLOT_MS)
