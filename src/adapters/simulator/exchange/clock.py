"""The exchange's own time: a clock that tests may move forward."""

from datetime import datetime, timedelta

from attrs import define

from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.clock import Clock


@define
class ServerClock:
    """Another clock plus what was jumped; `gateway_offset` is how wrong the time at the door is (any sign).

    The door's time is what `/time` tells and what requests' timestamps are checked against.
    """

    _base: Clock
    gateway_offset: timedelta = timedelta(0)
    _jumped: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the exchange's present, aware UTC."""
        return self._base.now() + self._jumped

    def gateway_now(self) -> datetime:
        """Return the present as the door sees it."""
        return self.now() + self.gateway_offset

    def jump(self, duration: timedelta) -> None:
        """Let time pass at once; raises InvalidInput for a negative duration."""
        if duration < timedelta(0):
            raise InvalidInput("duration", "0 or more", str(duration))
        self._jumped += duration
