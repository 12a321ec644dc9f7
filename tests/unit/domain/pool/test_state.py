import pytest
from attrs import evolve
from tests.unit.domain.pool.builders import SOL_CUSTODY, small_pool

from ballast.domain.kernel.asset import BTC, SOL
from ballast.domain.kernel.errors import InvalidInput


def test_custodies_must_stand_in_the_pools_order() -> None:
    state = small_pool()
    with pytest.raises(InvalidInput, match="custodies"):
        evolve(state, custodies=state.custodies[::-1])


def test_each_custody_needs_its_own_feed() -> None:
    state = small_pool()
    with pytest.raises(InvalidInput, match="feeds"):
        evolve(state, feeds=state.feeds[::-1])


def test_a_pool_without_supply_is_refused() -> None:
    with pytest.raises(InvalidInput, match="JLP supply"):
        evolve(small_pool(), supply=0)


def test_an_asset_leads_to_its_custody() -> None:
    assert small_pool().address_of(SOL) == SOL_CUSTODY


def test_an_asset_the_pool_does_not_hold_is_refused() -> None:
    with pytest.raises(InvalidInput, match="BTC"):
        small_pool().address_of(BTC)


def test_an_address_the_pool_does_not_list_is_refused() -> None:
    with pytest.raises(InvalidInput, match="custody"):
        small_pool().index("elsewhere")


def test_replacing_a_custody_leaves_the_others() -> None:
    state = small_pool()
    after = state.with_custody(evolve(state.custodies[1], owned=1))
    assert (after.custodies[0], after.custodies[1].owned) == (state.custodies[0], 1)
