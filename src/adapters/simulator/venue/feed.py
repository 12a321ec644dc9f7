"""Where the simulated exchange gets its prices, and how it quotes them."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ballast.domain.execution.instrument import Instrument
from ballast.domain.kernel.asset import HEDGED, USDC, USDT, Asset
from ballast.domain.kernel.errors import Unreachable
from ballast.domain.kernel.number import ONE, ROUND_HALF_EVEN, divide

PRICE_PLACES = 8


class PriceSource(Protocol):
    """A market of USD prices; the answer depends on the moment asked for, never on what was asked before."""

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return a coin's price at a moment; None when there is none yet."""
        ...

    def extremes(self, asset: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        """Return the lowest and highest price of a span, both ends included; None when there is none yet."""
        ...

    def funding_rate(self, asset: Asset, at: datetime) -> Decimal | None:
        """Return the rate paid at a moment, as a fraction of the notional; None when none was paid."""
        ...

    def usdc_usd(self) -> Decimal:
        """Return the price of USDC."""
        ...


class Feed:
    """Quotes of every market from one series per coin.

    The record holds one price per coin, so the perpetual's mark, its index and the spot price are the same, the
    dollar is USDT, and BTC in USDC is its price over that of USDC.
    """

    def __init__(self, market: PriceSource) -> None:
        self._market = market

    def usd(self, asset: Asset, at: datetime) -> Decimal:
        """Return an asset's price in USD; raises Unreachable when the market has none at that moment."""
        if asset is USDT:
            return ONE
        if asset is USDC:
            return self._market.usdc_usd()
        price = self._market.price(asset, at)
        if price is None:
            raise Unreachable(f"no price of {asset.value} at {at}", asset=asset.value, time=str(at))
        return price

    def marks(self, at: datetime) -> dict[Asset, Decimal]:
        """Return the mark price of every perpetual, by coin; raises Unreachable when one has none."""
        return {coin: self.usd(coin, at) for coin in HEDGED}

    def quote(self, instrument: Instrument, at: datetime) -> Decimal:
        """Return a market's price in its quote asset (8 places); raises Unreachable when there is none."""
        return self._in_quote(instrument, self.usd(instrument.base, at))

    def quote_extremes(
        self, instrument: Instrument, since: datetime, until: datetime
    ) -> tuple[Decimal, Decimal] | None:
        """Return a market's lowest and highest price of a span in its quote asset; None when there is none."""
        found = self.extremes(instrument.base, since, until)
        return None if found is None else (self._in_quote(instrument, found[0]), self._in_quote(instrument, found[1]))

    def extremes(self, coin: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        """Return a coin's lowest and highest price in USD of a span; None when there is none."""
        return self._market.extremes(coin, since, until)

    def funding_rate(self, coin: Asset, at: datetime) -> Decimal | None:
        """Return the funding rate recorded for a moment; None when none was."""
        return self._market.funding_rate(coin, at)

    def _in_quote(self, instrument: Instrument, usd: Decimal) -> Decimal:
        if instrument.quote is USDT:
            return usd
        return divide(usd, self._market.usdc_usd(), PRICE_PLACES, ROUND_HALF_EVEN)
