"""The depth profile fitted to recorded books by benchmarks/fit_book.py."""

import json
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from attrs import frozen

from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO, parse_decimal


@frozen
class Band:
    """What rests between the previous band and this distance from the mid: value in USD (>= 0), on each side.

    The first band has distance 0: what rests at the best price.
    """

    distance: Bps
    value_usd: Decimal


@frozen
class MarketDepth:
    """One market's book at rest: the spread in ticks (>= 1) and its bands from the mid outwards."""

    spread_ticks: int
    bands: tuple[Band, ...]


def read_profile(path: Path) -> dict[str, MarketDepth]:
    """Read a fitted profile by symbol; raises InvalidInput naming file, market and field when it is none."""
    try:
        content: Mapping[str, Any] = json.loads(path.read_text())
        distances: list[str] = content["distances_bps"]
        markets: Mapping[str, Any] = content["markets"]
        rows = {symbol: (int(entry["spread_ticks"]), list(entry["depth_usd"])) for symbol, entry in markets.items()}
    except (ValueError, KeyError, TypeError) as error:
        expected = 'JSON with "distances_bps" and "markets", each with "spread_ticks" and "depth_usd"'
        raise InvalidInput(path.name, expected, repr(error)) from error
    return {symbol: _market(f"{path.name} {symbol}", distances, *row) for symbol, row in rows.items()}


def _market(where: str, distances: list[str], spread_ticks: int, depths: list[str]) -> MarketDepth:
    if spread_ticks < 1:
        raise InvalidInput(f"{where} spread_ticks", "1 or more", str(spread_ticks))
    if len(depths) != len(distances):
        raise InvalidInput(f"{where} depth_usd", f"{len(distances)} numbers", str(len(depths)))
    steps = _rising(f"{where} distances_bps", distances)
    values = _rising(f"{where} depth_usd", depths)
    bands = zip(steps, pairwise([ZERO, *values]), strict=True)
    return MarketDepth(spread_ticks, tuple(Band(Bps(far), value - nearer) for far, (nearer, value) in bands))


def _rising(where: str, texts: list[str]) -> list[Decimal]:
    numbers = [parse_decimal(text, where) for text in texts]
    for before, after in pairwise([ZERO, *numbers]):
        if after < before:
            raise InvalidInput(where, f"numbers that never fall, from 0; after {before} no less", str(after))
    return numbers
