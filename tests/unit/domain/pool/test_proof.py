"""The cross-checks that turn decoded figures into a proved pool."""

import pytest
from attrs import evolve
from tests.unit.domain.pool.builders import MILLION, custody, pool_state

from ballast.domain.kernel.asset import ETH, USDC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.proof import Check, pool_checks, prove_pool
from ballast.domain.pool.state import PoolState


def consistent() -> PoolState:
    eth = custody(ETH, 8, owned=10**13, short_size_usd=10 * MILLION, short_average_price=2000 * 10**6)
    usdc = custody(USDC, 6, owned=100 * MILLION, locked=10 * MILLION)
    return pool_state([(eth, 2000 * 10**8), (usdc, 10**8)])


def test_a_pool_whose_figures_agree_is_returned() -> None:
    state = consistent()
    assert prove_pool(state) is state


def test_shorts_without_a_locked_stable_are_refused() -> None:
    state = consistent()
    unlocked = state.with_custody(evolve(state.custodies[1], locked=9 * MILLION))
    with pytest.raises(InvalidInput, match="short sizes against locked stables"):
        prove_pool(unlocked)


@pytest.mark.parametrize("off_by_bps", [-51, 51])
def test_an_aum_beyond_the_bound_is_refused(off_by_bps: int) -> None:
    state = consistent()
    stored = state.pool.aum_usd * (10_000 + off_by_bps) // 10_000
    with pytest.raises(InvalidInput, match="AUM"):
        prove_pool(evolve(state, pool=evolve(state.pool, aum_usd=stored)))


def test_the_bound_is_a_setting() -> None:
    state = consistent()
    stored = state.pool.aum_usd * 101 // 100
    apart = evolve(state, pool=evolve(state.pool, aum_usd=stored))
    assert prove_pool(apart, bound_bps=100) is apart


def test_the_checks_name_both_figures() -> None:
    shorts, *aums = pool_checks(consistent())
    assert (shorts.expected_usd, shorts.found_usd, shorts.holds) == (10 * MILLION, 10 * MILLION, True)
    assert [check.name for check in aums] == ["AUM (min) against the stored one", "AUM (max) against the stored one"]


def test_a_difference_is_found_less_expected() -> None:
    assert Check(name="any", expected_usd=10, found_usd=7, bound_bps=0).difference_usd == -3
