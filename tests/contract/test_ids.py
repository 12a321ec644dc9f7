"""The laws of ports/ids.py, on every adapter."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define
from tests.contract.capabilities import require_claim
from tests.contract.rigs import Rig, each

from ballast.adapters.memory.ids import MemoryIds
from ballast.adapters.system.ids import SystemIds
from ballast.ports.ids import Ids

DRAWS = 10_000


@define
class World:
    """Gives the ids of another process."""

    another: Callable[[], Ids]


@asynccontextmanager
async def memory(_scratch: Path) -> AsyncGenerator[tuple[Ids, World]]:
    """Build ids that count."""
    yield MemoryIds(), World(MemoryIds)


@asynccontextmanager
async def system(_scratch: Path) -> AsyncGenerator[tuple[Ids, World]]:
    """Build ids from the machine's randomness."""
    yield SystemIds(), World(SystemIds)


RIGS: Sequence[Rig[Ids, World]] = [Rig("memory", memory), Rig("system", system)]


@each(RIGS)
async def test_law_1_no_name_is_drawn_twice(rig: Rig[Ids, World], tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (ids, _):
        assert len({ids.fresh() for _ in range(DRAWS)}) == DRAWS


@each(RIGS)
async def test_law_1_another_process_draws_other_names(rig: Rig[Ids, World], tmp_path: Path) -> None:
    require_claim("ids", rig.adapter, "processes")
    async with rig.open(tmp_path) as (ids, world):
        assert not {ids.fresh() for _ in range(DRAWS)} & {world.another().fresh() for _ in range(DRAWS)}


@each(RIGS)
async def test_law_2_a_name_is_1_to_32_of_lower_case_digits_and_dash(rig: Rig[Ids, World], tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (ids, _):
        assert all(re.fullmatch(r"[a-z0-9-]{1,32}", ids.fresh()) for _ in range(DRAWS))
