"""Where positions are liquidated, and what that does to the pool's delta."""

import pytest
from attrs import evolve
from tests.unit.domain.pool.builders import MILLION, SOL_CUSTODY, USDC_CUSTODY, D, custody, pool_state

from ballast.domain.kernel.asset import SOL, USDC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.liquidation import MOVES_BPS, Position, Side, liquidation_map, liquidation_price

SOL_HELD = custody(
    SOL,
    9,
    owned=1_000_000 * 10**9,
    locked=50_000 * 10**9,
    short_size_usd=2 * MILLION,
    short_average_price=100 * 10**6,
)
USDC_HELD = custody(USDC, 6, owned=100 * MILLION, locked=2 * MILLION)
STATE = pool_state([(SOL_HELD, 100 * 10**8), (USDC_HELD, 10**8)])

# 10,000 dollars at 100 dollars with 1,000 of collateral: 20 to the leverage limit of 500 x, 6 of closing fee.
LONG = Position(
    address="long",
    owner="trader",
    custody=SOL_CUSTODY,
    collateral_custody=SOL_CUSTODY,
    side=Side.LONG,
    price=100 * 10**6,
    size_usd=10_000 * 10**6,
    collateral_usd=1_000 * 10**6,
    interest_snapshot_e9=10**9,
    locked=100 * 10**9,
)
SHORT = evolve(LONG, address="short", side=Side.SHORT, collateral_custody=USDC_CUSTODY)


def test_a_long_is_liquidated_below_its_entry_by_its_margin() -> None:
    assert liquidation_price(LONG, SOL_HELD, SOL_HELD) == 90_260_000


def test_a_short_is_liquidated_above_its_entry_by_its_margin() -> None:
    assert liquidation_price(SHORT, SOL_HELD, USDC_HELD) == 109_740_000


def test_borrow_fees_since_the_last_update_eat_the_margin() -> None:
    older = evolve(LONG, interest_snapshot_e9=10**9 - 10**7)
    assert liquidation_price(older, SOL_HELD, SOL_HELD) == 91_260_000


def test_a_large_position_pays_for_its_price_impact_when_it_closes() -> None:
    large = evolve(LONG, size_usd=1000 * 10_000 * 10**6, collateral_usd=1000 * 1_000 * 10**6)
    scalar = evolve(SOL_HELD.terms, impact_scalar_usd=10_000 * MILLION)
    assert liquidation_price(large, evolve(SOL_HELD, terms=scalar), SOL_HELD) == 90_260_000 + 100_000
    without = evolve(SOL_HELD.terms, impact_scalar_usd=0)
    assert liquidation_price(large, evolve(SOL_HELD, terms=without), SOL_HELD) == 90_260_000


def test_a_long_with_more_collateral_than_size_is_never_liquidated() -> None:
    assert liquidation_price(evolve(LONG, collateral_usd=20_000 * 10**6), SOL_HELD, SOL_HELD) == 0


def test_a_custody_without_a_leverage_limit_gives_no_answer() -> None:
    unlimited = evolve(SOL_HELD, terms=evolve(SOL_HELD.terms, leverage_bps_max=0))
    with pytest.raises(InvalidInput, match="leverage"):
        liquidation_price(LONG, unlimited, SOL_HELD)


def test_a_fall_frees_what_longs_had_locked_and_a_rally_takes_shorts_away() -> None:
    rows = {row.move_bps: row for row in liquidation_map(STATE, SOL_CUSTODY, [LONG, SHORT])}
    assert tuple(rows) == MOVES_BPS
    changes = {move_bps: row.delta_change for move_bps, row in rows.items()}
    assert changes == {
        -2000: 100, -1500: 100, -1000: 100, -500: 0, 0: 0, 500: 0, 1000: -100, 1500: -100, 2000: -100,
    }  # fmt: skip
    assert rows[0].delta == D(950_000 + 20_000)
    assert rows[-1000].delta == rows[0].delta + 100


def test_a_position_goes_exactly_at_its_price() -> None:
    (at, before) = liquidation_map(STATE, SOL_CUSTODY, [LONG], moves_bps=(-974, -973))
    assert (at.delta_change, before.delta_change) == (D(100), D(0))


def test_freed_tokens_first_fill_what_is_locked_beyond_what_is_owned() -> None:
    over = STATE.with_custody(evolve(SOL_HELD, locked=SOL_HELD.owned + 40 * 10**9))
    (row,) = liquidation_map(over, SOL_CUSTODY, [LONG], moves_bps=(-2000,))
    assert row.delta_change == 60


def test_positions_of_other_custodies_are_ignored() -> None:
    elsewhere = evolve(LONG, custody="custody-ETH")
    assert all(row.delta_change == 0 for row in liquidation_map(STATE, SOL_CUSTODY, [elsewhere]))


def test_a_collateral_custody_outside_the_pool_is_refused() -> None:
    with pytest.raises(InvalidInput, match="custody"):
        liquidation_map(STATE, SOL_CUSTODY, [evolve(SHORT, collateral_custody="custody-gone")])
