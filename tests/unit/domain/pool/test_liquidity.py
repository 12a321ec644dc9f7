"""Mint and redeem: what comes out, who keeps the fee, and that going in and out never gains."""

from contextlib import suppress

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.domain.pool.builders import (
    MILLION,
    NOON,
    SOL_CUSTODY,
    USDC_CUSTODY,
    D,
    custody,
    pool_state,
    pool_states,
    small_pool,
)

from ballast.domain.kernel.asset import SOL, USDC
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.pool.custody import WithdrawalLimit
from ballast.domain.pool.liquidity import mint, plan_mint, plan_redeem, redeem
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management, custody_aum, lp_price


def august_pool() -> PoolState:
    """AUM 797.8 million dollars, USDC at 29.47 % with a target of 30 % (facts of 2026-08-19)."""
    aum = 797_800_000 * 10**6
    usdc = custody(USDC, 6, owned=aum * 2947 // 10_000, target_ratio_bps=3000)
    sol = custody(SOL, 9, owned=aum * 7053 // 10_000 * 10, target_ratio_bps=7000)
    return pool_state([(sol, 100 * 10**8), (usdc, 10**8)], supply=223_500_000 * 10**6)


def test_a_mint_pays_the_fee_in_tokens_and_the_rest_at_the_max_price() -> None:
    result = mint(small_pool(), USDC_CUSTODY, 10_000 * 10**6)
    # 20 bps + tax x half of a million over the target of 200 million.
    assert result.fee_bps == D("20.25")
    assert (result.usd, result.fee) == (10_000 * 10**6, 20_250_000)
    assert result.lp_out == (10_000 * 10**6 - 20_250_000) // 4


def test_a_redemption_pays_the_fee_in_tokens_from_the_min_price() -> None:
    result = redeem(small_pool(), USDC_CUSTODY, 2500 * 10**6)
    assert (result.usd, result.fee, result.tokens_out) == (10_000 * 10**6, 20_250_000, 9_979_750_000)


def test_the_pool_keeps_three_quarters_of_the_fee_and_the_protocol_one() -> None:
    before = small_pool()
    minted = mint(before, USDC_CUSTODY, 10_000 * 10**6)
    held = minted.state.custodies[1]
    assert held.owned == before.custodies[1].owned + 10_000 * 10**6 - 5_062_500
    assert held.fees_reserves == 5_062_500
    redeemed = redeem(before, USDC_CUSTODY, 2500 * 10**6)
    held = redeemed.state.custodies[1]
    assert held.owned == before.custodies[1].owned - 9_979_750_000 - 5_062_500
    assert held.fees_reserves == 5_062_500


def test_supply_and_cached_aum_follow_the_order() -> None:
    before = small_pool()
    minted = mint(before, SOL_CUSTODY, 100 * 10**9)
    assert minted.state.supply == before.supply + minted.lp_out
    assert minted.state.pool.aum_usd == assets_under_management(minted.state, PriceMode.MAX)
    redeemed = redeem(before, SOL_CUSTODY, 10**9)
    assert redeemed.state.supply == before.supply - 10**9
    assert redeemed.state.pool.aum_usd == assets_under_management(redeemed.state, PriceMode.MIN)


def test_a_withdrawal_counts_into_the_custodys_window() -> None:
    state = small_pool()
    window = WithdrawalLimit(limit=10**12, accumulated=5, reset_time=NOON, interval_s=3600)
    capped = state.with_custody(evolve(state.custodies[0], withdrawal=window))
    result = redeem(capped, SOL_CUSTODY, 10**8)
    assert result.state.custodies[0].withdrawal.accumulated == 5 + result.tokens_out


def test_a_depegged_stable_mints_at_its_price_and_is_paid_out_at_one() -> None:
    usdc = custody(USDC, 6, owned=100 * MILLION)
    state = pool_state([(usdc, 98_000_000)], supply=100 * MILLION)
    assert mint(state, USDC_CUSTODY, 10**6).lp_out == 980_000
    assert redeem(state, USDC_CUSTODY, 10**6).tokens_out == 980_000


@pytest.mark.parametrize("order", [0, -1])
def test_an_order_of_nothing_is_refused(order: int) -> None:
    for act in (mint, redeem):
        with pytest.raises(InvalidInput, match="more than zero"):
            act(small_pool(), USDC_CUSTODY, order)


def test_the_whole_supply_cannot_be_redeemed() -> None:
    state = small_pool()
    with pytest.raises(InvalidInput, match="less than the supply"):
        redeem(state, USDC_CUSTODY, state.supply)


def test_more_than_is_liquid_cannot_be_redeemed() -> None:
    with pytest.raises(RuleBroken, match=r"PoolAmountLimit \(6024\)"):
        redeem(small_pool(), USDC_CUSTODY, 60 * MILLION)


def test_a_pool_without_value_takes_no_orders() -> None:
    with pytest.raises(RuleBroken, match="pool AUM"):
        mint(pool_state([(custody(USDC, 6), 10**8)]), USDC_CUSTODY, 10**6)


@settings(deadline=None)
@given(pool_states(), st.integers(0, 4), st.integers(1, 10**15))
def test_minting_and_redeeming_at_once_never_gains(state: PoolState, index: int, tokens_in: int) -> None:
    address = state.custodies[index].address
    minted = mint(state, address, tokens_in)
    assume(minted.lp_out)
    # What is not liquid cannot come out at all.
    with suppress(RuleBroken):
        assert redeem(minted.state, address, minted.lp_out).tokens_out <= tokens_in


@settings(deadline=None)
@given(pool_states(), st.integers(0, 4), st.integers(1, 10**15))
def test_no_order_makes_the_jlp_of_others_cheaper(state: PoolState, index: int, size: int) -> None:
    address = state.custodies[index].address
    held, price_e8 = state.custodies[index], state.feeds[index].price_e8
    # Locked beyond what it owns, or worth nothing for its shorts' gains, a custody takes tokens in without growing in
    # value; no real one is.
    assume(held.owned >= held.locked)
    assume(not held.short_size_usd or custody_aum(held, price_e8, PriceMode.MIN))
    rounding_usd = D(3) / state.supply
    minted = mint(state, address, size)
    assert lp_price(minted.state, PriceMode.MIN) >= lp_price(state, PriceMode.MIN) - rounding_usd
    # What is not liquid cannot come out at all.
    with suppress(RuleBroken):
        lp_in = min(size, state.supply // 2)
        redeemed = redeem(state, address, lp_in)
        assert lp_price(redeemed.state, PriceMode.MAX) >= lp_price(state, PriceMode.MAX) - 2 * rounding_usd


def test_a_million_in_thirteen_discounted_chunks_keeps_what_one_order_loses() -> None:
    state = august_pool()
    whole = mint(state, USDC_CUSTODY, MILLION)
    chunks = plan_mint(state, USDC_CUSTODY, MILLION, 20)
    assert abs(whole.fee_bps - D("40.9")) < D("0.1")
    assert len(chunks) == 13
    assert all(18 < chunk.fee_bps < 19 for chunk in chunks)
    assert sum(chunk.lp_out for chunk in chunks) > whole.lp_out


def test_with_too_few_chunks_the_last_one_carries_the_surcharge() -> None:
    """Only the last chunk is dear: equal parts would all lie just above the discount."""
    chunks = plan_mint(august_pool(), USDC_CUSTODY, MILLION, 12)
    assert [chunk.fee_bps < 19 for chunk in chunks] == [True] * 11 + [False]


def test_a_redemption_in_chunks_pays_out_more_than_one_order() -> None:
    state = august_pool()
    chunks = plan_redeem(state, SOL_CUSTODY, 10**12, 20)
    assert len(chunks) <= 20
    assert sum(chunk.tokens_out for chunk in chunks) > redeem(state, SOL_CUSTODY, 10**12).tokens_out


def test_where_nothing_is_discounted_the_chunks_are_equal_parts() -> None:
    chunks = plan_mint(august_pool(), SOL_CUSTODY, 10_000 * 10**9, 4)
    assert [chunk.tokens_in for chunk in chunks] == [2_500 * 10**9] * 4


def test_an_order_within_the_discount_is_one_chunk() -> None:
    assert len(plan_mint(august_pool(), USDC_CUSTODY, 50_000 * 10**6, 12)) == 1


@settings(deadline=None, max_examples=40)
@given(pool_states(), st.integers(0, 4), st.integers(1, 10**14), st.integers(1, 12))
def test_chunks_add_up_to_the_order_and_are_never_worse_than_one(
    state: PoolState, index: int, tokens_in: int, chunks_max: int
) -> None:
    chunks = plan_mint(state, state.custodies[index].address, tokens_in, chunks_max)
    assert sum(chunk.tokens_in for chunk in chunks) == tokens_in
    assert len(chunks) <= chunks_max
    assert chunks[-1].state.supply == state.supply + sum(chunk.lp_out for chunk in chunks)
    assert sum(chunk.lp_out for chunk in chunks) >= mint(state, state.custodies[index].address, tokens_in).lp_out


def test_a_plan_needs_an_order_and_a_chunk() -> None:
    with pytest.raises(InvalidInput, match="chunks_max"):
        plan_mint(small_pool(), USDC_CUSTODY, 1, 0)
    with pytest.raises(InvalidInput, match="order"):
        plan_redeem(small_pool(), USDC_CUSTODY, 0, 1)
