"""The laws of ports/clock.py, on every adapter, each inside a virtual-time loop so that nobody waits."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path

from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.capabilities import require_claim
from tests.contract.rigs import Rig, each
from tests.unit.adapters.events import START

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.system.clock import SystemClock
from ballast.ports.clock import Clock

NOWHERE = Path()


@define
class World:
    """Sets the machine's wall clock forward or back."""

    _offset: timedelta = timedelta(0)

    @property
    def offset(self) -> timedelta:
        """Return how far the wall clock is from the true time."""
        return self._offset

    def set_wall_clock(self, seconds: float) -> None:
        """Set the wall clock by some seconds."""
        self._offset += timedelta(seconds=seconds)


@asynccontextmanager
async def memory(_scratch: Path) -> AsyncGenerator[tuple[Clock, World]]:
    """Build a clock that is moved by hand."""
    yield MemoryClock(START), World()


@asynccontextmanager
async def simulator(_scratch: Path) -> AsyncGenerator[tuple[Clock, World]]:
    """Build the running loop's own clock."""
    loop = asyncio.get_running_loop()
    yield VirtualClock(loop, START), World()


@asynccontextmanager
async def system(_scratch: Path) -> AsyncGenerator[tuple[Clock, World]]:
    """Build the system clock over a machine whose two clocks follow the running loop."""
    loop, world = asyncio.get_running_loop(), World()
    yield (
        SystemClock(lambda: START + timedelta(seconds=loop.time()) + world.offset, lambda: int(loop.time() * 1e9)),
        world,
    )


RIGS: Sequence[Rig[Clock, World]] = [
    Rig("memory", memory),
    Rig("simulator", simulator),
    Rig("system", system),
]
ClockRig = Rig[Clock, World]


def run(rig: ClockRig, law: Callable[[Clock, World], Awaitable[None]]) -> None:
    """Prove a law on a rig in virtual time."""

    async def prove(_clock: VirtualClock) -> None:
        async with rig.open(NOWHERE) as (clock, world):
            await law(clock, world)

    run_virtual(prove, START)


@each(RIGS)
def test_law_1_the_present_is_aware_utc(rig: ClockRig) -> None:
    async def law(clock: Clock, _world: World) -> None:
        assert clock.now().tzinfo is UTC

    run(rig, law)


SECONDS = st.floats(0, 100_000, allow_nan=False)


@each(RIGS)
@settings(max_examples=30, deadline=None)
@given(waits=st.lists(SECONDS, max_size=8))
def test_laws_1_and_2_each_sleep_lasts_at_least_its_seconds(rig: ClockRig, waits: list[float]) -> None:
    async def law(clock: Clock, _world: World) -> None:
        for seconds in waits:
            before = clock.now()
            await clock.sleep(seconds)
            assert clock.now() - before >= timedelta(seconds=seconds)

    run(rig, law)


@each(RIGS)
@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(st.floats(-5000, 5000), SECONDS), max_size=8))
def test_law_1_time_never_goes_back_when_the_wall_clock_does(rig: ClockRig, steps: list[tuple[float, float]]) -> None:
    require_claim("clock", rig.adapter, "wall")

    async def law(clock: Clock, world: World) -> None:
        for jump, seconds in steps:
            before = clock.now()
            world.set_wall_clock(jump)
            assert clock.now() >= before
            await clock.sleep(seconds)
            assert clock.now() - before >= timedelta(seconds=seconds)

    run(rig, law)


@each(RIGS)
def test_law_2_zero_or_less_returns_without_waiting(rig: ClockRig) -> None:
    async def law(clock: Clock, _world: World) -> None:
        before = clock.now()
        await clock.sleep(0)
        await clock.sleep(-5)
        assert clock.now() == before

    run(rig, law)
