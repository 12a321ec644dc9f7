"""Legs go together: bounded gap, bounded cost, bounded time, and an end."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import cycle

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.domain.execution.builders import (
    BTC_PERP,
    BTC_SPOT,
    ETH_PERP,
    NOON,
    SOL_PERP,
    D,
    book,
    leg,
    terms,
)

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.lockstep import Child, Finished, HandBack, Round, Wait, next_round
from ballast.domain.execution.order import TimeInForce
from ballast.domain.execution.slicing import Leg, LegState, Terms, room
from ballast.domain.kernel.errors import InvalidInput

START = D(0)


def books(*names: Leg, size: str = "10") -> dict[str, Book]:
    return {each.instrument.symbol: book(each.instrument, size) for each in names}


def quantities(step: object) -> dict[str, Decimal]:
    assert isinstance(step, Round)
    return {child.leg: child.quantity for child in step.children}


def test_all_legs_advance_by_the_step_of_the_tightest() -> None:
    sell, buy = leg(BTC_SPOT, Side.SELL, "4"), leg(BTC_PERP, Side.BUY, "4")
    bounds = terms(depth_share="0.1", slice_notional_max="1000000")
    shown = {BTC_SPOT.symbol: book(BTC_SPOT, "2"), BTC_PERP.symbol: book(BTC_PERP, "20")}
    step = next_round((LegState(sell), LegState(buy)), shown, bounds, START)
    assert quantities(step) == {BTC_SPOT.symbol: D(1), BTC_PERP.symbol: D(1)}
    assert isinstance(step, Round)
    assert step.slice_fraction == D("0.25")
    assert step.pause_s == bounds.refill_s


def test_children_take_at_the_slippage_cap_and_keep_reduce_only() -> None:
    close = leg(BTC_PERP, Side.BUY, "0.1", reduce_only=True)
    step = next_round((LegState(close),), books(close), terms(slippage_bps_max="10"), START)
    assert step == Round(
        (Child(close.name, D("0.1"), D("70070.0"), TimeInForce.IOC, reduce_only=True),), D(1), D(0), D(2)
    )


def test_a_leg_that_lags_is_brought_level_before_any_advances() -> None:
    ahead, behind = leg(BTC_PERP, Side.SELL, "4"), leg(ETH_PERP, Side.SELL, "40")
    legs = (LegState(ahead, D(1), D(70_000)), LegState(behind, D(6), D(12_600)))
    step = next_round(legs, books(ahead, behind, size="100"), terms(), START)
    assert quantities(step) == {behind.name: D(4)}
    assert isinstance(step, Round)
    assert step.slice_fraction == 0


def test_a_lag_too_small_to_order_waits_for_the_next_slice() -> None:
    ahead, behind = leg(BTC_PERP, Side.SELL, "4"), leg(SOL_PERP, Side.SELL, "10")
    legs = (LegState(ahead, D(1), D(70_000)), LegState(behind, D("2.49"), D(224)))
    shown = books(ahead, behind, size="100")
    assert set(quantities(next_round(legs, shown, terms(), START))) == {ahead.name, behind.name}


def test_a_lagging_leg_is_brought_level_although_the_cost_cap_is_passed() -> None:
    ahead, behind = leg(BTC_PERP, Side.BUY, "4"), leg(ETH_PERP, Side.BUY, "40")
    legs = (LegState(ahead, D(1), D(71_000)), LegState(behind, D(6), D(12_600)))
    assert quantities(next_round(legs, books(ahead, behind, size="100"), terms(cost_bps_max="1"), START))
    level = (legs[0], LegState(behind, D(10), D(21_000)))
    assert next_round(level, books(ahead, behind), terms(cost_bps_max="1"), START) == HandBack("cost cap")


def test_the_cost_of_all_legs_counts_together() -> None:
    sold, bought = leg(BTC_SPOT, Side.SELL, "4"), leg(BTC_PERP, Side.BUY, "4")
    moved = (LegState(sold, D(1), D(71_000)), LegState(bought, D(1), D(71_000)))
    assert isinstance(next_round(moved, books(sold, bought), terms(cost_bps_max="1"), START), Round)


def test_the_time_cap_ends_it_with_a_reason() -> None:
    only = leg(BTC_PERP, Side.BUY, "4")
    assert next_round((LegState(only),), books(only), terms(time_s_max="60"), D(60)) == HandBack("time cap")


def test_what_is_done_is_finished_although_the_time_is_over() -> None:
    only = leg(BTC_PERP, Side.BUY, "4")
    assert next_round((LegState(only, D(4), D(280_000)),), books(only), terms(time_s_max="60"), D(61)) == Finished({})


def test_a_rest_the_venue_would_not_take_is_reported_as_dust() -> None:
    only = leg(BTC_PERP, Side.BUY, "4.0005")
    state = LegState(only, D(4), D(280_000))
    assert next_round((state,), books(only), terms(), START) == Finished({only.name: D("0.0005")})


def test_without_depth_it_waits_for_the_refill() -> None:
    only = leg(BTC_PERP, Side.BUY, "4")
    nobody = {BTC_PERP.symbol: Book(BTC_PERP.symbol, (), (), NOON)}
    assert next_round((LegState(only),), nobody, terms(refill_s="3"), START) == Wait(D(3))
    thin = books(only, size="0.0001")
    assert next_round((LegState(only),), thin, terms(refill_s="3"), START) == Wait(D(3))


def test_a_slice_cap_the_venue_would_never_take_is_handed_back_at_once() -> None:
    only = leg(BTC_PERP, Side.BUY, "4")
    step = next_round((LegState(only),), books(only), terms(slice_notional_max="40"), START)
    assert step == HandBack("slice cap below the venue's minimum")


def test_a_leg_waiting_for_depth_holds_the_others() -> None:
    one, other = leg(BTC_PERP, Side.BUY, "4"), leg(ETH_PERP, Side.BUY, "4")
    shown = {BTC_PERP.symbol: book(BTC_PERP), ETH_PERP.symbol: book(ETH_PERP, "0.001")}
    assert next_round((LegState(one), LegState(other)), shown, terms(), START) == Wait(D(2))


def test_maker_first_rests_at_the_best_price_and_takes_when_it_rested() -> None:
    buy, sell = leg(BTC_PERP, Side.BUY, "0.1"), leg(ETH_PERP, Side.SELL, "1")
    bounds, shown = terms(maker_first=True, maker_wait_s="5"), books(buy, sell)
    legs = (LegState(buy), LegState(sell))
    step = next_round(legs, shown, bounds, START)
    assert isinstance(step, Round)
    assert {child.time_in_force for child in step.children} == {TimeInForce.POST_ONLY}
    assert [child.limit_price for child in step.children] == [D("69999.9"), D("2100.01")]
    assert (step.rest_s, step.pause_s) == (D(5), D(0))
    taken = next_round(legs, shown, bounds, D(5), rested=True)
    assert isinstance(taken, Round)
    assert {child.time_in_force for child in taken.children} == {TimeInForce.IOC}


def test_two_legs_on_one_symbol_are_refused() -> None:
    one, other = leg(BTC_PERP, Side.BUY, "1"), leg(BTC_PERP, Side.BUY, "2")
    with pytest.raises(InvalidInput, match="one leg per symbol"):
        next_round((LegState(one), LegState(other)), books(one), terms(), START)


def test_a_missing_book_is_named() -> None:
    only = leg(BTC_PERP, Side.BUY, "1")
    with pytest.raises(InvalidInput, match="book of BTCUSDT:PERP"):
        next_round((LegState(only),), {}, terms(), START)


@frozen
class Run:
    """What a whole execution did, fill by fill."""

    legs: tuple[LegState, ...]
    end: Finished | HandBack
    gap_worst: Decimal
    gap_bound: Decimal


def settled(state: LegState, child: Child, share: Decimal) -> LegState:
    """Fill a share of a child, in whole steps."""
    instrument = state.plan.instrument
    filled = instrument.quantity_down(child.quantity * share)
    return LegState(state.plan, state.done + filled, state.value + filled * child.limit_price)


def execute(plans: tuple[Leg, ...], bounds: Terms, weather: "Weather") -> Run:
    """Drive an execution through changing depths and partial fills, checking every child against its bounds."""
    legs: dict[str, LegState] = {plan.name: LegState(plan) for plan in plans}
    sizes, shares = cycle(weather.sizes), cycle(weather.shares)
    elapsed, rested = D(0), False
    slice_worst, tolerance, gap_worst = D(0), D(0), D(0)
    for _ in range(500):
        shown = {
            plan.instrument.symbol: book(plan.instrument, SIZES[plan.instrument.symbol][next(sizes)]) for plan in plans
        }
        tolerance = max(tolerance, *(smallest_fraction(plan, shown, bounds) for plan in plans))
        step = next_round(tuple(legs.values()), shown, bounds, elapsed, rested=rested)
        if isinstance(step, Finished | HandBack):
            return Run(tuple(legs.values()), step, gap_worst, slice_worst + tolerance)
        if isinstance(step, Wait):
            elapsed += step.wait_s
            continue
        assert step.children
        slice_worst = max(slice_worst, step.slice_fraction)
        for child in step.children:
            check_child(legs[child.leg], child, shown, bounds)
            legs[child.leg] = settled(legs[child.leg], child, next(shares))
            fractions = [state.fraction for state in legs.values()]
            gap_worst = max(gap_worst, max(fractions) - min(fractions))
        rested = bool(step.rest_s)
        elapsed += step.rest_s + step.pause_s
    raise AssertionError("500 rounds and no end")


def check_child(state: LegState, child: Child, shown: Mapping[str, Book], bounds: Terms) -> None:
    plan = state.plan
    seen = shown[plan.instrument.symbol]
    assert child.quantity <= state.rest
    assert child.quantity <= plan.instrument.quantity_max
    assert child.quantity * max(child.limit_price, seen.mid) <= bounds.slice_notional_max
    cap = seen.mid * (1 + plan.side.direction * bounds.slippage_bps_max / 10_000)
    assert child.quantity <= bounds.depth_share * seen.depth_within(plan.side, cap)
    plan.instrument.check(child.quantity, child.limit_price, reduce_only=plan.reduce_only)
    assert child.reduce_only is plan.reduce_only


def smallest_fraction(plan: Leg, shown: Mapping[str, Book], bounds: Terms) -> Decimal:
    """What one smallest order of a leg is as a part of it: how far a leg may be off without being brought level."""
    made = room(plan, shown[plan.instrument.symbol], bounds)
    assert made is not None
    return 2 * made.smallest / plan.quantity


SIZES: Mapping[str, tuple[str, ...]] = {
    BTC_PERP.symbol: ("0.001", "0.3", "2", "20"),
    ETH_PERP.symbol: ("0.01", "1", "8", "80"),
    SOL_PERP.symbol: ("0.01", "5", "50", "900"),
    BTC_SPOT.symbol: ("0.00001", "0.02", "0.2", "3"),
}
SIDES = st.sampled_from(Side)


@frozen
class Weather:
    """What the market does, over and over: the depth each book shows, the share of a child that fills."""

    sizes: list[int]
    shares: list[Decimal]


WEATHER = st.builds(
    Weather,
    st.lists(st.integers(0, 3), min_size=1, max_size=12),
    st.lists(st.sampled_from([D(0), D("0.5"), D(1)]), min_size=1, max_size=12),
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Leg, ...]:
    """One to four legs of different instruments, from less than one smallest order to many slices."""
    chosen = draw(st.lists(st.sampled_from([BTC_PERP, ETH_PERP, SOL_PERP, BTC_SPOT]), min_size=1, unique=True))
    return tuple(
        leg(each, draw(SIDES), str(draw(st.integers(1, 400)) * each.step * draw(st.sampled_from([1, 7, 30]))))
        for each in chosen
    )


@st.composite
def limits(draw: st.DrawFn) -> Terms:
    return terms(
        slippage_bps_max=draw(st.sampled_from(["0.05", "2", "25"])),
        depth_share=draw(st.sampled_from(["0.1", "0.5", "1"])),
        slice_notional_max=draw(st.sampled_from(["60", "3000", "100000"])),
        time_s_max="60",
        refill_s="1",
        maker_first=draw(st.booleans()),
        maker_wait_s="1",
    )


@settings(deadline=None)
@given(chosen=plans(), bounds=limits(), weather=WEATHER)
def test_an_execution_ends_inside_every_bound_and_accounts_for_every_unit(
    chosen: tuple[Leg, ...], bounds: Terms, weather: Weather
) -> None:
    run = execute(chosen, bounds, weather)
    assert run.gap_worst <= run.gap_bound
    if isinstance(run.end, Finished):
        for state in run.legs:
            assert state.done + run.end.dust.get(state.plan.name, D(0)) == state.plan.quantity
    else:
        assert run.end.reason in {"time cap", "cost cap", "slice cap below the venue's minimum"}


@settings(deadline=None)
@given(quantity=st.integers(1, 20_000), weather=WEATHER)
def test_an_unwind_never_raises_the_absolute_exposure(quantity: int, weather: Weather) -> None:
    position = -D(quantity) * BTC_PERP.step
    close = leg(BTC_PERP, Side.BUY, str(-position), reduce_only=True)
    run = execute((close,), terms(time_s_max="60", slice_notional_max="100000"), weather)
    left = position + run.legs[0].done
    assert position <= left <= 0
    if isinstance(run.end, Finished):
        assert left == 0, "a reduce-only leg on the step leaves no dust"
