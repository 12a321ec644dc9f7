"""What the pool is worth, what one JLP is worth, and how much of each token one JLP stands for.

Formulas: the program's reference code for AUM (two independent implementations agree) and its derivative by price.
Whole-number divisions (`//`) round down, so every term is within 1e-6 dollar of the exact figure.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from attrs import frozen

from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ZERO, divide, from_units, ratio
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.scale import PEG_E8, POWERS_OF_TEN, PRICE_PLACES, USD_PLACES, dollars, usd_divisor
from ballast.domain.pool.state import PoolState

PLACES = 18


class PriceMode(Enum):
    """How a stable's price is pegged: MIN (at most 1) when JLP is redeemed, MAX (at least 1) when it is minted."""

    MIN = "min"
    MAX = "max"


@frozen
class PoolUnit:
    """One JLP as a sum that is linear in prices: constant_usd + sum over assets of delta x price.

    Equal to `lp_price` to within rounding (1e-6 dollar a custody over the whole pool, 1e-18 token a delta) as long as
    no custody's value is floored at 0; stables are inside the constant, at their pegged price.
    """

    constant_usd: Decimal
    delta: dict[Asset, Decimal]


def pegged(price_e8: int, mode: PriceMode) -> int:
    """Return a stable's price as the mode sees it (1e-8 dollars)."""
    return max(PEG_E8, price_e8) if mode is PriceMode.MAX else min(PEG_E8, price_e8)


def short_pnl_usd(custody: Custody, price_e8: int) -> int:
    """Return what short traders have gained together at a price: S x (average - price) / average, 0 without shorts."""
    if not custody.short_size_usd:
        return 0
    average_e8 = custody.short_average_price * 100
    return custody.short_size_usd * (average_e8 - price_e8) // average_e8


def custody_aum(custody: Custody, price_e8: int, mode: PriceMode) -> int:
    """Return one custody's part of the AUM (1e-6 dollars, >= 0); uncollected fees are outside it."""
    divisor = usd_divisor(custody.decimals)
    if custody.is_stable:
        return custody.owned_with_debt * pegged(price_e8, mode) // divisor
    exposed = custody.unlocked * price_e8 // divisor
    return max(0, custody.guaranteed_usd + exposed - short_pnl_usd(custody, price_e8))


def assets_under_management(state: PoolState, mode: PriceMode) -> int:
    """Return the pool's value, recomputed from its custodies (1e-6 dollars)."""
    total = 0
    for custody, feed in zip(state.custodies, state.feeds, strict=True):
        total += custody_aum(custody, feed.price_e8, mode)
    return total


def lp_price(state: PoolState, mode: PriceMode) -> Decimal:
    """Return dollars for one JLP at 18 places, rounded in the pool's favour (down to redeem, up to mint)."""
    rounding = ROUND_FLOOR if mode is PriceMode.MIN else ROUND_CEILING
    return divide(Decimal(assets_under_management(state, mode)), Decimal(state.supply), PLACES, rounding)


def weights(state: PoolState, mode: PriceMode) -> tuple[Decimal, ...]:
    """Return each custody's share of the AUM, in the pool's order; raises ZeroDivisionError for an empty pool."""
    aum = Decimal(assets_under_management(state, mode))
    pairs = zip(state.custodies, state.feeds, strict=True)
    return tuple(ratio(Decimal(custody_aum(custody, feed.price_e8, mode)), aum) for custody, feed in pairs)


@lru_cache(maxsize=64)  # asked for with every price, changed only by trades
def short_tokens(size_usd: int, price: int) -> Decimal:
    """Return the tokens a short of `size_usd` at `price` (both 1e-6 dollars) stands for, at 18 places."""
    return divide(Decimal(size_usd), Decimal(price), PLACES, ROUND_HALF_EVEN) if size_usd else ZERO


def pool_delta(custody: Custody) -> Decimal:
    """Return the tokens the whole pool is long through one custody: unlocked + S / average; 0 for a stable.

    The derivative of the AUM by price: a quantity that moves with positions and deposits, not with the price.
    """
    if custody.is_stable:
        return ZERO
    return from_units(custody.unlocked, custody.decimals) + short_tokens(
        custody.short_size_usd, custody.short_average_price
    )


def naive_pool_delta(custody: Custody, price_e8: int, mode: PriceMode) -> Decimal:
    """Return the tokens a hedge by value would sell: the custody's AUM / price; 0 for a stable. Only to compare."""
    if custody.is_stable:
        return ZERO
    value_e8 = custody_aum(custody, price_e8, mode) * POWERS_OF_TEN[PRICE_PLACES - USD_PLACES]
    return divide(Decimal(value_e8), Decimal(price_e8), PLACES, ROUND_HALF_EVEN)


def per_jlp(pool_figure: Decimal, supply: int) -> Decimal:
    """Divide a figure of the whole pool by the JLP supply (1e-6), at 18 places half even."""
    return divide(pool_figure, from_units(supply, USD_PLACES), PLACES, ROUND_HALF_EVEN)


def delta_per_jlp(state: PoolState) -> dict[Asset, Decimal]:
    """Return the tokens one JLP is long, for each volatile asset (18 places).

    Raises InvalidInput for a volatile custody whose asset is not known: no answer is not zero exposure.
    """
    return _by_asset(state, lambda custody, _: pool_delta(custody))


def naive_delta_per_jlp(state: PoolState, mode: PriceMode) -> dict[Asset, Decimal]:
    """Return what `delta_per_jlp` would be for a hedge by current weight, to show beside it; raises the same."""
    return _by_asset(state, lambda custody, price_e8: naive_pool_delta(custody, price_e8, mode))


def unit_value(state: PoolState, mode: PriceMode) -> PoolUnit:
    """Return one JLP as constant plus delta x price; raises InvalidInput as `delta_per_jlp` does.

    guaranteed + unlocked x p - S x (avg - p) / avg  =  (guaranteed - S) + (unlocked + S / avg) x p.
    """
    constant_usd = 0
    for custody, feed in zip(state.custodies, state.feeds, strict=True):
        if custody.is_stable:
            constant_usd += custody_aum(custody, feed.price_e8, mode)
        else:
            constant_usd += custody.guaranteed_usd - custody.short_size_usd
    return PoolUnit(per_jlp(dollars(constant_usd), state.supply), delta_per_jlp(state))


def _by_asset(state: PoolState, figure: Callable[[Custody, int], Decimal]) -> dict[Asset, Decimal]:
    found: dict[Asset, Decimal] = {}
    supply = from_units(state.supply, USD_PLACES)
    for custody, feed in zip(state.custodies, state.feeds, strict=True):
        if custody.is_stable:
            continue
        if custody.asset is None:
            raise InvalidInput(f"custody {custody.address}", "a known asset, as it moves with the market", custody.mint)
        tokens = divide(figure(custody, feed.price_e8), supply, PLACES, ROUND_HALF_EVEN)
        found[custody.asset] = found.get(custody.asset, ZERO) + tokens
    return found
