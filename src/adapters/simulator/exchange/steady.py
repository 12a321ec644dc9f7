"""A market whose prices stand still until they are set."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE

_FUNDING_HOURS = 8
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class SteadyMarket:
    """The law of PriceSource over prices that jump where they are set, and stay; USDC is worth a dollar."""

    def __init__(self, prices: Mapping[Asset, Decimal]) -> None:
        self._steps = {asset: [(_BEGINNING, price)] for asset, price in prices.items()}
        self._rates: dict[tuple[Asset, datetime], Decimal] = {}

    def set_price(self, asset: Asset, at: datetime, usd: Decimal) -> None:
        """Let a price (> 0) hold from a moment on; raises InvalidInput for a moment before the last change."""
        if usd <= 0:
            raise InvalidInput(f"price of {asset.value}", "a positive number", str(usd))
        if at < self._steps[asset][-1][0]:
            raise InvalidInput("time of a price", f"{self._steps[asset][-1][0]} or later", str(at))
        self._steps[asset].append((at, usd))

    def set_funding(self, asset: Asset, at: datetime, rate: Decimal) -> None:
        """Let funding be paid at a stamp; raises InvalidInput unless it is 00, 08 or 16 o'clock UTC."""
        if at != at.replace(hour=at.hour - at.hour % _FUNDING_HOURS, minute=0, second=0, microsecond=0):
            raise InvalidInput("time of funding", "00:00, 08:00 or 16:00 UTC", str(at))
        self._rates[asset, at] = rate

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return a coin's price at a moment; None before there was one."""
        steps = self._steps[asset]
        position = bisect_right(steps, at, key=lambda step: step[0])
        return steps[position - 1][1] if position else None

    def extremes(self, asset: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        """Return the lowest and highest price of a span, both ends included; None when there was none."""
        steps = self._steps[asset]
        first, end = (bisect_right(steps, at, key=lambda step: step[0]) for at in (since, until))
        prices = [price for _, price in steps[max(first - 1, 0) : end]]
        return (min(prices), max(prices)) if prices else None

    def funding_rate(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the rate paid at a moment; None when none was set for it."""
        return self._rates.get((asset, at))

    def usdc_usd(self) -> Decimal:
        """Return the price of USDC."""
        return ONE
