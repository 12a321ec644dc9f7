"""The dynamic fee in every branch, and against the figures worked out from the accounts of 2026-08-19."""

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.domain.pool.builders import (
    MILLION,
    SOL_CUSTODY,
    USDC_CUSTODY,
    D,
    custody,
    pool_state,
    pool_states,
    small_pool,
)

from ballast.domain.kernel.asset import SOL, USDC, USDT
from ballast.domain.pool.fees import (
    Flow,
    discounted_usd_max,
    dynamic_fee_bps,
    liquidity_fee_bps,
    sleeve_usd,
    swap_fee_bps,
    target_usd,
)
from ballast.domain.pool.state import PoolState

IN, OUT = Flow.IN, Flow.OUT
AUM_AUGUST = 797_800_000 * 10**6
# Weight and target in percent, then the fees for 10 thousand, 100 thousand and 1 million dollars, in bps.
AUGUST = [
    ("SOL", "47.05", "47", IN, ("20.2", "21.4", "33.4")),
    ("SOL", "47.05", "47", OUT, ("20.1", "21.3", "33.3")),
    ("ETH", "8.08", "8", IN, ("21.8", "28.8", "99.3")),
    ("ETH", "8.08", "8", OUT, ("19.0", "27.8", "70.5")),
    ("BTC", "13.07", "13", IN, ("21.0", "25.4", "68.7")),
    ("BTC", "13.07", "13", OUT, ("19.5", "24.8", "68.2")),
    ("USDC", "29.47", "30", IN, ("18.2", "22.1", "40.9")),
    ("USDC", "29.47", "30", OUT, ("22.0", "23.8", "42.6")),
]


@pytest.mark.parametrize(("symbol", "weight", "target", "flow", "expected"), AUGUST)
def test_fees_of_august_are_met_within_the_rounding_of_the_weights(
    symbol: str, weight: str, target: str, flow: Flow, expected: tuple[str, str, str]
) -> None:
    before, wanted = (int(AUM_AUGUST * D(percent) / 100) for percent in (weight, target))
    for thousands, fee_bps in zip((10, 100, 1000), expected, strict=True):
        moved = 100 * thousands * 10**9
        after = before + moved if flow is IN else max(0, before - moved)
        assert abs(dynamic_fee_bps(20, 100, wanted, before, after) - D(fee_bps)) < D("0.12"), symbol


def test_a_sleeve_without_target_pays_nothing() -> None:
    assert dynamic_fee_bps(20, 100, 0, 500, 600) == 0


def test_towards_the_target_the_base_is_discounted_by_the_distance() -> None:
    assert dynamic_fee_bps(20, 100, 1000, 900, 950) == 10


def test_the_discount_cannot_make_the_fee_negative() -> None:
    assert dynamic_fee_bps(20, 100, 1000, 500, 600) == 0


def test_away_from_the_target_the_mean_distance_is_charged() -> None:
    assert dynamic_fee_bps(20, 100, 1000, 1100, 1300) == 40


def test_crossing_the_target_to_the_same_distance_is_no_discount() -> None:
    assert dynamic_fee_bps(20, 100, 1000, 900, 1100) == 30


def test_the_surcharge_is_at_most_the_whole_tax() -> None:
    assert dynamic_fee_bps(20, 100, 1000, 5000, 9000) == 120


@given(*(st.integers(0, 10**16) for _ in range(3)))
def test_the_fee_stays_between_zero_and_base_plus_tax(target: int, before: int, after: int) -> None:
    assert 0 <= dynamic_fee_bps(20, 100, target, before, after) <= 120


def test_an_order_is_taxed_as_if_it_were_a_hundred_times_as_large() -> None:
    state = small_pool()
    assert liquidity_fee_bps(state, SOL_CUSTODY, MILLION, IN) == 20 + 25


def test_a_redemption_cannot_move_a_sleeve_below_nothing() -> None:
    state = small_pool()
    assert liquidity_fee_bps(state, SOL_CUSTODY, 10 * MILLION, OUT) == 20 + 50


def test_the_sleeve_leaves_out_short_pnl_and_counts_guarantees() -> None:
    mixed = custody(
        SOL,
        9,
        owned=100 * 10**9,
        locked=40 * 10**9,
        guaranteed_usd=7,
        short_size_usd=10**9,
        short_average_price=10**8,
    )
    assert sleeve_usd(mixed, 200 * 10**8) == 60 * 200 * 10**6 + 7


