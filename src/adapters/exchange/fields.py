"""Numbers in the exchange's answers, read without loss."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal


def number(row: Mapping[str, Any], name: str) -> Decimal:
    """Return a field as an exact number; raises InvalidInput when it is missing, a float, or no number."""
    value = row.get(name)
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise InvalidInput(f"the exchange's {name}", "a number written as text", repr(value))
    return parse_decimal(str(value), f"the exchange's {name}")


def plain(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros."""
    return f"{value.normalize():f}"
