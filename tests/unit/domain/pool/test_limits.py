"""What the program would refuse, by its own error name and number."""

from datetime import timedelta

import pytest
from attrs import evolve
from tests.unit.domain.pool.builders import (
    MILLION,
    NOON,
    OPEN,
    SOL_CUSTODY,
    USDC_CUSTODY,
    custody,
    later,
    pool_state,
    repriced,
    small_pool,
)

from ballast.domain.kernel.asset import SOL, USDC, USDT
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.pool.custody import WithdrawalLimit
from ballast.domain.pool.limits import Redeemable, check_mint, check_redeem, redeemable
from ballast.domain.pool.liquidity import mint, redeem
from ballast.domain.pool.state import PoolState


def capped(limit: int, accumulated: int = 0) -> PoolState:
    state = small_pool()
    window = WithdrawalLimit(limit=limit, accumulated=accumulated, reset_time=NOON, interval_s=3600)
    return state.with_custody(evolve(state.custodies[1], withdrawal=window))


def test_what_the_program_accepts_is_the_plain_result() -> None:
    state = small_pool()
    assert check_mint(state, USDC_CUSTODY, 10**9, NOON) == mint(state, USDC_CUSTODY, 10**9)
    assert check_redeem(state, USDC_CUSTODY, 10**9, NOON) == redeem(state, USDC_CUSTODY, 10**9)


def test_the_result_stands_at_the_time_of_the_order() -> None:
    assert check_redeem(small_pool(), USDC_CUSTODY, 10**9, later(3)).state.time == later(3)


def test_a_price_that_is_too_old_stops_every_order() -> None:
    for check in (check_mint, check_redeem):
        with pytest.raises(RuleBroken, match=r"StaleOraclePrice \(6003\)"):
            check(small_pool(), USDC_CUSTODY, 10**9, later(6))


def test_a_price_at_its_limit_of_age_is_still_good() -> None:
    assert check_mint(small_pool(), USDC_CUSTODY, 10**9, later(5)).lp_out


def with_dead_usdt(target_ratio_bps: int) -> PoolState:
    sol = custody(SOL, 9, owned=2_000_000 * 10**9, target_ratio_bps=5000)
    usdc = custody(USDC, 6, owned=200 * MILLION, target_ratio_bps=5000)
    usdt = custody(USDT, 6, owned=1, target_ratio_bps=target_ratio_bps)
    state = pool_state([(sol, 100 * 10**8), (usdc, 10**8), (usdt, 10**8)])
    dead = evolve(state.feeds[2], time=NOON - timedelta(days=90))
    return evolve(state, feeds=(*state.feeds[:2], dead))


def test_the_dead_price_of_a_retired_custody_does_not_stop_the_others() -> None:
    assert check_mint(with_dead_usdt(0), USDC_CUSTODY, 10**9, NOON).lp_out
    with pytest.raises(RuleBroken, match="6003"):
        check_mint(with_dead_usdt(0), "custody-USDT", 10**9, NOON)
    with pytest.raises(RuleBroken, match="6003"):
        check_mint(with_dead_usdt(100), USDC_CUSTODY, 10**9, NOON)


@pytest.mark.parametrize("flag", ["add_liquidity", "remove_liquidity"])
def test_a_flag_closes_its_own_direction_only(flag: str) -> None:
    state = small_pool()
    closed = state.with_custody(evolve(state.custodies[1], permissions=evolve(OPEN, **{flag: False})))
    shut, still_open = (check_mint, check_redeem) if flag == "add_liquidity" else (check_redeem, check_mint)
    with pytest.raises(RuleBroken, match=r"InstructionNotAllowed \(6027\)"):
        shut(closed, USDC_CUSTODY, 10**9, NOON)
    assert still_open(closed, USDC_CUSTODY, 10**9, NOON).usd


@pytest.mark.parametrize(("accepted", "refused"), [(102, 103), (98, 97)])
def test_a_jlp_price_that_ran_away_from_the_cached_one_stops_every_order(accepted: int, refused: int) -> None:
    """SOL is half of the pool: 2 % of its price are 1 % of the AUM, the guard's limit."""
    for check in (check_mint, check_redeem):
        assert check(repriced(small_pool(), 0, accepted * 10**8), USDC_CUSTODY, 10**9, NOON).usd
        with pytest.raises(RuleBroken, match=r"LpTokenPriceChangeLimitExceeded \(6066\)"):
            check(repriced(small_pool(), 0, refused * 10**8), USDC_CUSTODY, 10**9, NOON)


