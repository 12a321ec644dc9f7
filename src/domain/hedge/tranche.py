"""Cutting an operation into equal parts."""

from decimal import Decimal

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ROUND_DOWN, divide


def tranche_parts(amount: Amount, tranches: int) -> tuple[Amount, ...]:
    """Cut a positive amount into `tranches` (>= 1) equal parts, rounded down; the last takes the rest.

    Raises InvalidInput when there are not enough smallest units for every part.
    """
    if tranches < 1:
        raise InvalidInput("tranches", "at least 1", str(tranches))
    part = Amount(amount.asset, divide(amount.quantity, Decimal(tranches), amount.asset.scale, ROUND_DOWN))
    if part.quantity <= 0:
        raise InvalidInput("amount", f"enough {amount.asset.value} for {tranches} tranches", str(amount))
    rest = amount - Amount(amount.asset, part.quantity * (tranches - 1))
    return (part,) * (tranches - 1) + (rest,)
