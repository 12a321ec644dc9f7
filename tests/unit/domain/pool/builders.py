"""A small pool with round numbers, and arbitrary pools for properties."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT, Asset
from ballast.domain.pool.custody import Custody, Permissions, PositionTerms, WithdrawalLimit
from ballast.domain.pool.scale import POWERS_OF_TEN
from ballast.domain.pool.state import Feed, Pool, PoolApr, PoolFees, PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management

D = Decimal
NOON = datetime(2026, 4, 27, 12, tzinfo=UTC)
MILLION = 10**12  # dollars in 1e-6

OPEN = Permissions(
    swap=True,
    add_liquidity=True,
    remove_liquidity=True,
    increase_position=True,
    decrease_position=True,
    collateral_withdrawal=True,
    liquidate_position=True,
)
FEES = PoolFees(
    swap_multiplier=100,
    stable_swap_multiplier=100,
    add_remove_liquidity_bps=20,
    swap_bps=10,
    tax_bps=100,
    stable_swap_bps=2,
    stable_swap_tax_bps=5,
    liquidation_reward_bps=150,
    protocol_share_bps=2500,
)


def custody(asset: Asset | None, decimals: int, **changes: Any) -> Custody:
    """An empty custody of an asset; `changes` are its fields."""
    symbol = asset.value if asset else "Unkn..own1"
    empty = Custody(
        address=f"custody-{symbol}",
        pool="pool",
        mint=f"mint-{symbol}",
        token_account=f"vault-{symbol}",
        feed=f"feed-{symbol}",
        asset=asset,
        symbol=symbol,
        decimals=decimals,
        is_stable=asset in (USDC, USDT),
        price_age_s_max=5,
        target_ratio_bps=0,
        owned=0,
        locked=0,
        fees_reserves=0,
        guaranteed_usd=0,
        short_size_usd=0,
        short_average_price=0,
        debt_e9=0,
        interest_e9=0,
        staked_lamports=0,
        permissions=OPEN,
        withdrawal=WithdrawalLimit(limit=0, accumulated=0, reset_time=NOON, interval_s=3600),
        terms=PositionTerms(
            leverage_bps_max=5_000_000, close_fee_bps=6, impact_scalar_usd=3750 * MILLION, interest_index_e9=10**9
        ),
    )
    return evolve(empty, **changes)


def pool_state(sleeves: list[tuple[Custody, int]], supply: int = 10**14, **pool_changes: Any) -> PoolState:
    """A pool of (custody, price in 1e-8 dollars), its stored AUM fresh, 100,000,000 JLP unless told."""
    custodies = tuple(held for held, _ in sleeves)
    feeds = tuple(Feed(address=held.feed, mint=held.mint, price_e8=price, time=NOON) for held, price in sleeves)
    pool = Pool(
        address="pool",
        lp_mint="lp-mint",
        custodies=tuple(held.address for held in custodies),
        aum_usd=0,
        aum_usd_max=3000 * MILLION,
        token_weightage_buffer_bps=1000,
        fees=FEES,
        apr=PoolApr(last_updated_time=NOON, fee_apr_bps=900, realized_fee_usd=0),
        lp_price_change_bps_max=100,
        aum_updated_time=NOON,
        aum_refreshed_slot=1,
    )
    state = PoolState(pool=pool, custodies=custodies, feeds=feeds, supply=supply, slot=1, time=NOON)
    changes: dict[str, Any] = {"aum_usd": assets_under_management(state, PriceMode.MAX), **pool_changes}
    return evolve(state, pool=evolve(pool, **changes))


def small_pool(**pool_changes: Any) -> PoolState:
    """400,000,000 dollars at par: SOL 50 % at 100 dollars, USDC 50 %; targets 50 / 50."""
    sol = custody(SOL, 9, owned=2_000_000 * 10**9, target_ratio_bps=5000)
    usdc = custody(USDC, 6, owned=200 * MILLION, target_ratio_bps=5000)
    return pool_state([(sol, 100 * 10**8), (usdc, 10**8)], **pool_changes)


SOL_CUSTODY, USDC_CUSTODY = "custody-SOL", "custody-USDC"


def repriced(state: PoolState, index: int, price_e8: int) -> PoolState:
    """The same pool with one price changed."""
    feeds = list(state.feeds)
    feeds[index] = evolve(feeds[index], price_e8=price_e8)
    return evolve(state, feeds=tuple(feeds))


def later(seconds: int) -> datetime:
    """So many seconds past noon."""
    return NOON + timedelta(seconds=seconds)


_PRICES = st.integers(10**6, 10**13)
_USD = st.integers(0, 200 * MILLION)


@st.composite
def volatile_custodies(draw: st.DrawFn, asset: Asset, decimals: int) -> Custody:
    """Any volatile custody, with and without longs, shorts and debt."""
    whole = draw(st.integers(0, 10**7))
    owned = whole * POWERS_OF_TEN[decimals] + draw(st.integers(0, 999))
    short = draw(_USD)
    return custody(
        asset,
        decimals,
        owned=owned,
        locked=draw(st.integers(0, owned + owned // 10)),
        guaranteed_usd=draw(_USD),
        short_size_usd=short,
        short_average_price=draw(st.integers(10**4, 10**11)) if short else 0,
        debt_e9=draw(st.integers(0, 10**20)),
        interest_e9=draw(st.integers(0, 10**20)),
        target_ratio_bps=draw(st.sampled_from([0, 800, 2000])),
    )


@st.composite
def stable_custodies(draw: st.DrawFn, asset: Asset) -> Custody:
    """Any custody of a stable that holds at least a dollar."""
    owned = draw(st.integers(10**6, 400 * MILLION))
    return custody(
        asset,
        6,
        owned=owned,
        locked=draw(st.integers(0, owned)),
        debt_e9=draw(st.integers(0, 10**23)),
        interest_e9=draw(st.integers(0, 10**20)),
        target_ratio_bps=draw(st.sampled_from([0, 3000, 5000])),
    )


@st.composite
def pool_states(draw: st.DrawFn) -> PoolState:
    """Any pool of SOL, ETH, BTC, USDC and USDT at any prices."""
    sleeves = [
        (draw(volatile_custodies(SOL, 9)), draw(_PRICES)),
        (draw(volatile_custodies(ETH, 8)), draw(_PRICES)),
        (draw(volatile_custodies(BTC, 8)), draw(_PRICES)),
        (draw(stable_custodies(USDC)), draw(st.integers(9 * 10**7, 11 * 10**7))),
        (draw(stable_custodies(USDT)), draw(st.integers(9 * 10**7, 11 * 10**7))),
    ]
    return pool_state(sleeves, supply=draw(st.integers(10**9, 10**15)))
