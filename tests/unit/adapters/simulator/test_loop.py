"""Virtual time: no waiting, one order, and no silent standstill."""

import asyncio
import selectors
import socket
from datetime import datetime, timedelta

import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.events import START

from ballast.adapters.simulator import loop as loop_module
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.domain.kernel.errors import InvalidInput, InvariantError

MONTH_S = 30 * 24 * 3600


def test_a_month_passes_at_once_and_to_the_microsecond() -> None:
    async def month(clock: VirtualClock) -> datetime:
        for _ in range(MONTH_S // 3600):
            await clock.sleep(3600.000_001)
        return clock.now()

    assert run_virtual(month, START) == START + timedelta(seconds=MONTH_S, microseconds=720)


def test_the_programs_own_error_comes_out() -> None:
    async def broken(clock: VirtualClock) -> None:
        await clock.sleep(1)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run_virtual(broken, START)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=6), max_size=8))
def test_sleepers_wake_by_deadline_and_those_of_one_deadline_in_the_order_they_lay_down(naps: list[list[int]]) -> None:
    """The model: a list sorted by (deadline, when it was asked for)."""

    async def program(clock: VirtualClock) -> list[tuple[int, int]]:
        woken: list[tuple[int, int]] = []

        async def sleeper(number: int, seconds: list[int]) -> None:
            for second in seconds:
                await clock.sleep(second / 10)
                woken.append((round((clock.now() - START).total_seconds() * 10), number))

        await asyncio.gather(*(sleeper(number, seconds) for number, seconds in enumerate(naps)))
        return woken

    waiting = [(seconds[0], number, number, seconds) for number, seconds in enumerate(naps)]
    asked, expected = len(naps), list[tuple[int, int]]()
    while waiting:
        waiting.sort(key=lambda nap: nap[:2])
        due, _, number, (_, *rest) = waiting.pop(0)
        expected.append((due, number))
        if rest:
            waiting.append((due + rest[0], asked, number, rest))
            asked += 1
    assert run_virtual(program, START) == expected


def test_a_hundred_cancelled_timers_do_not_change_the_order_of_the_rest() -> None:
    async def program(clock: VirtualClock) -> list[int]:
        woken: list[int] = []

        async def sleeper(number: int) -> None:
            await clock.sleep(60)
            woken.append(number)

        tasks = [asyncio.create_task(sleeper(number)) for number in range(300)]
        await clock.sleep(1)
        for number, task in enumerate(tasks):
            if number % 3:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return woken

    assert run_virtual(program, START) == list(range(0, 300, 3))


def test_a_timeout_of_asyncio_is_virtual_too() -> None:
    async def program(clock: VirtualClock) -> datetime:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await clock.sleep(7200)
        return clock.now()

    assert run_virtual(program, START) == START + timedelta(hours=1)


def test_a_program_that_waits_for_nothing_is_stopped_after_what_is_due() -> None:
    reached: list[datetime] = []

    async def program(clock: VirtualClock) -> None:
        async def other() -> None:
            await clock.sleep(60)
            reached.append(clock.now())

        task = asyncio.create_task(other())
        await asyncio.Event().wait()
        await task

    with pytest.raises(InvariantError, match="virtual time stands still"):
        run_virtual(program, START)
    assert reached == [START + timedelta(minutes=1)]


def test_a_standstill_ends_the_tasks_that_are_left() -> None:
    ended: list[str] = []

    async def program(_clock: VirtualClock) -> None:
        async def other() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("other")

        task = asyncio.create_task(other())
        await asyncio.Event().wait()
        await task

    with pytest.raises(InvariantError):
        run_virtual(program, START)
    assert ended == ["other"]


def test_a_cancelled_sleep_takes_no_time() -> None:
    clocks: list[VirtualClock] = []

    async def program(clock: VirtualClock) -> None:
        clocks.append(clock)
        sleeper = asyncio.create_task(clock.sleep(3600))
        await clock.sleep(1)
        sleeper.cancel()
        await asyncio.Event().wait()

    with pytest.raises(InvariantError):
        run_virtual(program, START)
    assert clocks[0].now() == START + timedelta(seconds=1)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_that_goes_nowhere_is_refused(speed: float) -> None:
    async def program(_clock: VirtualClock) -> None:
        raise NotImplementedError

    with pytest.raises(InvalidInput, match="speed"):
        run_virtual(program, START, speed=speed)


@define
class RealTime:
    """The real clock of a machine that only waits: `passed_s` is what a paced run spent waiting."""

    passed_s: float = 0.0

    def monotonic(self) -> float:
        """Return the time that passed."""
        return self.passed_s


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> RealTime:
    """Give the loop a real clock that moves exactly by what is waited."""
    real = RealTime()

    class Selector(selectors.SelectSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            assert timeout is not None
            ready = super().select(0)
            real.passed_s += 0 if ready else timeout
            return ready

    monkeypatch.setattr(loop_module, "time", real)
    monkeypatch.setattr(selectors, "DefaultSelector", Selector)
    return real


@pytest.mark.parametrize(("speed", "waited_s"), [(1, 7200), (60, 120)])
def test_a_paced_run_waits_its_virtual_time_divided_by_the_speed(real: RealTime, speed: float, waited_s: float) -> None:
    async def program(clock: VirtualClock) -> datetime:
        for _ in range(120):
            await clock.sleep(60)
        return clock.now()

    assert run_virtual(program, START, speed=speed) == START + timedelta(hours=2)
    assert real.passed_s == pytest.approx(waited_s)


def test_a_paced_run_makes_up_for_the_time_its_work_took(real: RealTime) -> None:
    async def program(clock: VirtualClock) -> None:
        await clock.sleep(60)
        real.passed_s += 9.5
        for _ in range(9):
            await clock.sleep(60)

    run_virtual(program, START, speed=60)
    assert real.passed_s == pytest.approx(10.5)


def test_an_unpaced_run_never_asks_the_real_clock_to_wait(real: RealTime) -> None:
    async def program(clock: VirtualClock) -> None:
        await clock.sleep(MONTH_S)

    run_virtual(program, START)
    assert real.passed_s == 0


@pytest.mark.parametrize("speed", [float("inf"), 1e6])
def test_a_server_answers_while_virtual_time_runs(speed: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    async def program(clock: VirtualClock) -> bytes:
        async def ticks() -> None:
            while True:
                await clock.sleep(60)

        running = asyncio.create_task(ticks())
        near, far = socket.socketpair()
        await asyncio.get_running_loop().connect_accepted_socket(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(), answer), far
        )
        reader, writer = await asyncio.open_connection(sock=near)
        writer.write(b"exposure\n")
        answered = await reader.read()
        writer.close()
        running.cancel()
        return answered

    assert run_virtual(program, START, speed=speed) == b"exposure\n"


def test_a_run_that_only_waits_for_a_file_waits_for_it() -> None:
    async def program(clock: VirtualClock) -> tuple[bytes, datetime]:
        near, far = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=near)
        far.send(b"hello\n")
        line = await reader.readline()
        writer.close()
        far.close()
        return line, clock.now()

    assert run_virtual(program, START) == (b"hello\n", START)
