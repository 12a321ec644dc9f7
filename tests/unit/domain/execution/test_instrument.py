"""A venue's rules for an order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.execution.builders import BTC_PERP, BTC_SPOT, SOL_PERP, D

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.asset import BTC, Asset
from ballast.domain.kernel.errors import InvalidInput, RuleBroken


def test_a_buy_adds_the_coin_on_spot_and_the_contract_on_a_perpetual() -> None:
    assert (BTC_SPOT.held, BTC_PERP.held) == (BTC, Asset.BTC_PERP)


@given(st.integers(1, 10**9))
def test_rounding_never_asks_for_more_or_pays_more(millionths: int) -> None:
    value = Decimal(millionths) / 10**6
    assert 0 <= value - BTC_PERP.quantity_down(value) < BTC_PERP.step
    assert 0 <= value - BTC_PERP.price_within(value, Side.BUY) < BTC_PERP.tick
    assert 0 <= BTC_PERP.price_within(value, Side.SELL) - value < BTC_PERP.tick


@pytest.mark.parametrize(
    ("quantity", "price", "field"),
    [
        ("0", "90", "quantity"),
        ("-1", "90", "quantity"),
        ("0.005", "90", "quantity"),
        ("1", "90.001", "price"),
        ("1", "0", "price"),
    ],
)
def test_what_is_off_the_grid_is_invalid(quantity: str, price: str, field: str) -> None:
    with pytest.raises(InvalidInput, match=field):
        SOL_PERP.check(D(quantity), D(price), reduce_only=False)


@pytest.mark.parametrize(("quantity", "rule"), [("1000.01", "order quantity"), ("0.05", "order notional")])
def test_what_is_too_large_or_too_small_breaks_a_rule(quantity: str, rule: str) -> None:
    with pytest.raises(RuleBroken, match=rule):
        SOL_PERP.check(D(quantity), D(90), reduce_only=False)


def test_a_reduce_only_perpetual_may_be_below_the_minimum_notional_but_not_below_the_minimum_quantity() -> None:
    SOL_PERP.check(D("0.01"), D(90), reduce_only=True)
    assert not BTC_SPOT.tradable(D("0.00001"), D(70_000), reduce_only=True)
    assert not SOL_PERP.tradable(D(0), D(90), reduce_only=True)
