"""Hypothesis strategies over the domain: quantities at an asset's scale, prices, marks, and entries that balance."""

from decimal import Decimal

from hypothesis import strategies as st

from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.amount import Amount, Price
from ballast.domain.kernel.asset import BTC, ETH, HEDGED, JLP, SOL, USDC, USDT, Asset
from ballast.domain.ledger.entry import Place, move

ROUNDINGS = st.sampled_from(["ROUND_DOWN", "ROUND_UP", "ROUND_FLOOR", "ROUND_CEILING", "ROUND_HALF_EVEN"])
HELD = (BTC, ETH, SOL, USDC, USDT, JLP, Asset.BTC_PERP, Asset.ETH_PERP, Asset.SOL_PERP)
_UNITS_MAX = 10**15
_USUAL_USD = {BTC: 70_000, ETH: 2_000, SOL: 90}

assets = st.sampled_from(Asset)


def decimals(low: str, high: str, places: int = 8) -> st.SearchStrategy[Decimal]:
    """Draw decimals between two bounds, ends included, on a grid of 10 ** -places."""
    grid = Decimal(1).scaleb(-places)
    units = st.integers(int(Decimal(low) / grid), int(Decimal(high) / grid))
    return units.map(lambda count: count * grid)


def quantities(asset: Asset, units_max: int = _UNITS_MAX) -> st.SearchStrategy[Decimal]:
    """Draw signed quantities on an asset's grid."""
    return st.integers(-units_max, units_max).map(lambda units: Decimal(units).scaleb(-asset.scale))


def amounts(asset: Asset, units_max: int = _UNITS_MAX) -> st.SearchStrategy[Amount]:
    """Draw signed amounts of one asset."""
    return quantities(asset, units_max).map(lambda quantity: Amount(asset, quantity))


any_amount = assets.flatmap(amounts)
prices = decimals("0.01", "200000", 2)
btc_prices = prices.map(lambda value: Price(BTC, USDC, value))


@st.composite
def marks(draw: st.DrawFn) -> Marks:
    """Draw what everything is worth: coins within a factor of three of the usual, the pool's JLP between them."""
    coins = {coin: draw(decimals(str(usual / 3), str(usual * 3), 2)) for coin, usual in _USUAL_USD.items()}
    index = {**coins, USDC: draw(decimals("0.98", "1.02", 4)), USDT: Decimal(1)}
    premium = draw(decimals("0.999", "1.001", 4))
    delta = {coin: draw(decimals("0", str(2 / _USUAL_USD[coin]), 12)) for coin in HEDGED}
    constant = draw(decimals("0.5", "3", 12))
    return Marks.made(index, {coin: price * premium for coin, price in coins.items()}, constant, delta)


@st.composite
def moves(draw: st.DrawFn) -> tuple[Place, Place, Amount]:
    """Draw an amount of something that can be valued, with where it comes from and where it goes."""
    source, target = draw(st.lists(st.sampled_from(Place), min_size=2, max_size=2, unique=True))
    return source, target, draw(amounts(draw(st.sampled_from(HELD)), 10**12))


entries = moves().map(lambda drawn: move(drawn[2], drawn[0], drawn[1]))
