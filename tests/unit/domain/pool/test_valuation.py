"""AUM, price and delta: the exact delta is the derivative of the AUM, on any pool."""

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.domain.pool.builders import MILLION, D, custody, pool_state, pool_states, repriced, small_pool

from ballast.domain.kernel.asset import ETH, SOL, USDC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import from_units
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import (
    PriceMode,
    assets_under_management,
    custody_aum,
    delta_per_jlp,
    lp_price,
    naive_delta_per_jlp,
    naive_pool_delta,
    pool_delta,
    short_pnl_usd,
    unit_value,
    weights,
)

MIN, MAX = PriceMode.MIN, PriceMode.MAX
VOLATILE = (0, 1, 2)


@settings(deadline=None)
@given(pool_states(), st.sampled_from(VOLATILE), st.integers(1, 10**5), st.sampled_from(PriceMode))
def test_the_exact_delta_is_the_central_difference_of_the_aum(
    state: PoolState, index: int, step_e8: int, mode: PriceMode
) -> None:
    price_e8 = state.feeds[index].price_e8
    up, down = (repriced(state, index, price_e8 + sign * step_e8) for sign in (1, -1))
    assume(all(custody_aum(state.custodies[index], side.feeds[index].price_e8, mode) for side in (up, down)))
    difference = assets_under_management(up, mode) - assets_under_management(down, mode)
    # Four roundings of 1e-6 dollar each: exposure and short PnL, at both prices.
    assert abs(difference - pool_delta(state.custodies[index]) * 2 * step_e8 / 100) <= 4


@settings(deadline=None)
@given(pool_states(), st.sampled_from(VOLATILE), st.integers(10**6, 10**13))
def test_the_exact_delta_does_not_move_with_the_price(state: PoolState, index: int, price_e8: int) -> None:
    assert delta_per_jlp(repriced(state, index, price_e8)) == delta_per_jlp(state)


@settings(deadline=None)
@given(pool_states(), st.sampled_from(PriceMode))
def test_one_jlp_is_a_constant_plus_delta_times_price(state: PoolState, mode: PriceMode) -> None:
    assume(all(custody_aum(c, f.price_e8, mode) for c, f in zip(state.custodies, state.feeds, strict=True)))
    unit = unit_value(state, mode)
    prices = {c.asset: from_units(f.price_e8, 8) for c, f in zip(state.custodies, state.feeds, strict=True) if c.asset}
    linear = sum((delta * prices[asset] for asset, delta in unit.delta.items()), unit.constant_usd)
    # Seven roundings of 1e-6 dollar over the whole pool, and 1e-18 token on each delta.
    assert abs(linear - lp_price(state, mode)) <= D(7) / state.supply + D("1e-12")


@settings(deadline=None)
@given(pool_states())
def test_redeeming_never_values_the_pool_above_minting(state: PoolState) -> None:
    assert assets_under_management(state, MIN) <= assets_under_management(state, MAX)


@settings(deadline=None)
@given(pool_states())
def test_weights_add_up_to_one(state: PoolState) -> None:
    assert abs(sum(weights(state, MAX), D(0)) - 1) <= D("1e-17")


def test_a_depegged_stable_counts_less_to_redeem_and_full_to_mint() -> None:
    stable = custody(USDC, 6, owned=100 * MILLION)
    assert custody_aum(stable, 99_000_000, MIN) == 99 * MILLION
    assert custody_aum(stable, 99_000_000, MAX) == 100 * MILLION


def test_a_stable_above_par_counts_more_to_mint_only() -> None:
    stable = custody(USDC, 6, owned=100 * MILLION)
    assert (custody_aum(stable, 101_000_000, MIN), custody_aum(stable, 101_000_000, MAX)) == (
        100 * MILLION,
        101 * MILLION,
    )


def test_lent_tokens_are_part_of_the_aum() -> None:
    lender = custody(USDC, 6, owned=60 * MILLION, debt_e9=40 * MILLION * 10**9)
    assert custody_aum(lender, 10**8, MIN) == 100 * MILLION


