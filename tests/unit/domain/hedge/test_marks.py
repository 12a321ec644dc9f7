"""What holdings are worth at one moment."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.strategies import HELD, marks, quantities

from ballast.domain.hedge.marks import Marks, value_usd
from ballast.domain.kernel.asset import BTC, JLP, PERP_OF, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput

D = Decimal
holdings = st.fixed_dictionaries({asset: quantities(asset, 10**12) for asset in HELD})


@given(marks())
def test_one_jlp_is_worth_its_constant_and_its_coins(now: Marks) -> None:
    coins = sum((delta * now.prices[coin] for coin, delta in now.jlp_delta.items()), D(0))
    assert now.prices[JLP] == now.jlp_constant + coins == now.jlp_at(now.prices)


@given(marks(), marks())
def test_jlp_of_an_unchanged_pool_moves_by_its_delta(before: Marks, after: Marks) -> None:
    moved = sum((delta * (after.prices[coin] - before.prices[coin]) for coin, delta in before.jlp_delta.items()), D(0))
    assert before.jlp_at(after.prices) - before.prices[JLP] == moved


@given(holdings, holdings, marks())
def test_value_is_additive(one: dict[Asset, Decimal], other: dict[Asset, Decimal], now: Marks) -> None:
    together = {asset: one[asset] + other[asset] for asset in HELD}
    assert value_usd(one, now) + value_usd(other, now) == value_usd(together, now)


@given(marks())
def test_a_held_asset_without_a_price_has_no_value_rather_than_none(now: Marks) -> None:
    blind = evolve(now, prices={asset: price for asset, price in now.prices.items() if asset is not BTC})
    assert value_usd({BTC: D(0), USDT: D(5)}, blind) == 5
    with pytest.raises(InvalidInput, match="price of BTC: expected a price for every held asset"):
        value_usd({BTC: D("0.1"), USDT: D(5)}, blind)


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity"])
def test_a_price_that_is_no_price_is_refused_with_its_asset(price: str) -> None:
    with pytest.raises(InvalidInput, match="price of BTC: expected a positive number"):
        Marks.made({BTC: D(price)}, {}, D(1), {})
    with pytest.raises(InvalidInput, match="price of BTC-PERP: expected a positive number"):
        Marks.made({BTC: D(1)}, {BTC: D(price)}, D(1), {})


def test_a_perpetual_is_valued_at_its_mark_and_its_coin_at_the_index() -> None:
    now = Marks.made({BTC: D(70_000)}, {BTC: D(70_100)}, D(1), {BTC: D("0.00001")})
    assert now.prices == {BTC: D(70_000), PERP_OF[BTC]: D(70_100), JLP: D("1.7")}
