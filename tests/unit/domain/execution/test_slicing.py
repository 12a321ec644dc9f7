"""One leg's child orders keep every bound."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.execution.builders import BTC_PERP, BTC_SPOT, NOON, SOL_PERP, D, book, leg, terms

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.slicing import (
    LegState,
    Room,
    Terms,
    child_quantity,
    reduce_only_part,
    room,
    smallest_order,
)
from ballast.domain.kernel.errors import InvalidInput


def found(leg_side: Side, shown: Book, bounds: Terms) -> Room:
    made = room(leg(BTC_PERP, leg_side, "10"), shown, bounds)
    assert made is not None
    return made


def test_a_child_takes_at_most_the_share_of_the_depth_inside_the_slippage_cap() -> None:
    shown = Book(
        BTC_PERP.symbol, ((D(69_999), D(3)),), ((D(70_001), D(2)), (D(70_069), D(4)), (D(70_071), D(50))), NOON
    )
    bounds = terms(slippage_bps_max="10", depth_share="0.5", slice_notional_max="10000000")
    assert found(Side.BUY, shown, bounds).limit_price == D("70070.0")
    assert found(Side.BUY, shown, bounds).largest == D(3)


def test_a_child_costs_at_most_the_slice_cap_at_its_worst_price() -> None:
    made = found(Side.BUY, book(BTC_PERP, "100"), terms(slice_notional_max="7007", slippage_bps_max="10"))
    assert made.largest == D("0.100")
    assert made.largest * made.limit_price <= D(7007)


def test_a_child_is_no_larger_than_the_venue_takes() -> None:
    bounds = terms(slice_notional_max="1000000000", depth_share="1")
    made = room(leg(SOL_PERP, Side.SELL, "5000"), book(SOL_PERP, "900"), bounds)
    assert made is not None
    assert made.largest == SOL_PERP.quantity_max == D(1000)


def test_the_limit_is_rounded_towards_the_mid() -> None:
    bounds = terms(slippage_bps_max="0.07")
    assert found(Side.BUY, book(BTC_PERP), bounds).limit_price == D("70000.4")
    assert found(Side.SELL, book(BTC_PERP), bounds).limit_price == D("69999.6")


def test_a_book_with_an_empty_side_has_no_room() -> None:
    empty = Book(BTC_PERP.symbol, (), book(BTC_PERP).asks, NOON)
    assert room(leg(BTC_PERP, Side.BUY, "1"), empty, terms()) is None


def test_the_smallest_order_reaches_the_minimum_notional() -> None:
    smallest = smallest_order(leg(BTC_SPOT, Side.SELL, "1"), D(70_001))
    assert smallest == D("0.00008")
    assert BTC_SPOT.tradable(smallest, D(70_001), reduce_only=False)
    assert not BTC_SPOT.tradable(smallest - BTC_SPOT.step, D(70_001), reduce_only=False)


def test_a_reduce_only_perpetual_may_be_smaller_than_the_minimum_notional() -> None:
    assert smallest_order(leg(SOL_PERP, Side.BUY, "1", reduce_only=True), D(90)) == D("0.01")
    assert smallest_order(leg(SOL_PERP, Side.BUY, "1"), D(90)) == D("0.06")


def test_reduce_only_does_not_free_a_spot_order_from_the_minimum_notional() -> None:
    assert smallest_order(leg(BTC_SPOT, Side.SELL, "1", reduce_only=True), D(70_000)) > BTC_SPOT.quantity_min


@pytest.mark.parametrize(
    ("quantity", "done", "due", "largest", "expected"),
    [
        ("1", "0", "0.25", "0.5", "0.250"),  # what is due
        ("1", "0", "0.9", "0.5", "0.500"),  # the bound
        ("1", "0.5", "0.9", "2", "0.500"),  # the rest
        ("1", "0", "0.996", "2", "1.000"),  # a rest of 0.004 would be dust and joins
        ("1", "0", "0.996", "0.997", "0.990"),  # no room for the whole: one smallest order is left behind
        ("0.015", "0", "0.015", "0.012", "0.012"),  # no room for two orders: the dust cannot be avoided
        ("0.0155", "0", "0.0155", "2", "0.015"),  # what is finer than the step stays
        ("1", "0", "0.009", "2", "0"),  # below the smallest order
    ],
)
def test_a_child_is_what_is_due_inside_the_bounds_and_leaves_no_dust_it_can_avoid(
    quantity: str, done: str, due: str, largest: str, expected: str
) -> None:
    state = LegState(leg(BTC_PERP, Side.BUY, quantity), D(done), D(done) * 70_000)
    made = Room(D(70_070), D(70_000), D(largest), D(largest), D("0.010"))
    assert child_quantity(state, D(due), made) == D(expected)


steps = st.integers(0, 5_000).map(lambda n: D(n) * D("0.001"))


@given(quantity=steps.filter(bool), due=steps, largest=steps, smallest=steps.filter(bool))
def test_a_child_never_exceeds_the_rest_or_the_bound(
    quantity: Decimal, due: Decimal, largest: Decimal, smallest: Decimal
) -> None:
    state = LegState(leg(BTC_PERP, Side.SELL, str(quantity)))
    child = child_quantity(state, due, Room(D(70_000), D(70_000), largest, largest, smallest))
    assert child == 0 or smallest <= child <= min(quantity, largest)
    if child and quantity >= 2 * smallest and largest >= 2 * smallest:
        left = quantity - child
        assert left == 0 or left >= smallest


@pytest.mark.parametrize(
    ("position", "side", "quantity", "expected"),
    [
        ("-3", Side.BUY, "2", "2"),
        ("-3", Side.BUY, "5", "3"),
        ("-3", Side.SELL, "5", "0"),
        ("3", Side.SELL, "5", "3"),
        ("0", Side.SELL, "5", "0"),
    ],
)
def test_an_order_is_split_where_the_position_would_cross_zero(
    position: str, side: Side, quantity: str, expected: str
) -> None:
    assert reduce_only_part(D(position), side, D(quantity)) == D(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("slippage_bps_max", "0"),
        ("slippage_bps_max", "401"),
        ("cost_bps_max", "-1"),
        ("time_s_max", "0"),
        ("depth_share", "0"),
        ("depth_share", "1.01"),
        ("slice_notional_max", "0"),
        ("refill_s", "-1"),
        ("maker_wait_s", "-1"),
    ],
)
def test_terms_that_bound_nothing_are_refused_by_name(name: str, value: str) -> None:
    bad: dict[str, str] = {name: value}
    with pytest.raises(InvalidInput, match=name):
        terms(**bad)  # type: ignore[arg-type]  # the names are those of `terms`


def test_a_leg_that_did_more_than_its_quantity_is_refused() -> None:
    with pytest.raises(InvalidInput, match="done of leg"):
        LegState(leg(BTC_PERP, Side.BUY, "1"), D("1.001"), D(70_000))
