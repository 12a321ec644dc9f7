"""One decimal context for everybody, and roundings that are named."""

import decimal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.strategies import ROUNDINGS, decimals

from ballast.domain.kernel import number
from ballast.domain.kernel.errors import InvalidInput

D = Decimal
UINT256_MAX = 2**256 - 1
values = decimals("-1000000", "1000000", 12)
steps = st.sampled_from(["0.00001", "0.001", "0.01", "0.1", "1", "5", "0.25"]).map(Decimal)


def _facts() -> tuple[int, str, bool]:
    context = decimal.getcontext()
    return context.prec, context.rounding, context.traps[decimal.FloatOperation]


def test_a_thread_started_later_has_the_same_decimal_context() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(_facts).result() == _facts() == (78, decimal.ROUND_HALF_EVEN, True)


def test_a_whole_uint256_survives_arithmetic() -> None:
    assert D(UINT256_MAX) + 0 == UINT256_MAX
    assert int(D(UINT256_MAX - 1) + 1) == UINT256_MAX


MIXTURES: tuple[Callable[[Any], object], ...] = (
    Decimal, lambda mixed: D(1) + mixed, lambda mixed: D(1) / mixed, lambda mixed: D(1) < mixed
)  # fmt: skip


@pytest.mark.parametrize("mix", MIXTURES)
def test_a_float_as_a_source_or_beside_a_decimal_is_an_error(mix: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError):
        mix(0.5)


@pytest.mark.parametrize(
    ("rounding", "up", "down"),
    [
        ("ROUND_DOWN", "1.00", "-1.00"),
        ("ROUND_UP", "1.01", "-1.01"),
        ("ROUND_FLOOR", "1.00", "-1.01"),
        ("ROUND_CEILING", "1.01", "-1.00"),
        ("ROUND_HALF_EVEN", "1.00", "-1.00"),
    ],
)
def test_each_named_rounding_does_what_its_name_says(rounding: str, up: str, down: str) -> None:
    assert str(number.round_to_places(D("1.005"), 2, rounding)) == up
    assert str(number.round_to_places(D("-1.005"), 2, rounding)) == down


@given(values, values.filter(bool), st.integers(0, 18), ROUNDINGS)
def test_a_division_is_off_by_less_than_one_last_place(
    dividend: Decimal, divisor: Decimal, places: int, rounding: str
) -> None:
    found = number.divide(dividend, divisor, places, rounding)
    assert abs(found * divisor - dividend) < number.quantum(places) * abs(divisor)
    assert found.as_tuple().exponent == -places


@given(values, values.filter(bool))
def test_rounding_down_never_exceeds_and_rounding_up_never_falls_short(dividend: Decimal, divisor: Decimal) -> None:
    down = number.divide(abs(dividend), abs(divisor), 8, number.ROUND_DOWN)
    up = number.divide(abs(dividend), abs(divisor), 8, number.ROUND_UP)
    assert down * abs(divisor) <= abs(dividend) <= up * abs(divisor)


@pytest.mark.parametrize("dividend", [D(0), D(1), D(-1)])
def test_a_division_by_nothing_is_an_error_and_not_zero(dividend: Decimal) -> None:
    with pytest.raises(ArithmeticError):
        number.divide(dividend, D(0), 8, number.ROUND_DOWN)
    with pytest.raises(ArithmeticError):
        number.ratio(dividend, D(0))


@given(values, steps)
def test_a_step_is_kept_and_left_by_less_than_one(value: Decimal, step: Decimal) -> None:
    down = number.round_to_step(value, step, number.ROUND_FLOOR)
    up = number.round_to_step(value, step, number.ROUND_CEILING)
    assert down % step == up % step == 0
    assert down <= value <= up
    assert up - down in (0, step)


@given(st.integers(-(10**30), 10**30), st.integers(0, 18))
def test_units_and_quantities_convert_exactly_both_ways(units: int, places: int) -> None:
    assert number.whole_units(number.from_units(units, places), places) == units


@given(decimals("0", "1000000", 12), st.integers(0, 11))
def test_whole_units_are_rounded_down(value: Decimal, places: int) -> None:
    units = number.whole_units(value, places)
    assert number.from_units(units, places) <= value < number.from_units(units + 1, places)


def test_digits_that_would_be_lost_are_refused_by_name() -> None:
    assert str(number.exact(D("1.5"), 3, "share")) == "1.500"
    assert str(number.exact(D("1.500000"), 1, "share")) == "1.5"
    with pytest.raises(InvalidInput, match=r"share: expected at most 1 decimal places, found 1\.55"):
        number.exact(D("1.55"), 1, "share")


@given(values)
def test_a_sign_says_which_side_of_zero(value: Decimal) -> None:
    assert number.sign(value) * abs(value) == value


@given(decimals("-1e30", "1e30", 18))
def test_a_decimal_is_read_back_as_it_was_written(value: Decimal) -> None:
    assert number.parse_decimal(str(value), "amount") == value


@pytest.mark.parametrize(
    "text", ["", "NaN", "sNaN", "-inf", "Infinity", "one", "1,5", "0x10", "1" * 121, "1e60", "-1e999999"]
)
def test_what_is_no_finite_decimal_of_sane_size_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^amount: "):
        number.parse_decimal(text, "amount")


@given(st.text(max_size=200))
def test_any_text_is_a_decimal_that_can_be_rounded_to_any_scale_or_refused(text: str) -> None:
    try:
        value = number.parse_decimal(text, "amount")
    except InvalidInput:
        return
    assert number.round_to_places(value, 18, number.ROUND_DOWN).is_finite()
