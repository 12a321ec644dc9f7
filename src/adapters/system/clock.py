"""The machine's clock, made fit for ordering."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from attrs import define, field

_NS_PER_US = 1000
# While the wall clock is behind what was already told, time goes on at this fraction of its speed until they meet.
_SLOWDOWN = 2


def _wall() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # this is the Clock port's own adapter


@define
class SystemClock:
    """Follow the wall clock forwards; when it is set back, go on slowly instead, so that no wait gets stuck.

    `wall` and `monotonic_ns` are the machine's two clocks.
    """

    _wall: Callable[[], datetime] = field(default=_wall)
    _monotonic_ns: Callable[[], int] = field(default=time.monotonic_ns)
    _anchor: datetime = field(init=False)
    _anchor_ns: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Start at the present."""
        self._anchor, self._anchor_ns = self._wall(), self._monotonic_ns()

    def now(self) -> datetime:
        """Return the present, aware UTC."""
        wall, monotonic_ns = self._wall(), self._monotonic_ns()
        least = self._anchor + timedelta(microseconds=(monotonic_ns - self._anchor_ns) // _NS_PER_US // _SLOWDOWN)
        if wall < least:
            return least
        self._anchor, self._anchor_ns = wall, monotonic_ns
        return wall

    async def sleep(self, seconds: float) -> None:
        """Wait until the seconds have passed by `now`."""
        until = self.now() + timedelta(seconds=seconds)
        # asyncio may wake a sleeper a little early, and the wall clock may have been set back.
        while (left := (until - self.now()).total_seconds()) > 0:  # noqa: ASYNC110  # there is no event but time
            await asyncio.sleep(left)  # noqa: TID251  # this is the Clock port's own adapter
