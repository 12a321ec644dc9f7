"""An order book's visible depth and what it costs to take from it."""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ZERO

Level = tuple[Decimal, Decimal]


@frozen
class Walk:
    """What taking a quantity costs: base units taken, quote units paid or got, and the worst price touched."""

    quantity: Decimal
    value: Decimal
    worst_price: Decimal


@frozen
class Book:
    """One side-by-side view of the best levels: (price, quantity) pairs, best first, no level twice.

    `time` is when the venue made it: an old book is no book.
    """

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    time: datetime

    @property
    def mid(self) -> Decimal:
        """Return the middle of the best bid and ask; raises RuleBroken when a side is empty."""
        if not self.bids or not self.asks:
            raise RuleBroken(f"book of {self.symbol}", "two sides", "an empty side")
        return (self.bids[0][0] + self.asks[0][0]) / 2

    def against(self, side: Side) -> tuple[Level, ...]:
        """Return the levels an order of this side would take."""
        return self.asks if side is Side.BUY else self.bids

    def depth_within(self, side: Side, limit_price: Decimal) -> Decimal:
        """Return the quantity (base units) on offer to this side at the limit or better."""
        return sum((size for price, size in self.against(side) if _within(side, price, limit_price)), ZERO)

    def walk(self, side: Side, quantity: Decimal) -> Walk:
        """Take a quantity (> 0) level by level; raises RuleBroken when the visible depth does not hold it."""
        left, value, worst = quantity, ZERO, ZERO
        for price, size in self.against(side):
            taken = min(left, size)
            left -= taken
            value += taken * price
            worst = price
            if not left:
                return Walk(quantity, value, worst)
        raise RuleBroken(f"depth of {self.symbol}", f"{quantity} to {side.value}", f"{quantity - left} visible")


def _within(side: Side, price: Decimal, limit_price: Decimal) -> bool:
    return price <= limit_price if side is Side.BUY else price >= limit_price
