"""Reference prices from outside the venue."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from attrs import frozen

from ballast.domain.kernel.asset import Asset


@frozen
class Reading:
    """One price in USD (> 0) and when its source made it."""

    usd: Decimal
    time: datetime


class Prices(Protocol):
    """Read what the oracles say.

    Laws:
    1. Each price is positive and finite, with the time its source made it, not the time it was asked.
    2. An asset the source does not answer for is absent, never zero.
    3. Raises Unreachable when there is no answer at all.
    """

    async def read(self) -> Mapping[Asset, Reading]:
        """Return the newest price of each asset the source knows."""
        ...
