"""What everything is worth at one moment."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.asset import JLP, PERP_OF, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO


@frozen
class Marks:
    """Prices at one moment, in USD (the unit is one USDT).

    `prices` has every asset that can be held: coins and stables at the index, perpetuals at their mark, JLP at the
    Min mode. One JLP is worth `jlp_constant` + sum of `jlp_delta` (coins per JLP) x the coin's price; the affine form
    holds exactly between changes of the pool (facts/jlp.md section 2.2).
    """

    prices: dict[Asset, Decimal]
    jlp_constant: Decimal
    jlp_delta: dict[Asset, Decimal]

    @classmethod
    def made(
        cls,
        index: Mapping[Asset, Decimal],
        perp_marks: Mapping[Asset, Decimal],
        jlp_constant: Decimal,
        jlp_delta: Mapping[Asset, Decimal],
    ) -> "Marks":
        """Put index prices (coins, stables), perpetual marks by coin and the pool's affine value together."""
        prices = dict(index)
        for coin, mark in perp_marks.items():
            prices[PERP_OF[coin]] = mark
        for asset, price in prices.items():
            if not price.is_finite() or price <= 0:
                raise InvalidInput(f"price of {asset.value}", "a positive number", str(price))
        prices[JLP] = _affine(jlp_constant, jlp_delta, prices)
        return cls(prices, jlp_constant, dict(jlp_delta))

    def jlp_at(self, prices: Mapping[Asset, Decimal]) -> Decimal:
        """Return the USD value of one JLP of this pool state at other prices."""
        return _affine(self.jlp_constant, self.jlp_delta, prices)


def _affine(constant: Decimal, delta: Mapping[Asset, Decimal], prices: Mapping[Asset, Decimal]) -> Decimal:
    return sum((quantity * prices[asset] for asset, quantity in delta.items()), constant)


def value_usd(holdings: Mapping[Asset, Decimal], marks: Marks) -> Decimal:
    """Value holdings (quantity by asset, perpetuals as signed coins) in USD, unrounded.

    Raises InvalidInput for a held asset without a price: no answer is not zero.
    """
    total = ZERO
    for asset, quantity in holdings.items():
        if quantity:
            price = marks.prices.get(asset)
            if price is None:
                raise InvalidInput(f"price of {asset.value}", "a price for every held asset", "none")
            total += quantity * price
    return total
