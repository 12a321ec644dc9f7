"""Folders of candles and funding rates, written for one test."""

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

HEADER = "open_time_ms,open,high,low,close,volume"
MINUTE_MS = 60_000
SLOT_MS = 8 * 3600 * 1000
START_MS = 1_774_224_000_000  # 2026-03-23 00:00 UTC: on the grid of every interval, and a funding slot
COINS = ("BTC", "ETH", "SOL")


def line(minute: int, prices: Sequence[str] = ("100", "110", "90", "105"), volume: str = "1.5") -> str:
    """One candle that opens some minutes after the start: open, high, low, close."""
    return ",".join((str(START_MS + minute * MINUTE_MS), *prices, volume))


def lines(minutes: Iterable[int]) -> list[str]:
    """Candles at these minutes, all alike."""
    return [line(minute) for minute in minutes]


def write_bars(
    folder: Path, coin: str, rows: Sequence[str], *, interval: str = "1m", market: str = "spot", tail: str = "x"
) -> Path:
    """Write one candle file and return its path."""
    path = folder / f"binance_{market}_{coin}USDT_{interval}_{tail}.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n")
    return path


def write_market(folder: Path, rows: Sequence[str], *, interval: str = "1m") -> None:
    """Write the same candles for every coin."""
    for coin in COINS:
        write_bars(folder, coin, rows, interval=interval)


def write_funding(folder: Path, coin: str, rows: Sequence[str]) -> Path:
    """Write one funding file and return its path."""
    path = folder / f"binance_usdm_{coin}USDT_funding_8h.csv"
    path.write_text("\n".join(("funding_time_ms,funding_rate", *rows)) + "\n")
    return path


def compress(path: Path) -> Path:
    """Replace a file by its gzipped form."""
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    return packed
