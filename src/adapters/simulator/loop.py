"""Virtual time: an asyncio loop whose clock jumps to the next timer instead of waiting for it.

The same program takes the same course on it every time: callbacks run in the order they were asked for, also those
that are due at the same moment. What asyncio itself keeps in sets (the result of `asyncio.wait`, a TaskGroup that is
cancelled) has no such order and must be sorted by whoever uses it.
"""

import asyncio
import math
import selectors
import time
from collections.abc import Callable, Coroutine, Mapping
from contextvars import Context
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Protocol, TypeVar, TypeVarTuple

from attrs import define, field, frozen

from ballast.domain.kernel.errors import InvalidInput, InvariantError

ResultT = TypeVar("ResultT")
ArgumentsT = TypeVarTuple("ArgumentsT")

# Below the clock's microsecond, and still more than the step of a float after thirty years in seconds.
_RESOLUTION_S = 1e-7
# The loop watches one file of its own: the pipe by which other threads wake it.
_OWN_FILES = 1


_Ready = tuple[selectors.SelectorKey, int]


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


_File = int | _HasFileno


class _Due(float):
    """A moment on the loop's clock; of two that are equal the one asked for first comes first."""

    __slots__ = ("order",)
    order: int

    def __new__(cls, when: float, order: int) -> "_Due":
        due = super().__new__(cls, when)
        due.order = order
        return due

    def __lt__(self, other: float) -> bool:
        if isinstance(other, _Due) and float.__eq__(self, other):
            return self.order < other.order
        return float.__lt__(self, other)


class _JumpingSelector(selectors.BaseSelector):
    """Let virtual time pass where a selector waits for files; `elapsed_s` counts it from the start.

    Files are still watched, so that a server can be asked while a replay runs.
    """

    def __init__(self, speed: float) -> None:
        self.elapsed_s = 0.0
        self._speed = speed
        self._started_s = time.monotonic()
        self._files = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[_Ready]:
        if timeout is None:
            return self._wait_for_files()
        if self._alone and self._speed == math.inf:
            self.elapsed_s += timeout
            return []
        until_s = self.elapsed_s + timeout
        ready = self._files.select(self._real_s(until_s) if timeout else 0)
        self.elapsed_s = max(self.elapsed_s, min(until_s, self._pace_s())) if ready else until_s
        return ready

    def register(self, fileobj: _File, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._files.register(fileobj, events, data)
        self._count_files()
        return key

    def unregister(self, fileobj: _File) -> selectors.SelectorKey:
        key = self._files.unregister(fileobj)
        self._count_files()
        return key

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._files.get_map()

    def close(self) -> None:
        self._files.close()

    def _count_files(self) -> None:
        self._alone = len(self._files.get_map()) <= _OWN_FILES

    def _wait_for_files(self) -> list[_Ready]:
        if self._alone:
            raise InvariantError("virtual time stands still: no task can go on and no timer is set")
        return self._files.select(None)

    def _real_s(self, until_s: float) -> float:
        """Return how long to wait for real, so that a slow stretch is made up for and the pace is kept."""
        return max(0.0, self._started_s + until_s / self._speed - time.monotonic())

    def _pace_s(self) -> float:
        """Return the virtual time that the pace has reached."""
        return (time.monotonic() - self._started_s) * self._speed


class VirtualLoop(asyncio.SelectorEventLoop):
    """Run callbacks in virtual time.

    `speed` is virtual seconds per real second (> 0); without it no time is spent waiting. Raises InvariantError when no
    task can go on, no timer is set and no file is watched; threads are not waited for.
    """

    def __init__(self, speed: float = math.inf) -> None:
        self._jumping = _JumpingSelector(speed)
        self._asked = count()
        super().__init__(self._jumping)
        self._clock_resolution = _RESOLUTION_S

    def time(self) -> float:
        """Return the virtual seconds since the start."""
        return self._jumping.elapsed_s

    def call_at(
        self,
        when: float,
        callback: Callable[[*ArgumentsT], object],
        *args: *ArgumentsT,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at a moment; those due at the same one are called in the order of asking."""
        return super().call_at(_Due(when, next(self._asked)), callback, *args, context=context)


@frozen
class _Deadline:
    """A moment that sleepers wait for, and the timer that wakes them."""

    timer: asyncio.TimerHandle
    sleepers: list[asyncio.Future[None]] = field(init=False, factory=list[asyncio.Future[None]])


@define
class VirtualClock:
    """Tell a loop's virtual time as a date that began at `start` (aware UTC).

    Sleepers with one deadline share one timer, which wakes them in the order they lay down.
    """

    _loop: asyncio.AbstractEventLoop
    _start: datetime
    _deadlines: dict[datetime, _Deadline] = field(init=False, factory=dict[datetime, _Deadline])
    # The present, and the loop's time it was worked out for: it is asked for far more often than it changes.
    _present: datetime = field(init=False)
    _present_s: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        """Begin at the start."""
        self._present = self._start

    def now(self) -> datetime:
        """Return the present, aware UTC, to the microsecond."""
        elapsed_s = self._loop.time()
        if elapsed_s != self._present_s:
            self._present, self._present_s = self._start + timedelta(seconds=elapsed_s), elapsed_s
        return self._present

    async def sleep(self, seconds: float) -> None:
        """Wait in virtual time."""
        if seconds <= 0:
            return
        until = self.now() + timedelta(seconds=seconds)
        deadline = self._deadlines.get(until)
        if deadline is None:
            timer = self._loop.call_at((until - self._start).total_seconds(), self._wake, until)
            deadline = self._deadlines[until] = _Deadline(timer)
        woken = self._loop.create_future()
        deadline.sleepers.append(woken)
        try:
            await woken
        except asyncio.CancelledError:
            self._leave(until)
            raise

    def _wake(self, until: datetime) -> None:
        for sleeper in self._deadlines.pop(until).sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    def _leave(self, until: datetime) -> None:
        """Call a timer off when everybody who waited for it was cancelled."""
        deadline = self._deadlines.get(until)
        if deadline is not None and all(sleeper.done() for sleeper in deadline.sleepers):
            deadline.timer.cancel()
            del self._deadlines[until]


def run_virtual(
    main: Callable[[VirtualClock], Coroutine[Any, Any, ResultT]], start: datetime, *, speed: float = math.inf
) -> ResultT:
    """Run a program from a start time (aware UTC) to its end and return its result; `speed` as in VirtualLoop.

    Raises InvalidInput for a speed that goes nowhere, InvariantError when the program waits for what can never happen.
    """
    if not speed > 0:
        raise InvalidInput("speed", "more than 0", str(speed))
    loop = VirtualLoop(speed)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualClock(loop, start)))
