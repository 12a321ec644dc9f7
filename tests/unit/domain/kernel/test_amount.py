"""The algebra of amounts, prices and basis points: exact, and never between two assets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.strategies import ROUNDINGS, amounts, any_amount, assets, btc_prices, decimals, prices

from ballast.domain.kernel.amount import Amount, BaseUnits, Bps, Price
from ballast.domain.kernel.asset import BTC, ETH, USDC, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, quantum

D = Decimal
btc = amounts(BTC)


@given(btc, btc, btc)
def test_amounts_of_one_asset_form_a_group(one: Amount, two: Amount, three: Amount) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one - one == one + -one == Amount.zero(BTC)
    assert (one - two) + two == one


@given(btc, btc)
def test_amounts_of_one_asset_are_ordered_by_quantity(one: Amount, two: Amount) -> None:
    assert (one < two) is (one.quantity < two.quantity)
    assert (one <= two) is not (two < one)
    assert bool(one) is (one != Amount.zero(BTC))


@given(assets, assets, st.sampled_from(["__add__", "__sub__", "__lt__", "__le__"]))
def test_two_assets_never_mix(one: Asset, other: Asset, operator: str) -> None:
    apply = getattr(Amount(one, D(1)), operator)
    if one is other:
        apply(Amount(other, D(1)))
    else:
        with pytest.raises(InvalidInput, match="asset: expected"):
            apply(Amount(other, D(1)))


@given(assets)
def test_an_amount_carries_its_scale_and_no_digit_more(asset: Asset) -> None:
    smallest = quantum(asset.scale)
    assert Amount(asset, smallest).quantity == smallest
    assert Amount(asset, D("2.50") + D("0.000").scaleb(-asset.scale)).quantity == D("2.5")
    with pytest.raises(InvalidInput, match=f"at most {asset.scale} decimal places"):
        Amount(asset, smallest / 10)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_amount(text: str) -> None:
    with pytest.raises(InvalidInput, match="BTC: expected a finite quantity"):
        Amount(BTC, D(text))


@given(any_amount, decimals("-3", "3", 12), ROUNDINGS)
def test_scaling_rounds_once_at_the_assets_scale(amount: Amount, factor: Decimal, rounding: str) -> None:
    scaled = amount.times(factor, rounding)
    assert scaled.asset is amount.asset
    assert abs(scaled.quantity - amount.quantity * factor) < quantum(amount.asset.scale)


def test_an_amount_reads_as_a_plain_number_with_its_symbol() -> None:
    assert str(Amount(BTC, D("0.10000000"))) == "0.1 BTC"
    assert str(Amount(USDC, D("1e3"))) == "1000 USDC"


@given(btc_prices, amounts(BTC))
def test_a_price_converts_its_base_and_nothing_else(price: Price, amount: Amount) -> None:
    down, up = price.value_of(amount, ROUND_DOWN), price.value_of(amount, ROUND_UP)
    exact = amount.quantity * price.value
    assert down.asset is up.asset is USDC
    assert abs(down.quantity) <= abs(exact) <= abs(up.quantity)
    with pytest.raises(InvalidInput, match="asset: expected BTC, found ETH"):
        price.value_of(Amount.zero(ETH), ROUND_DOWN)


@given(prices, amounts(BTC, 10**12), amounts(BTC, 10**12))
def test_conversion_is_linear_where_nothing_is_rounded(value: Decimal, one: Amount, two: Amount) -> None:
    price = Price(BTC, ETH, value)
    parts = price.value_of(one, ROUND_HALF_EVEN) + price.value_of(two, ROUND_HALF_EVEN)
    assert parts == price.value_of(one + two, ROUND_HALF_EVEN)


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_a_price_is_positive_and_finite(value: str) -> None:
    with pytest.raises(InvalidInput, match="price of BTC: expected a positive number"):
        Price(BTC, USDC, D(value))


@given(decimals("-100", "100", 12))
def test_basis_points_and_fractions_convert_exactly_both_ways(fraction: Decimal) -> None:
    assert Bps.of_fraction(fraction).fraction == fraction
    assert Bps.of_fraction(fraction).value == fraction * 10_000


@given(any_amount, st.integers(0, 36))
def test_base_units_are_exact_both_ways_or_refused(amount: Amount, decimals_: int) -> None:
    try:
        units = BaseUnits.from_amount(amount, decimals_)
    except InvalidInput:
        assert amount.quantity % quantum(decimals_) != 0
    else:
        assert units.units == amount.quantity * 10**decimals_
        assert units.amount() == amount


@given(assets, st.integers(-(10**18), 10**18), st.integers(0, 36))
def test_an_amount_is_exactly_its_base_units_or_refused(asset: Asset, units: int, decimals_: int) -> None:
    counted = BaseUnits(asset, units, decimals_)
    try:
        amount = counted.amount()
    except InvalidInput:
        assert units % 10 ** (decimals_ - asset.scale) != 0
    else:
        assert BaseUnits.from_amount(amount, decimals_) == counted


def test_a_digit_the_chain_cannot_carry_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"USDC: expected at most 6 decimal places, found 1\.0000001"):
        BaseUnits.from_amount(Amount(USDC, D("1.0000001")), 6)
