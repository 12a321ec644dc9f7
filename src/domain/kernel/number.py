"""The one decimal context, and the named roundings every division and quantisation goes through."""

import decimal
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal

from ballast.domain.kernel.errors import InvalidInput

__all__ = [
    "EXACT",
    "MONEY",
    "ONE",
    "ROUND_CEILING",
    "ROUND_DOWN",
    "ROUND_FLOOR",
    "ROUND_HALF_EVEN",
    "ROUND_UP",
    "ZERO",
    "Decimal",
    "divide",
    "exact",
    "from_units",
    "parse_decimal",
    "quantum",
    "ratio",
    "round_to_places",
    "round_to_step",
    "sign",
    "whole_units",
]  # fmt: skip

# The default 28 digits silently cut a uint256 (78 digits); mixing in a float is an error, never a rounding.
MONEY = Context(
    prec=78,
    rounding=ROUND_HALF_EVEN,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.FloatOperation],
)
EXACT = MONEY.copy()
EXACT.traps[decimal.Inexact] = True


def _install() -> None:
    """Make MONEY the context of this thread and of every thread started later.

    The context is a process-wide setting of the interpreter; importing the kernel is what chooses it.
    """
    for name in ("prec", "rounding"):
        setattr(decimal.DefaultContext, name, getattr(MONEY, name))
    decimal.DefaultContext.traps[decimal.FloatOperation] = True
    decimal.setcontext(MONEY.copy())


_install()

ZERO = Decimal(0)
ONE = Decimal(1)
RATIO_PLACES = 18
_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(79))
_TEXT_LENGTH_MAX = 120
# What is smaller than 10 ** 60 fits into the context with the 18 places of the finest asset.
_DIGITS_MAX = 60


def quantum(places: int) -> Decimal:
    """Return 10 ** -places, for places 0..78."""
    return _QUANTA[places]


def round_to_places(value: Decimal, places: int, rounding: str) -> Decimal:
    """Round to a number of decimal places (0..78) by a named rounding."""
    return value.quantize(_QUANTA[places], rounding)


def divide(dividend: Decimal, divisor: Decimal, places: int, rounding: str) -> Decimal:
    """Divide and round once, at `places` decimals.

    Raises ArithmeticError (decimal.DivisionByZero or, for 0 / 0, InvalidOperation): no answer is not zero.
    """
    return (dividend / divisor).quantize(_QUANTA[places], rounding)


def ratio(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide for a dimensionless figure: 18 places, half even. Money never goes through here."""
    return (dividend / divisor).quantize(_QUANTA[RATIO_PLACES], ROUND_HALF_EVEN)


def whole_units(quantity: Decimal, places: int) -> int:
    """Return a quantity as a count of its 10 ** -places units, rounded down."""
    return int(quantity.scaleb(places).to_integral_value(ROUND_DOWN))


def from_units(units: int, places: int) -> Decimal:
    """Return a count of 10 ** -places units as a quantity."""
    return Decimal(units) * _QUANTA[places]


def round_to_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Round to a whole multiple of a positive step (a venue's tick or lot)."""
    return (value / step).quantize(ONE, rounding) * step


def exact(value: Decimal, places: int, field: str) -> Decimal:
    """Return the value at exactly `places` decimals; raises InvalidInput when digits would be lost."""
    try:
        return value.quantize(_QUANTA[places], context=EXACT)
    except decimal.Inexact:
        raise InvalidInput(field, f"at most {places} decimal places", str(value)) from None
    except decimal.InvalidOperation:
        raise InvalidInput(field, f"at most {MONEY.prec} digits with {places} decimal places", str(value)) from None


def sign(value: Decimal) -> int:
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


def parse_decimal(text: str, field: str) -> Decimal:
    """Read a decimal below 10 ** 60 from text; raises InvalidInput naming the field for NaN, Infinity and words."""
    if not text or len(text) > _TEXT_LENGTH_MAX:
        raise InvalidInput(field, f"a decimal number of 1 to {_TEXT_LENGTH_MAX} characters", repr(text[:40]))
    try:
        value = Decimal(text)
    except decimal.InvalidOperation:
        raise InvalidInput(field, "a decimal number", repr(text[:40])) from None
    if not value.is_finite():
        raise InvalidInput(field, "a finite decimal number", repr(text))
    if value.adjusted() >= _DIGITS_MAX:
        raise InvalidInput(field, f"a number below 10 ** {_DIGITS_MAX}", repr(text))
    return value
