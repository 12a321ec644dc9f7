"""The system clock over a machine whose two clocks are set by hand."""

from datetime import datetime, timedelta

import pytest
from attrs import define
from tests.unit.adapters.events import START

from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.system.clock import SystemClock


@define
class Machine:
    """A wall clock and a monotonic clock."""

    wall: datetime = START
    monotonic_ns: int = 0

    def passes(self, seconds: float, *, by_the_wall: float | None = None) -> None:
        """Let time pass; the wall clock may show something else."""
        self.monotonic_ns += int(seconds * 1e9)
        self.wall += timedelta(seconds=seconds if by_the_wall is None else by_the_wall)

    def clock(self) -> SystemClock:
        """Return the clock of this machine."""
        return SystemClock(lambda: self.wall, lambda: self.monotonic_ns)


def test_it_tells_the_wall_clocks_time() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)
    machine.passes(1, by_the_wall=3600)
    assert clock.now() == machine.wall


def test_while_the_wall_clock_is_behind_it_goes_on_at_half_speed_until_they_meet() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(0, by_the_wall=-60)
    told = [clock.now()]
    for _ in range(4):
        machine.passes(30)
        told.append(clock.now())
    assert [(time - START).total_seconds() for time in told] == [0, 15, 30, 45, 60]
    assert machine.wall == START + timedelta(seconds=60)
    machine.passes(30)
    assert clock.now() == machine.wall


def test_it_goes_on_however_often_it_is_asked() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(0, by_the_wall=-60)
    for _ in range(3000):
        machine.monotonic_ns += 999
        clock.now()
    assert clock.now() == START + timedelta(microseconds=1498)


@pytest.mark.parametrize("back_s", [0, 3600])
def test_a_sleep_ends_even_when_the_wall_clock_is_set_back_for_hours(back_s: int) -> None:
    async def sleeper(virtual: VirtualClock) -> float:
        clock = SystemClock(
            lambda: virtual.now() - timedelta(seconds=back_s if virtual.now() > START else 0),
            lambda: (virtual.now() - START) // timedelta(microseconds=1) * 1000,
        )
        await virtual.sleep(1)
        await clock.sleep(60)
        return (virtual.now() - START).total_seconds()

    assert run_virtual(sleeper, START) == (61 if not back_s else 121)
