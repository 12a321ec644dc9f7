"""An order book as the exchange answers it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ballast.domain.execution.book import Book, Level
from ballast.domain.kernel.number import parse_decimal

LEVELS = 500


def book_of(symbol: str, answer: Mapping[str, Any], time: datetime) -> Book:
    """Read a depth answer; raises InvalidInput for what is no number."""
    return Book(symbol, _levels(answer["bids"]), _levels(answer["asks"]), time)


def _levels(rows: Sequence[Sequence[str]]) -> tuple[Level, ...]:
    return tuple((parse_decimal(price, "bid or ask"), parse_decimal(size, "size")) for price, size in rows)
