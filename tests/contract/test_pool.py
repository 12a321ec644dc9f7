"""The laws of ports/pool.py, on every adapter."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.chain_rigs import POOLS, PoolWorld
from tests.contract.rigs import Rig, each

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, USDC
from ballast.domain.kernel.errors import Unreachable
from ballast.domain.pool.proof import prove_pool
from ballast.ports.pool import Pool
from ballast.ports.treasury import Mint

PoolRig = Rig[Pool, PoolWorld]
MINT = Mint(Amount(USDC, Decimal(1000)), Amount(JLP, Decimal(1)))


@each(POOLS)
async def test_law_1_an_answer_shows_all_of_a_mint_or_nothing_of_it(rig: PoolRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (pool, world):
        before = await pool.state()
        index = before.index(before.address_of(USDC))
        minted = world.mint(MINT)
        after = await pool.state()
        paid = after.custodies[index].owned + after.custodies[index].fees_reserves
        assert paid - before.custodies[index].owned - before.custodies[index].fees_reserves == 1000 * 10**6
        assert after.supply - before.supply == int(minted.quantity * 10**6)


@each(POOLS)
async def test_law_1_an_answer_does_not_change_afterwards(rig: PoolRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (pool, world):
        first = await pool.state()
        supply, owned = first.supply, [custody.owned for custody in first.custodies]
        world.mint(MINT)
        world.wait(600)
        await pool.state()
        assert (first.supply, [custody.owned for custody in first.custodies]) == (supply, owned)


@each(POOLS)
async def test_law_2_every_answer_proves_itself(rig: PoolRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (pool, world):
        for _ in range(3):
            world.mint(MINT)
            world.wait(60)
            state = await pool.state()
            assert prove_pool(state) is state


@each(POOLS)
async def test_law_3_a_pool_that_does_not_answer_is_unreachable(rig: PoolRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (pool, world):
        world.reach.cut("state")
        with pytest.raises(Unreachable):
            await pool.state()
