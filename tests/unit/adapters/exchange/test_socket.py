"""A stream is opened again and again, and never hammered."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from attrs import define, field
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange.client import Client, OnFrame, OnLoss
from ballast.adapters.exchange.socket import Socket, running
from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.system.clock import SystemClock
from ballast.domain.kernel.errors import InvalidInput, LimitReached, Unreachable

SILENCE_S = 30
REAL = SystemClock()


@define
class LivelyClock(MemoryClock):
    """A frame comes in the middle of every wait."""

    on_frame: OnFrame | None = None
    frame: str = "frame"

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 2)
        if self.on_frame is not None:
            self.on_frame(self.frame)
        await super().sleep(seconds / 2)


@define
class Exchange:
    """Sockets that open at once; each of the next openings may fail instead. Waiting takes no real time."""

    failures: list[Exception] = field(factory=list[Exception])
    clock: MemoryClock = field(factory=lambda: MemoryClock(NOON))
    open: list[str] = field(factory=list[str])
    asked_at_s: list[float] = field(factory=list[float])
    silences: list[bool] = field(factory=list[bool])
    dead: bool = False
    limited_after: int = 0
    lose: OnLoss | None = None

    async def address(self) -> str:
        self.asked_at_s.append((self.clock.now() - NOON).total_seconds())
        if self.failures:
            raise self.failures.pop(0)
        return f"ws://{len(self.asked_at_s)}"

    async def listen(self, url: str, _topics: tuple[str, ...], on_frame: OnFrame, on_loss: OnLoss) -> None:
        self.open.append(url)
        self.lose = on_loss
        if isinstance(self.clock, LivelyClock):
            self.clock.on_frame = on_frame

    async def hang_up(self, url: str) -> None:
        if url in self.open:
            self.open.remove(url)

    async def on_open(self) -> None:
        assert len(self.open) == 1

    async def is_dead(self, *, silent: bool) -> bool:
        self.silences.append(silent)
        if len(self.silences) == self.limited_after:
            raise LimitReached("weight", 77)
        return self.dead

    def socket(self) -> Socket:
        client = cast("Client", self)
        return Socket(client, self.clock, self.address, ("topic",), self.hear, self.on_open, self.is_dead, SILENCE_S)

    def hear(self, frame: Any) -> None:
        if frame != "frame":
            raise InvalidInput("frame", "frame", str(frame))


async def until(holds: Callable[[], bool]) -> None:
    """Let the socket run until something is so."""
    async with asyncio.timeout(5):
        while not holds():
            await REAL.sleep(0.001)


@asynccontextmanager
async def opened(exchange: Exchange, times: int) -> AsyncGenerator[Socket, None]:
    """Run a socket until it was opened a number of times."""
    socket = exchange.socket()
    async with running(socket.run()):
        await until(lambda: socket.openings >= times)
        yield socket
    assert exchange.open == []


async def test_a_failing_exchange_is_asked_ever_less_often() -> None:
    exchange = Exchange([Unreachable("down") for _ in range(7)])
    async with opened(exchange, 1):
        asked = exchange.asked_at_s
        assert [after - before for before, after in pairwise(asked)] == [0, 1, 2, 4, 8, 16, 30]


async def test_a_limit_is_waited_for_to_its_end() -> None:
    exchange = Exchange([LimitReached("ban", 77)])
    async with opened(exchange, 1):
        assert exchange.asked_at_s == [0, 77]


async def test_a_limit_met_after_a_long_connection_is_waited_for_too() -> None:
    exchange = Exchange(limited_after=4)
    async with opened(exchange, 2):
        assert exchange.asked_at_s[:2] == [0, 4 * SILENCE_S + 77]


async def test_a_lost_connection_is_opened_again_and_the_old_one_let_go() -> None:
    exchange = Exchange()
    async with opened(exchange, 1) as socket:
        assert exchange.lose is not None
        exchange.lose()
        await until(lambda: socket.openings == 2)
        assert exchange.open == ["ws://2"]


async def test_a_connection_ends_before_the_exchange_ends_it() -> None:
    exchange = Exchange()
    async with opened(exchange, 2):
        age_s = exchange.asked_at_s[1]
        assert timedelta(hours=23) <= timedelta(seconds=age_s) <= timedelta(hours=23, seconds=2 * SILENCE_S)


async def test_a_stream_found_dead_is_replaced() -> None:
    exchange = Exchange(dead=True)
    async with opened(exchange, 3):
        assert exchange.asked_at_s[:3] == [0, SILENCE_S, 2 * SILENCE_S + 1]
        assert exchange.silences[0] is True


async def test_a_stream_that_brings_frames_is_not_silent() -> None:
    exchange = Exchange(clock=LivelyClock(NOON))
    async with opened(exchange, 1):
        await until(lambda: len(exchange.silences) > 2)
    assert not any(exchange.silences)


async def test_a_frame_that_cannot_be_read_ends_the_connection_and_is_counted() -> None:
    exchange = Exchange(clock=LivelyClock(NOON, frame="not what was agreed"))
    async with opened(exchange, 3) as socket:
        assert socket.failures >= 2
        assert [after - before for before, after in pairwise(exchange.asked_at_s[:3])] == [SILENCE_S, SILENCE_S + 1]


async def test_work_beside_a_block_ends_with_it_and_tells_its_own_failure() -> None:
    failed = asyncio.Event()

    async def broken() -> None:
        failed.set()
        raise InterruptedError

    with pytest.raises(InterruptedError):
        async with running(broken()):
            await failed.wait()
