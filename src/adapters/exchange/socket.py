"""One stream kept alive: opened, watched by its data, and replaced when it is lost, silent or old."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from attrs import define, field

from ballast.adapters.exchange.client import Client
from ballast.adapters.exchange.errors import Refused, Unresolved, translated
from ballast.domain.kernel.errors import InvalidInput, LimitReached, RuleBroken, Unreachable
from ballast.ports.clock import Clock

# The exchange ends a connection after 24 hours (facts/binance.md section 4); ours goes first.
_LIFE = timedelta(hours=23)
_STABLE = timedelta(minutes=1)
_RETRY_S_MAX = 30


class DeadCheck(Protocol):
    """Say whether a stream brings no data any more."""

    async def __call__(self, *, silent: bool) -> bool:
        """Decide, knowing whether it was silent for as long as is bearable."""
        ...


@define
class Socket:
    """A stream with an owner.

    `topics` are subscribed to, none where the address says it all; `address` finds where to listen, each time anew;
    `on_open` runs after every opening, before silence counts: it fetches what was missed. `is_dead` is asked every
    `silence_s_max` (> 0), and told whether no frame came for as long: a connection that answers pings and brings no
    data is dead for a book, and may be well for a quiet account. `openings` and `failures` are counts.
    """

    client: Client
    clock: Clock
    address: Callable[[], Awaitable[str]]
    topics: tuple[str, ...]
    on_frame: Callable[[Any], None]
    on_open: Callable[[], Awaitable[None]]
    is_dead: DeadCheck
    silence_s_max: int
    openings: int = field(default=0, init=False)
    failures: int = field(default=0, init=False)
    _heard: datetime | None = field(default=None, init=False)
    _ended: asyncio.Event = field(factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Keep the stream until cancelled.

        The first retry comes at once, the next ones later each time, until a connection has lasted a minute.
        """
        retry_s = 0
        while True:
            begun, limit_s = self.clock.now(), 0
            try:
                await self._once()
            except (Unreachable, Unresolved, Refused, RuleBroken):
                self.failures += 1
            except LimitReached as limit:
                limit_s = limit.retry_after_s
            if self.clock.now() - begun >= _STABLE:
                retry_s = 0
            await self.clock.sleep(max(retry_s, limit_s))
            retry_s = min(max(retry_s * 2, 1), _RETRY_S_MAX)

    def end(self) -> None:
        """Give the connection up; the next one is opened at once."""
        self._ended.set()

    async def _once(self) -> None:
        self._ended.clear()
        url = await self.address()
        try:
            with translated():
                await self.client.listen(url, self.topics, self._hear, self.end)
            self.openings += 1
            opened = self._heard = self.clock.now()
            await self.on_open()
            await self._watch(opened)
        finally:
            await self.client.hang_up(url)

    async def _watch(self, opened: datetime) -> None:
        """Return when the connection was lost or given up, is too old, or is silent and dead."""
        while not self._ended.is_set() and self.clock.now() - opened < _LIFE:
            await self._pause()
            silent = self.clock.now() - (self._heard or opened) >= timedelta(seconds=self.silence_s_max)
            if not self._ended.is_set() and await self.is_dead(silent=silent):
                return

    async def _pause(self) -> None:
        """Wait for the end of the connection, at most until silence could be too long."""
        tasks = (
            asyncio.ensure_future(self._ended.wait()),
            asyncio.ensure_future(self.clock.sleep(self.silence_s_max)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def _hear(self, frame: Any) -> None:
        """Take a frame; one that cannot be read ends the connection, and the next one fetches what it said."""
        self._heard = self.clock.now()
        try:
            self.on_frame(frame)
        except (InvalidInput, KeyError, TypeError, ValueError):
            self.failures += 1
            self.end()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None, None]:
    """Run something endless beside a block and end it with the block; its own failure is raised then."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
