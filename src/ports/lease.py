"""Who may act: one holder at a time, with a number that only grows."""

from typing import Protocol

from ballast.ports.journal import Fence


class Lease(Protocol):
    """Grant the right to act under a name for a while.

    Laws:
    1. At any time at most one holder has an unexpired lease of a name.
    2. Each grant to a new holder has a greater number than every earlier grant of that name, also across restarts.
    3. Taking a lease one already holds renews it under the same number.
    4. `release` is idempotent and lets go of nobody else's lease.
    """

    async def take(self, name: str, holder: str, ttl_s: int) -> Fence | None:
        """Take or renew a lease for `ttl_s` (>= 1) seconds; None when somebody else holds it."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back."""
        ...
