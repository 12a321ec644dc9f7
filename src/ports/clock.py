"""Time, the only source of it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tell the time and wait.

    Laws:
    1. `now` is aware UTC and never goes back.
    2. After `sleep(s)` at least `s` seconds have passed by `now`; zero or less returns without waiting.
    """

    def now(self) -> datetime:
        """Return the present, aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait a number of seconds."""
        ...
