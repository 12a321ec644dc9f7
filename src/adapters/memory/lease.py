"""Leases in a dict."""

from datetime import datetime, timedelta

from attrs import define, field, frozen

from ballast.adapters.common.fencing import check_take
from ballast.adapters.memory.fences import Fences
from ballast.ports.clock import Clock
from ballast.ports.journal import Fence


@frozen
class _Holding:
    holder: str
    fence: Fence
    until: datetime


@define
class MemoryLease:
    """Grant leases inside one process; time is the clock's."""

    _clock: Clock
    _fences: Fences = field(factory=Fences)
    _held: dict[str, _Holding] = field(factory=dict[str, _Holding], init=False)

    async def take(self, name: str, holder: str, ttl_s: int) -> Fence | None:
        """Take or renew a lease for `ttl_s` (>= 1) seconds; None when somebody else holds it."""
        check_take(name, holder, ttl_s)
        now = self._clock.now()
        held = self._held.get(name)
        if held is None or held.until <= now:
            fence = Fence(name, self._fences.grant(name))
        elif held.holder == holder:
            fence = held.fence
        else:
            return None
        self._held[name] = _Holding(holder, fence, now + timedelta(seconds=ttl_s))
        return fence

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens unless this holder has it."""
        held = self._held.get(name)
        if held is not None and held.holder == holder:
            del self._held[name]
