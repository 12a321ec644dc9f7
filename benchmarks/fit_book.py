"""Fit the simulated venue's depth profile to recorded books: `python benchmarks/fit_book.py MARKET_FOLDER`.

MARKET_FOLDER holds `book/` and `ohlcv/` as described in data/README.md; the result is data/market/book_profile.json.

BTC and ETH perpetuals: the snapshot is rolled forward by the depth stream and looked at once a second. Depth is the
value resting within a distance of the mid; the median over time and both sides counts, and a side only counts where
the snapshot showed it (what lay beyond its last level is known only as far as it changed since).
BTC spot: what 30 frames of a 100 ms stream showed, a lower bound of the real book. BTCUSDC has no record: the same.
SOL perpetual: ETH's depth times the ratio of traded value, SOL to ETH, in the recorded minutes of both perpetuals.
That depth goes with traded value is what the spot record says: there the two ratios are printed side by side.
"""

import gzip
import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DISTANCES_BPS = (0, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20)
SAMPLE_MS = 1000
PERPETUALS = {"BTCUSDT:PERP": ("btcusdt", 0.1), "ETHUSDT:PERP": ("ethusdt", 0.01)}
SPOT_TICK = 0.01
OUT = Path(__file__).parents[1] / "data" / "market" / "book_profile.json"

Side = dict[float, float]


def depth_usd(side: Side, mid: float, distance_bps: float) -> float:
    """Return what rests within a distance; the best price always counts, so that distance 0 is what rests there."""
    best = min(abs(price - mid) for price in side)
    reach = max(mid * distance_bps / 10_000, best)
    return sum(price * size for price, size in side.items() if abs(price - mid) <= reach)


def apply(side: Side, changes: list[list[str]]) -> None:
    for price, size in changes:
        if float(size):
            side[float(price)] = float(size)
        else:
            side.pop(float(price), None)


def rolled_forward(path: Path) -> Iterator[tuple[Side, Side, tuple[float, float]]]:
    """Yield bids, asks and the range of prices the snapshot covered, about once a second."""
    with gzip.open(path, "rt") as lines:
        messages: list[Any] = [json.loads(line.split(" ", 1)[1]) for line in lines]
    snapshot = next(message for message in messages if "lastUpdateId" in message)
    bids, asks = ({float(p): float(q) for p, q in snapshot[name]} for name in ("bids", "asks"))
    covered, sampled_ms = (min(bids), max(asks)), 0
    for message in messages:
        change = message.get("data", {})
        if change.get("e") != "depthUpdate" or change["u"] < snapshot["lastUpdateId"]:
            continue
        apply(bids, change["b"])
        apply(asks, change["a"])
        if change["T"] >= sampled_ms + SAMPLE_MS:
            sampled_ms = change["T"]
            yield bids, asks, covered


def fit_perpetual(path: Path, tick: float) -> dict[str, Any]:
    depths: list[list[float]] = [[] for _ in DISTANCES_BPS]
    spreads: list[int] = []
    for bids, asks, (lowest, highest) in rolled_forward(path):
        mid = (max(bids) + min(asks)) / 2
        spreads.append(round((min(asks) - max(bids)) / tick))
        for found, distance in zip(depths, DISTANCES_BPS, strict=True):
            if mid * (1 - distance / 10_000) >= lowest:
                found.append(depth_usd(bids, mid, distance))
            if mid * (1 + distance / 10_000) <= highest:
                found.append(depth_usd(asks, mid, distance))
    print(f"{path.name}: {len(spreads)} samples, {len(depths[-1])} of them sides that reach {DISTANCES_BPS[-1]} bps")
    return market(round(statistics.median(spreads)), [statistics.median(found) for found in depths])


def spot_books(path: Path) -> dict[str, tuple[Side, Side]]:
    """Return the last quantity seen at each price; the stream has no snapshot."""
    books: dict[str, tuple[Side, Side]] = {}
    for line in path.read_text().splitlines():
        change = json.loads(line)["data"]
        bids, asks = books.setdefault(change["s"], ({}, {}))
        apply(bids, change["b"])
        apply(asks, change["a"])
    return books


def spot_depths(book: tuple[Side, Side]) -> tuple[int, list[float]]:
    bids, asks = book
    mid = (max(bids) + min(asks)) / 2
    spread_ticks = round((min(asks) - max(bids)) / SPOT_TICK)
    return spread_ticks, [(depth_usd(bids, mid, d) + depth_usd(asks, mid, d)) / 2 for d in DISTANCES_BPS]


def traded_usd(folder: Path, pattern: str) -> float:
    """Return the value traded per minute bar, in USD."""
    total, bars = 0.0, 0
    with gzip.open(next(folder.glob(pattern)), "rt") as lines:
        next(lines)
        for line in lines:
            *_, close, volume = line.split(",")
            total += float(close) * float(volume)
            bars += 1
    return total / bars


def market(spread_ticks: int, depths: list[float]) -> dict[str, Any]:
    return {"spread_ticks": spread_ticks, "depth_usd": [str(round(depth)) for depth in depths]}


def fit(folder: Path) -> dict[str, Any]:
    books, bars = folder / "book", folder / "ohlcv"
    markets = {
        symbol: fit_perpetual(next(books.glob(f"binance_usdm_{name}_*.gz")), tick)
        for symbol, (name, tick) in PERPETUALS.items()
    }
    share = traded_usd(bars, "*_usdm_SOLUSDT_1m_*") / traded_usd(bars, "*_usdm_ETHUSDT_1m_*")
    eth = [float(depth) for depth in markets["ETHUSDT:PERP"]["depth_usd"]]
    markets["SOLUSDT:PERP"] = market(1, [depth * share for depth in eth])
    spot = {name: spot_depths(book) for name, book in spot_books(next(books.glob("binance_spot_*.jsonl"))).items()}
    markets["BTCUSDT:SPOT"] = markets["BTCUSDC:SPOT"] = market(*spot["BTCUSDT"])
    at_5_bps = DISTANCES_BPS.index(5)
    spot_depth = spot["SOLUSDT"][1][at_5_bps] / spot["ETHUSDT"][1][at_5_bps]
    spot_traded = traded_usd(bars, "*_spot_SOLUSDT_5m_*") / traded_usd(bars, "*_spot_ETHUSDT_5m_*")
    print(
        f"SOL to ETH: perpetuals trade {share:.3f}; spot trades {spot_traded:.3f}, its depth at 5 bps {spot_depth:.3f}"
    )
    return {"fitted_by": "benchmarks/fit_book.py", "distances_bps": list(map(str, DISTANCES_BPS)), "markets": markets}


if __name__ == "__main__":
    OUT.write_text(json.dumps(fit(Path(sys.argv[1])), indent=1) + "\n")
    print(f"wrote {OUT.name}")
