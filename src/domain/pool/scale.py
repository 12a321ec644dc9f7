"""Whole numbers as the chain keeps them, their scales, and the edge to Decimal."""

from decimal import Decimal

from ballast.domain.kernel.amount import BPS_PER_ONE
from ballast.domain.kernel.number import from_units

__all__ = [
    "BPS_PER_ONE",
    "PEG_E8",
    "POWERS_OF_TEN",
    "PRICE_PLACES",
    "USD_PLACES",
    "ceil_divide",
    "dollars",
    "usd_divisor",
]

# AUM, sizes and average prices are whole 1e-6 dollars; Doves AG prices are whole 1e-8 dollars (expo -8).
USD_PLACES = 6
PRICE_PLACES = 8
PEG_E8 = 100_000_000

POWERS_OF_TEN: tuple[int, ...] = tuple(10**places for places in range(40))


def usd_divisor(decimals: int) -> int:
    """Return what (token units x 1e-8 dollar price) is divided by to give 1e-6 dollars; decimals 0..37."""
    return POWERS_OF_TEN[decimals + PRICE_PLACES - USD_PLACES]


def ceil_divide(dividend: int, divisor: int) -> int:
    """Divide whole numbers, rounding towards positive infinity; raises ZeroDivisionError."""
    return -(-dividend // divisor)


def dollars(usd: int) -> Decimal:
    """Return whole 1e-6 dollars as dollars, exactly."""
    return from_units(usd, USD_PLACES)
