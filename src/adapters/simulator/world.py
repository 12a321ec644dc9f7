"""The simulated world: its parts, its time, and the order in which things happen in it.

Passive: no tasks run in it. Whoever asks a part lets everything that is due by then happen first, in time order, so
that the world is a function of its seed, its inputs and the calls made to it.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 (the one seeded source of the simulated world)
from typing import Any

from ballast.adapters.simulator.faults import Faults
from ballast.adapters.simulator.pool import PoolPart
from ballast.adapters.simulator.prices import PriceRecord, PricesPart
from ballast.adapters.simulator.settings import WorldSettings
from ballast.adapters.simulator.transit import Transit
from ballast.adapters.simulator.treasury import TreasuryPart
from ballast.adapters.simulator.vault import VaultPart
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.pool.state import PoolState
from ballast.ports.clock import Clock

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Action = Callable[[datetime], None]


class World:
    """Everything outside Ballast. `parts` hold it: pool, prices, treasury, vault, transit, and what is attached."""

    def __init__(
        self,
        clock: Clock,
        market: PriceRecord,
        pool_state: PoolState,
        settings: WorldSettings,
        *,
        seed: int,
        start: datetime,
    ) -> None:
        self.faults = Faults()
        self.parts: dict[str, Any] = {}
        self._clock = clock
        self._seed = seed
        self._latency_ms = settings.latency_ms
        self._at = start
        self._next_minute = start + _MINUTE - (start - _EPOCH) % _MINUTE
        self._due: list[tuple[datetime, int, Action]] = []
        self._scheduled = 0
        self._minutely: list[Action] = []
        transit = Transit(settings.routes, self.parts.__getitem__, self.schedule)
        pool = PoolPart(pool_state, market, start)
        self.attach("transit", transit)
        self.attach("pool", pool)
        self.attach("prices", PricesPart(market))
        self.attach("treasury", TreasuryPart(settings, pool, transit.depart, self.rng("treasury").randint))
        self.attach("vault", VaultPart(settings, transit.depart, self.schedule))

    @property
    def now(self) -> datetime:
        """Return the world's present: the clock's, never before what has already happened."""
        return max(self._clock.now(), self._at)

    def attach(self, name: str, part: Any) -> None:
        """Add a part; one with `advance(minute)` is told of every whole minute, in the order of attachment."""
        self.parts[name] = part
        if hasattr(part, "advance"):
            self._minutely.append(part.advance)

    def rng(self, part: str) -> Random:
        """Return a part's own stream of chance: the same for the same seed, whatever the other parts draw."""
        return Random(f"{self._seed}:{part}")  # noqa: S311 (chance in a simulation, to be repeated, not to be secret)

    def schedule(self, at: datetime, action: Action) -> None:
        """Let an action happen at a time; of two at the same time the one scheduled first comes first."""
        heapq.heappush(self._due, (at, self._scheduled, action))
        self._scheduled += 1

    def advance(self, to: datetime) -> None:
        """Let everything happen that is due until a time, in order; a minute's prices come before what is due on it.

        Raises InvariantError for a time before what has already happened.
        """
        if to < self._at:
            raise InvariantError(f"the world is at {self._at} and cannot go back to {to}")
        while True:
            if self._due and self._due[0][0] < self._next_minute:
                if self._due[0][0] > to:
                    break
                at, _, action = heapq.heappop(self._due)
                action(at)
            elif self._next_minute <= to:
                minute, self._next_minute = self._next_minute, self._next_minute + _MINUTE
                for part_advance in self._minutely:
                    part_advance(minute)
            else:
                break
        self._at = to

    def run(self, at: datetime, part: str, method: str, *args: object) -> Any:
        """Advance to a time and run a method of a part, with that time as its first argument."""
        self.advance(at)
        return getattr(self.parts[part], method)(at, *args)

    def call(self, part: str, method: str, *args: object) -> Any:
        """Run a method of a part at the present."""
        now = self.now
        self.advance(now)
        return getattr(self.parts[part], method)(now, *args)

    async def latency(self, part: str) -> None:
        """Wait as long as a call to a part takes."""
        wait_ms = self._latency_ms.get(part, 0)
        if wait_ms:
            await self._clock.sleep(wait_ms / 1000)