def test_a_stables_sleeve_counts_its_debt_at_the_raw_price() -> None:
    lender = custody(USDC, 6, owned=60 * MILLION, debt_e9=40 * MILLION * 10**9)
    assert sleeve_usd(lender, 99_000_000) == 99 * MILLION


def test_mints_are_measured_on_the_max_aum_and_redemptions_on_the_min() -> None:
    state = pool_state([(custody(USDC, 6, owned=100 * MILLION, target_ratio_bps=10_000), 99_000_000)])
    assert (target_usd(state, USDC_CUSTODY, IN), target_usd(state, USDC_CUSTODY, OUT)) == (100 * MILLION, 99 * MILLION)


def test_a_swap_costs_its_dearer_leg() -> None:
    """SOL is 20 million above its target: more SOL in is charged, USDC out as well, the reverse is discounted."""
    sol = custody(SOL, 9, owned=2_200_000 * 10**9, target_ratio_bps=5000)
    usdc = custody(USDC, 6, owned=180 * MILLION, target_ratio_bps=5000)
    state = pool_state([(sol, 100 * 10**8), (usdc, 10**8)])
    assert swap_fee_bps(state, SOL_CUSTODY, USDC_CUSTODY, 10**9) == 10 + D("10.025")
    assert swap_fee_bps(state, USDC_CUSTODY, SOL_CUSTODY, 10**9) == 0


def test_a_swap_between_stables_has_its_own_rates() -> None:
    usdc = custody(USDC, 6, owned=100 * MILLION, target_ratio_bps=5000)
    usdt = custody(USDT, 6, owned=100 * MILLION, target_ratio_bps=5000)
    state = pool_state([(usdc, 10**8), (usdt, 10**8)])
    assert swap_fee_bps(state, "custody-USDC", "custody-USDT", MILLION) == 2 + D("2.5")


@settings(deadline=None)
@given(pool_states(), st.integers(0, 4), st.sampled_from(Flow))
def test_one_unit_above_the_largest_discounted_order_costs_the_base_at_least(
    state: PoolState, index: int, flow: Flow
) -> None:
    address, base = state.custodies[index].address, state.pool.fees.add_remove_liquidity_bps
    assume(state.custodies[index].target_ratio_bps)
    largest = discounted_usd_max(state, address, flow)
    if largest:
        assert liquidity_fee_bps(state, address, largest, flow) < base
    before = sleeve_usd(state.custodies[index], state.feeds[index].price_e8)
    is_floored = flow is OUT and before > 2 * target_usd(state, address, flow)
    assume(target_usd(state, address, flow) and not is_floored)
    assert liquidity_fee_bps(state, address, largest + 1, flow) >= base


def test_a_sleeve_of_more_than_twice_its_target_is_discounted_whole() -> None:
    sol = custody(SOL, 9, owned=2_000_000 * 10**9, target_ratio_bps=1000)
    state = pool_state([(sol, 100 * 10**8), (custody(USDC, 6, owned=200 * MILLION), 10**8)])
    assert discounted_usd_max(state, SOL_CUSTODY, OUT) == 200 * MILLION


def test_there_is_no_discount_for_moving_away_from_the_target() -> None:
    sol = custody(SOL, 9, owned=2_200_000 * 10**9, target_ratio_bps=5000)
    state = pool_state([(sol, 100 * 10**8), (custody(USDC, 6, owned=180 * MILLION), 10**8)])
    assert discounted_usd_max(state, SOL_CUSTODY, IN) == 0


def test_a_smaller_multiplier_allows_larger_discounted_orders() -> None:
    state = small_pool()
    short = state.with_custody(evolve(state.custodies[1], owned=180 * MILLION))
    gentle = evolve(short, pool=evolve(short.pool, fees=evolve(short.pool.fees, swap_multiplier=10)))
    # AUM 380 million, target 190: 10 million away, so twice that over the multiplier, less one unit.
    assert discounted_usd_max(short, USDC_CUSTODY, IN) == 200_000 * 10**6 - 1
    assert discounted_usd_max(gentle, USDC_CUSTODY, IN) == 2 * MILLION - 1