def test_uncollected_fees_are_outside_the_aum() -> None:
    assert custody_aum(custody(USDC, 6, owned=5, fees_reserves=10**9), 10**8, MIN) == 5


def test_locked_tokens_carry_no_exposure_but_what_is_guaranteed_counts() -> None:
    longs = custody(SOL, 9, owned=100 * 10**9, locked=40 * 10**9, guaranteed_usd=3_000_000_000)
    assert custody_aum(longs, 100 * 10**8, MIN) == (60 * 100 + 3000) * 10**6
    assert pool_delta(longs) == 60


def test_shorts_gain_what_the_pool_loses_when_the_price_falls() -> None:
    shorts = custody(ETH, 8, owned=10 * 10**8, short_size_usd=2000 * 10**6, short_average_price=2000 * 10**6)
    assert short_pnl_usd(shorts, 1500 * 10**8) == 500 * 10**6
    assert short_pnl_usd(shorts, 2500 * 10**8) == -500 * 10**6
    assert custody_aum(shorts, 1500 * 10**8, MIN) == (10 * 1500 - 500) * 10**6
    assert pool_delta(shorts) == 11


def test_short_gains_cannot_make_a_custody_worth_less_than_nothing() -> None:
    empty = custody(ETH, 8, short_size_usd=2000 * 10**6, short_average_price=2000 * 10**6)
    assert custody_aum(empty, 1000 * 10**8, MIN) == 0


def test_the_fraction_of_short_tokens_is_kept() -> None:
    """Dividing S by the average in whole units would drop up to one whole token."""
    shorts = custody(ETH, 8, short_size_usd=3000 * 10**6, short_average_price=2000 * 10**6)
    assert pool_delta(shorts) == D("1.5")


def test_a_hedge_by_value_misses_shorts_and_counts_guarantees() -> None:
    mixed = custody(
        SOL,
        9,
        owned=100 * 10**9,
        locked=40 * 10**9,
        guaranteed_usd=3_000_000_000,
        short_size_usd=1000 * 10**6,
        short_average_price=100 * 10**6,
    )
    assert pool_delta(mixed) == 70
    assert naive_pool_delta(mixed, 100 * 10**8, MIN) == 90


def test_a_stable_has_no_delta() -> None:
    stable = custody(USDC, 6, owned=10**9)
    assert (pool_delta(stable), naive_pool_delta(stable, 10**8, MIN)) == (D(0), D(0))


def test_delta_per_jlp_is_by_asset_without_stables() -> None:
    state = small_pool()
    assert delta_per_jlp(state) == naive_delta_per_jlp(state, MIN) == {SOL: D("0.02")}


def test_two_custodies_of_one_asset_add_up() -> None:
    first = custody(SOL, 9, owned=10**9)
    second = evolve(first, address="custody-SOL-2", feed="feed-SOL-2")
    state = pool_state([(first, 10**10), (second, 10**10)], supply=10**6)
    assert delta_per_jlp(state) == {SOL: D(2)}


def test_a_volatile_custody_nobody_knows_is_no_answer() -> None:
    state = pool_state([(custody(None, 9, owned=10**9), 10**10)])
    with pytest.raises(InvalidInput, match="a known asset"):
        delta_per_jlp(state)


def test_an_unknown_stable_does_not_stop_the_answer() -> None:
    state = pool_state([(custody(SOL, 9, owned=10**9), 10**10), (custody(None, 6, owned=5, is_stable=True), 10**8)])
    assert list(delta_per_jlp(state)) == [SOL]


def test_the_jlp_price_is_rounded_in_the_pools_favour() -> None:
    state = pool_state([(custody(USDC, 6, owned=10), 10**8)], supply=3)
    assert lp_price(state, MIN) == D("3.333333333333333333")
    assert lp_price(state, MAX) == D("3.333333333333333334")
