"""Asking the exchange: budget, clock offset and errors in one place."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field

from ballast.adapters.exchange.budget import Budget, Priority
from ballast.adapters.exchange.client import Client
from ballast.adapters.exchange.endpoints import SERVER_TIME, Endpoint
from ballast.adapters.exchange.errors import BAD_TIME, Refused, reading, translated
from ballast.ports.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET_KEPT = timedelta(minutes=30)


def milliseconds(at: datetime) -> int:
    """Return a moment as the exchange writes it."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: str | int) -> datetime:
    """Read a moment as the exchange writes it (milliseconds since 1970)."""
    return _EPOCH + timedelta(milliseconds=int(ms))


@define
class Line:
    """Ask one request at a time of the exchange's many.

    The exchange refuses what is signed more than a second ahead of its own clock or `recvWindow` behind it, so the
    offset is measured at the start, every half hour, and when it refuses a time stamp.
    """

    client: Client
    _budget: Budget
    _clock: Clock
    _measured: datetime | None = field(default=None, init=False)
    _measuring: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    offset: timedelta = field(default=timedelta(), init=False)

    def now(self) -> datetime:
        """Return the present by the exchange's clock; by ours before the first request."""
        return self._clock.now() - self.offset

    async def ask(
        self, endpoint: Endpoint, params: Mapping[str, str | int] | None = None, priority: Priority = Priority.READ
    ) -> Any:
        """Send a request and return the answer's content.

        Raises what `errors.translated` raises; LimitReached also when the budget is used up and nothing was sent.
        """
        await self.synchronise()
        try:
            return await self._send(endpoint, params or {}, priority)
        except Refused as refusal:
            if refusal.code != BAD_TIME:
                raise
        # A refused time stamp proves that nothing was done, so the request may go out again.
        await self.measure_offset()
        return await self._send(endpoint, params or {}, priority)

    async def synchronise(self) -> None:
        """Measure the offset unless it is known and fresh."""
        async with self._measuring:
            if self._measured is None or self._clock.now() - self._measured > _OFFSET_KEPT:
                await self.measure_offset()

    async def measure_offset(self) -> None:
        """Compare the two clocks; the answer is taken to lie in the middle of the question's way."""
        before = self._clock.now()
        with reading():
            answer = await self._send(SERVER_TIME, {}, Priority.REDUCE)
        after = self._clock.now()
        self.offset = before + (after - before) / 2 - moment(answer["serverTime"])
        self._measured = after
        self.client.set_offset(self.offset // timedelta(milliseconds=1))

    async def _send(self, endpoint: Endpoint, params: Mapping[str, str | int], priority: Priority) -> Any:
        self._budget.spend(endpoint.pool, endpoint.weight, int(endpoint.is_order), priority)
        with translated():
            return await getattr(self.client, endpoint.call)(dict(params))
