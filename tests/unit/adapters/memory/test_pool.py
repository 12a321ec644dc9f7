"""A held pool is proved each time it is asked for."""

import pytest
from attrs import evolve
from tests.unit.domain.pool.builders import small_pool

from ballast.adapters.memory.pool import MemoryPool
from ballast.domain.kernel.errors import InvalidInput


async def test_a_pool_whose_figures_contradict_each_other_is_no_answer() -> None:
    state = small_pool()
    pool = MemoryPool(evolve(state, pool=evolve(state.pool, aum_usd=state.pool.aum_usd * 2)))
    with pytest.raises(InvalidInput, match="AUM"):
        await pool.state()
    pool.current = state
    assert await pool.state() is state
