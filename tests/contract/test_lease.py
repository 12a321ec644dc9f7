"""The laws of ports/lease.py, on every adapter."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.capabilities import require_claim
from tests.contract.rigs import Rig, each, prove
from tests.contract.stores import store
from tests.unit.adapters.events import START

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.memory.lease import MemoryLease
from ballast.adapters.sqlite.lease import SqliteLease
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.journal import Fence
from ballast.ports.lease import Lease

TTL_S = 30


@define
class World:
    """Moves time, and opens the same leases again: beside the first (`another`), or after closing them (`restart`)."""

    clock: MemoryClock
    another: Callable[[], Lease]
    restart: Callable[[], Lease]

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(seconds=seconds))


def unclaimed() -> Lease:
    """Stand where an adapter has no second look at its leases."""
    raise NotImplementedError


@asynccontextmanager
async def memory(_scratch: Path) -> AsyncGenerator[tuple[Lease, World]]:
    """Build leases in a dict."""
    clock = MemoryClock(START)
    yield MemoryLease(clock), World(clock, unclaimed, unclaimed)


@asynccontextmanager
async def sqlite(scratch: Path, *, durable: bool = True) -> AsyncGenerator[tuple[Lease, World]]:
    """Build leases in a file."""
    with store(scratch, durable=durable) as opened:
        first, clock = opened(), MemoryClock(START)

        def another() -> Lease:
            return SqliteLease(opened(), clock)

        def restart() -> Lease:
            first.close()
            return another()

        yield SqliteLease(first, clock), World(clock, another, restart)


RIGS: Sequence[Rig[Lease, World]] = [
    Rig("memory", memory),
    Rig("sqlite", sqlite),
    Rig("sqlite-fast", lambda scratch: sqlite(scratch, durable=False)),
]
LeaseRig = Rig[Lease, World]


async def taken(lease: Lease, holder: str, name: str = "entry") -> Fence:
    """Take a lease that must be free."""
    fence = await lease.take(name, holder, TTL_S)
    assert fence is not None
    return fence


@each(RIGS)
async def test_law_1_a_second_holder_gets_nothing_while_the_lease_lasts(rig: LeaseRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (lease, world):
        await taken(lease, "a")
        world.later(TTL_S - 0.000_001)
        assert await lease.take("entry", "b", TTL_S) is None


@each(RIGS)
async def test_law_1_a_lease_is_free_at_the_moment_it_expires(rig: LeaseRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (lease, world):
        await taken(lease, "a")
        world.later(TTL_S)
        await taken(lease, "b")
        assert await lease.take("entry", "a", TTL_S) is None


@each(RIGS)
async def test_law_1_other_names_are_other_leases(rig: LeaseRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (lease, _):
        await taken(lease, "a", "entry")
        await taken(lease, "b", "exit")


@each(RIGS)
async def test_law_1_two_processes_do_not_hold_one_lease(rig: LeaseRig, tmp_path: Path) -> None:
    require_claim("lease", rig.adapter, "processes")
    async with rig.open(tmp_path) as (lease, world):
        await taken(lease, "a")
        assert await world.another().take("entry", "b", TTL_S) is None


@each(RIGS)
@pytest.mark.parametrize("freed_by", ["expiry", "release"])
async def test_law_2_each_new_grant_has_a_greater_number(rig: LeaseRig, tmp_path: Path, freed_by: str) -> None:
    async with rig.open(tmp_path) as (lease, world):
        numbers: list[int] = []
        for holder in ("a", "b", "a", "a"):
            numbers.append((await taken(lease, holder)).number)
            if freed_by == "release":
                await lease.release("entry", holder)
            else:
                world.later(TTL_S)
        assert numbers == sorted(set(numbers))
        assert numbers[0] >= 1


@each(RIGS)
async def test_law_2_numbers_go_on_after_a_restart(rig: LeaseRig, tmp_path: Path) -> None:
    require_claim("lease", rig.adapter, "restart")
    async with rig.open(tmp_path) as (lease, world):
        before = await taken(lease, "a")
        await lease.release("entry", "a")
        assert (await taken(world.restart(), "b")).number > before.number


@each(RIGS)
async def test_law_2_a_lease_outlives_a_restart(rig: LeaseRig, tmp_path: Path) -> None:
    require_claim("lease", rig.adapter, "restart")
    async with rig.open(tmp_path) as (lease, world):
        before = await taken(lease, "a")
        again = world.restart()
        assert await again.take("entry", "b", TTL_S) is None
        assert await again.take("entry", "a", TTL_S) == before


@each(RIGS)
async def test_law_3_renewing_keeps_the_number_and_lengthens_the_lease(rig: LeaseRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (lease, world):
        first = await taken(lease, "a")
        world.later(TTL_S - 1)
        assert await taken(lease, "a") == first
        world.later(TTL_S - 1)
        assert await lease.take("entry", "b", TTL_S) is None


@each(RIGS)
async def test_law_4_a_released_lease_is_free(rig: LeaseRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (lease, _):
        await taken(lease, "a")
        await lease.release("entry", "a")
        await taken(lease, "b")


@each(RIGS)
async def test_law_4_releasing_twice_or_what_another_holds_changes_nothing(rig: LeaseRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (lease, _):
        await lease.release("entry", "nobody")
        await taken(lease, "a")
        await lease.release("entry", "a")
        held = await taken(lease, "b")
        await lease.release("entry", "a")
        assert await lease.take("entry", "c", TTL_S) is None
        assert await lease.take("entry", "b", TTL_S) == held


@each(RIGS)
@pytest.mark.parametrize(("name", "holder", "ttl_s"), [("", "a", 1), ("entry", "", 1), ("entry", "a", 0)])
async def test_a_lease_without_name_holder_or_time_is_refused(
    rig: LeaseRig, tmp_path: Path, name: str, holder: str, ttl_s: int
) -> None:
    async with rig.open(tmp_path) as (lease, _):
        with pytest.raises(InvalidInput):
            await lease.take(name, holder, ttl_s)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from("abc"), st.integers(1, 20)),
        st.tuples(st.just("release"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.just("wait"), st.just(""), st.integers(0, 15)),
    ),
    max_size=25,
)


@each(RIGS)
@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_laws_1_to_4_hold_over_any_course(rig: LeaseRig, steps: list[tuple[str, str, int]]) -> None:
    """The model: who holds it until when, and the greatest number so far."""

    async def law(lease: Lease, world: World) -> None:
        holder, until, number = "", world.clock.now(), 0
        for verb, who, seconds in steps:
            now = world.clock.now()
            free = until <= now
            if verb == "wait":
                world.later(seconds)
            elif verb == "release":
                await lease.release("entry", who)
                until = now if who == holder else until
            elif free or who == holder:
                fence = await lease.take("entry", who, seconds)
                assert fence is not None
                assert fence.number > number if free else fence.number == number
                holder, until, number = who, now + timedelta(seconds=seconds), fence.number
            else:
                assert await lease.take("entry", who, seconds) is None

    prove(rig, law)
