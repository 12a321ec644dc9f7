"""The simulated pool lives at the market's prices and by its own fee yield."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.worlds import START, Built, DriftMarket, HandMarket, build, five_token_pool

from ballast.adapters.simulator.pool import PoolPart, SimulatedPool
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, JLP, SOL, USDC
from ballast.domain.kernel.errors import InvalidInput, RuleBroken, Unreachable
from ballast.domain.pool.proof import prove_pool
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management, lp_price
from ballast.ports.treasury import Mint, Redeem

MINUTE = timedelta(minutes=1)
USDC_INDEX = 3
MINT = Mint(Amount(USDC, Decimal(1000)), Amount(JLP, Decimal(200)))
REDEEM = Redeem(Amount(JLP, Decimal(1000)), Amount(USDC, Decimal(3000)))


def state_of(built: Built) -> PoolState:
    state: PoolState = built.world.call("pool", "state")
    return state


def test_feeds_follow_the_market_and_stables_keep_their_price() -> None:
    built = build()
    built.market.prices[SOL] = Decimal("123.45678901")
    built.wait(60)
    state = state_of(built)
    assert [feed.price_e8 for feed in state.feeds] == [12_345_678_901, 2000 * 10**8, 80_000 * 10**8, 10**8]
    assert {feed.time for feed in state.feeds} == {START + MINUTE}


def test_the_same_object_answers_until_something_changes() -> None:
    built = build()
    first = state_of(built)
    built.wait(59)
    assert state_of(built) is first
    built.wait(1)
    second = state_of(built)
    assert second is not first
    built.world.parts["pool"].settle(built.clock.now(), MINT)
    assert state_of(built) is not second


def test_a_market_that_stands_still_shows_in_the_age_of_the_feeds() -> None:
    built = build()
    built.market.age_s = 300
    built.wait(60)
    ages = {START + MINUTE - feed.time for feed in state_of(built).feeds}
    assert ages == {timedelta(0), timedelta(seconds=300)}


def test_a_minute_brings_each_custody_its_part_of_the_yearly_yield() -> None:
    built = build(pool=five_token_pool(fee_apr_bps=1000))
    before = state_of(built)
    built.wait(60)
    grown = [new.owned - old.owned for new, old in zip(state_of(built).custodies, before.custodies, strict=True)]
    minutes = 365 * 24 * 60
    yearly = [160_000 * 10**9, 2_000 * 10**8, 100 * 10**8, 12 * 10**12]
    assert grown == [units // minutes for units in yearly]


def test_thirty_days_bring_their_part_of_the_yearly_yield() -> None:
    built = build(pool=five_token_pool(fee_apr_bps=1000))
    before = lp_price(state_of(built), PriceMode.MIN)
    built.wait(30 * 24 * 3600)
    growth = lp_price(state_of(built), PriceMode.MIN) / before - 1
    # 10 % a year, compounded each minute for 30 days: exp(0.1 x 30 / 365) - 1.
    assert growth == pytest.approx(Decimal("0.00825304"), rel=Decimal("1e-5"))


def test_the_stored_aum_is_the_recomputed_one_each_minute() -> None:
    built = build(pool=five_token_pool(fee_apr_bps=1000))
    for price in (90, 110):
        built.market.prices[ETH] = Decimal(price * 20)
        built.wait(60)
        state = prove_pool(state_of(built))
        assert state.pool.aum_usd == assets_under_management(state, PriceMode.MIN)


@settings(deadline=None, max_examples=30)
@given(cuts=st.sets(st.integers(1, 7200), max_size=15))
def test_the_state_does_not_depend_on_when_it_was_asked_for(cuts: set[int]) -> None:
    def at_the_end(moments: list[int]) -> PoolState:
        pool = five_token_pool(fee_apr_bps=50_000)
        built = build(pool=pool)
        built.world.parts["pool"] = part = PoolPart(pool, DriftMarket(), START)
        built.world.attach("pool", part)
        past = 0
        for moment in moments:
            built.wait(moment - past)
            state_of(built)
            past = moment
        return state_of(built)

    assert at_the_end([*sorted(cuts), 7260]) == at_the_end([7260])


def test_a_mint_pays_in_and_raises_the_supply() -> None:
    built = build()
    before = state_of(built)
    received = built.world.parts["pool"].settle(START, MINT)
    after = state_of(built)
    usdc, held = after.custodies[USDC_INDEX], before.custodies[USDC_INDEX]
    assert after.supply - before.supply == int(received.quantity * 10**6)
    assert usdc.owned + usdc.fees_reserves == held.owned + held.fees_reserves + 1000 * 10**6
    assert after.pool.aum_usd > before.pool.aum_usd


def test_a_redemption_pays_out_and_lowers_the_supply() -> None:
    built = build()
    before = state_of(built)
    received = built.world.parts["pool"].settle(START, REDEEM)
    after = state_of(built)
    usdc, held = after.custodies[USDC_INDEX], before.custodies[USDC_INDEX]
    assert before.supply - after.supply == 1000 * 10**6
    paid = held.owned + held.fees_reserves - usdc.owned - usdc.fees_reserves
    assert paid == int(received.quantity * 10**6)


def test_orders_are_settled_at_the_prices_of_their_own_moment() -> None:
    built = build()
    cheap = build().world.parts["pool"].settle(START, MINT)
    built.wait(30)
    built.market.prices = {SOL: Decimal("100.9"), ETH: Decimal(2018), BTC: Decimal(80_700)}
    dear = built.world.parts["pool"].settle(START + MINUTE / 2, MINT)
    assert dear < cheap
    assert state_of(built).feeds[0].price_e8 == 100 * 10**8


def test_less_than_the_least_amount_changes_nothing() -> None:
    built = build()
    before = state_of(built)
    with pytest.raises(RuleBroken, match="least amount received"):
        built.world.parts["pool"].settle(START, evolve(MINT, receive_min=Amount(JLP, Decimal(300))))
    assert state_of(built) is before


def test_the_price_guard_stops_orders_for_the_minute_of_a_jump() -> None:
    built = build()
    built.market.prices[SOL] = Decimal(104)
    built.wait(60)
    state_of(built)
    with pytest.raises(RuleBroken, match="LpTokenPriceChangeLimitExceeded"):
        built.world.parts["pool"].settle(START + MINUTE, MINT)
    built.wait(60)
    state_of(built)
    assert built.world.parts["pool"].settle(START + 2 * MINUTE, MINT)


def test_large_orders_do_not_trip_the_price_guard() -> None:
    built = build()
    large = Mint(Amount(USDC, Decimal(3_000_000)), Amount(JLP, Decimal(1)))
    built.wait(60)
    state_of(built)
    for _ in range(3):
        assert built.world.parts["pool"].settle(START + MINUTE, large)


def test_stale_prices_stop_orders() -> None:
    built = build()
    built.market.age_s = 6
    with pytest.raises(RuleBroken, match="StaleOraclePrice"):
        built.world.parts["pool"].settle(START, MINT)


def test_a_market_without_a_price_cannot_begin_a_pool() -> None:
    with pytest.raises(InvalidInput, match="a price of BTC"):
        PoolPart(five_token_pool(), HandMarket({SOL: Decimal(1), ETH: Decimal(1)}), START)


async def test_the_port_meets_its_faults_once() -> None:
    built = build()
    built.world.faults.plan("pool.state", "unreachable")
    port = SimulatedPool(built.world)
    with pytest.raises(Unreachable):
        await port.state()
    assert await port.state() is state_of(built)