def test_a_wider_guard_lets_the_same_move_through() -> None:
    state = repriced(small_pool(lp_price_change_bps_max=500), 0, 97 * 10**8)
    assert check_mint(state, USDC_CUSTODY, 10**9, NOON).lp_out


def test_a_mint_cannot_lift_the_pool_above_its_cap() -> None:
    with pytest.raises(RuleBroken, match=r"PoolAmountLimit \(6024\)"):
        check_mint(small_pool(aum_usd_max=400 * MILLION), USDC_CUSTODY, 10**9, NOON)


def test_the_hourly_cap_bounds_what_leaves_now_but_not_an_hour_later() -> None:
    state = capped(3990 * 10**6, 10**6)
    with pytest.raises(RuleBroken, match=r"CustodyAmountLimit \(6023\)"):
        check_redeem(state, USDC_CUSTODY, 10**9, NOON)
    fresh = evolve(state, feeds=tuple(evolve(feed, time=later(3600)) for feed in state.feeds))
    with pytest.raises(RuleBroken, match="6023"):
        check_redeem(fresh, USDC_CUSTODY, 10**9, later(3600))
    assert check_redeem(fresh, USDC_CUSTODY, 9 * 10**8, later(3600)).tokens_out < 3990 * 10**6


def test_the_weight_band_is_a_tenth_of_the_target_on_each_side() -> None:
    state = small_pool(lp_price_change_bps_max=10_000)
    # 50 % of 400 million; the band ends at 45 % and 55 %: x / (400 +- ...) as in (200 -+ x) / (400 -+ x).
    with pytest.raises(RuleBroken, match=r"ExceedTokenWeightage \(6043\)"):
        check_redeem(state, USDC_CUSTODY, 9_200_000 * 10**6, NOON)
    with pytest.raises(RuleBroken, match=r"ExceedTokenWeightage \(6043\)"):
        check_mint(state, USDC_CUSTODY, 45 * MILLION, NOON)
    assert check_redeem(state, USDC_CUSTODY, 9_000_000 * 10**6, NOON).usd
    assert check_mint(state, USDC_CUSTODY, 44 * MILLION, NOON).usd


def test_a_custody_without_target_takes_no_more_tokens() -> None:
    state = small_pool()
    retired = state.with_custody(evolve(state.custodies[1], target_ratio_bps=0))
    with pytest.raises(RuleBroken, match="6043"):
        check_mint(retired, USDC_CUSTODY, MILLION, NOON)


def test_redeemable_is_the_tightest_of_its_bounds() -> None:
    assert redeemable(capped(7), USDC_CUSTODY, NOON).units == 7
    assert Redeemable(allowed=True, liquid=5, window=None, band=9).units == 5
    assert Redeemable(allowed=True, liquid=50, window=None, band=9).units == 9
    assert Redeemable(allowed=False, liquid=5, window=None, band=9).units == 0


def test_the_band_bound_leaves_the_custody_just_inside_its_band() -> None:
    """(200 - x) / (400 - x) = 45 %  gives  x = 20 / 0.55 million."""
    found = redeemable(small_pool(), USDC_CUSTODY, NOON)
    assert found.band == 20 * MILLION * 10_000 // 5_500
    assert (found.liquid, found.window) == (200 * MILLION, None)


def test_a_full_buffer_leaves_no_band() -> None:
    found = redeemable(small_pool(token_weightage_buffer_bps=10_000), SOL_CUSTODY, NOON)
    assert found.band == 2_000_000 * 10**9


def test_natively_staked_sol_cannot_be_redeemed() -> None:
    state = small_pool()
    staked = state.with_custody(evolve(state.custodies[0], staked_lamports=1_999_000 * 10**9))
    assert redeemable(staked, SOL_CUSTODY, NOON).units == 1_000 * 10**9
    with pytest.raises(RuleBroken, match="6024"):
        check_redeem(staked, SOL_CUSTODY, 10**12, NOON)
