"""A clock that is moved by hand."""

from datetime import datetime, timedelta

from attrs import define

from ballast.domain.kernel.errors import InvalidInput


@define
class MemoryClock:
    """Start at a time (aware UTC) and move only by `advance` and by whoever sleeps: waiting is instant."""

    _now: datetime

    def now(self) -> datetime:
        """Return the present, aware UTC."""
        return self._now

    def advance(self, duration: timedelta) -> None:
        """Let time pass; raises InvalidInput for a negative duration."""
        if duration < timedelta(0):
            raise InvalidInput("duration", "0 or more", str(duration))
        self._now += duration

    async def sleep(self, seconds: float) -> None:
        """Move the time on by the seconds (to the microsecond)."""
        self.advance(max(timedelta(seconds=seconds), timedelta(0)))
