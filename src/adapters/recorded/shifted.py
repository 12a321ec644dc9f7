"""A recorded market played at another time: the past's prices, moved forward by whole days."""

from datetime import datetime, timedelta
from decimal import Decimal

from attrs import frozen

from ballast.adapters.recorded.market import RecordedMarket
from ballast.domain.kernel.asset import Asset

_DAY = timedelta(days=1)


@frozen
class ShiftedMarket:
    """Answer for a moment with what was recorded `shift` earlier; whole days, so that funding keeps its hours."""

    _market: RecordedMarket
    _shift: timedelta

    @classmethod
    def starting(cls, market: RecordedMarket, recorded_from: datetime, start: datetime) -> "ShiftedMarket":
        """Let `start` fall into the record's first day."""
        return cls(market, (start - recorded_from) // _DAY * _DAY)

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        """Return the price at a moment and the time it is of."""
        found = self._market.reading(asset, at - self._shift)
        return None if found is None else (found[0], found[1] + self._shift)

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the price at a moment, the last known one in a gap; None before the first bar."""
        return self._market.price(asset, at - self._shift)

    def extremes(self, asset: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        """Return the lowest and highest price from `since` to `until`; None without any."""
        return self._market.extremes(asset, since - self._shift, until - self._shift)

    def funding_rate(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the funding rate paid at a moment; None at any other."""
        return self._market.funding_rate(asset, at - self._shift)

    def usdc_usd(self) -> Decimal:
        """Return the price of USDC."""
        return self._market.usdc_usd()
