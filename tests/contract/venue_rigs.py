"""How to build each adapter of the venue, and to move its world."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import define, frozen
from tests.contract.rigs import Rig
from tests.unit.adapters.simulator.venue.builders import DATA, NOON, PRICES, Bench, bench

from ballast.adapters.common.venue.listing import read_listings
from ballast.adapters.common.venue.trouble import Trouble
from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.memory.venue import MemoryVenue
from ballast.adapters.simulator.faults import LOST_ANSWER, UNREACHABLE, Faults
from ballast.adapters.simulator.venue.port import SimulatedVenue
from ballast.adapters.simulator.venue.recorded import SPOT_INFO, USDM_INFO
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, Asset
from ballast.ports.venue import IncomeKind, Venue

ADDRESS = "known-address"


@frozen
class VenueWorld:
    """The exchange behind the port.

    `set_price` moves a coin; `arrive` lets a deposit arrive under a sender's reference; `wait` lets seconds pass;
    `fund` makes the exchange pay funding for BTC, a position being open, once for each call; `gone` is what left.
    `cut`, `lose`, `hide` and `refuse` arrange what the next call of a name meets: nothing is sent (until `mend`), the
    answer is lost, nobody sees the effect for some seconds, a code.
    """

    set_price: Callable[[Asset, Decimal], None]
    arrive: Callable[[Amount, str], None]
    wait: Callable[[int], None]
    fund: Callable[[], None]
    gone: Callable[[], list[tuple[Amount, str]]]
    cut: Callable[[str], None]
    mend: Callable[[], None]
    lose: Callable[[str], None]
    hide: Callable[[str, int], None]
    refuse: Callable[[str, str], None]


@asynccontextmanager
async def _memory(_scratch: Path) -> AsyncGenerator[tuple[Venue, VenueWorld], None]:
    clock = MemoryClock(NOON)
    venue = MemoryVenue(clock, read_listings(DATA / USDM_INFO, DATA / SPOT_INFO), PRICES)

    def meets(trouble: Trouble) -> None:
        venue.trouble = trouble

    def reach(*, up: bool) -> None:
        venue.line.up = up

    yield (
        venue,
        VenueWorld(
            set_price=venue.set_price,
            arrive=venue.credit,
            wait=lambda seconds: clock.advance(timedelta(seconds=seconds)),
            fund=lambda: venue.pay(IncomeKind.FUNDING, BTC, Decimal(-3)),
            gone=lambda: list(venue.departed.values()),
            cut=lambda _call: reach(up=False),
            mend=lambda: reach(up=True),
            lose=lambda _call: meets(Trouble(answer_lost=True)),
            hide=lambda _call, seconds: meets(Trouble(hidden_s=seconds)),
            refuse=lambda _call, code: meets(Trouble(refused_code=code)),
        ),
    )


@define
class _LoneWorld:
    """A world of nothing but an exchange; no call takes time."""

    exchange: Bench
    clock: MemoryClock
    faults: Faults

    def call(self, part: str, method: str, *args: object) -> Any:
        assert part == "venue"
        return getattr(self.exchange.engine, method)(self.clock.now(), *args)

    async def latency(self, part: str) -> None:
        assert part == "venue"


_FUNDING_EVERY = timedelta(hours=8)


@asynccontextmanager
async def _simulator(_scratch: Path) -> AsyncGenerator[tuple[Venue, VenueWorld], None]:
    exchange, clock, faults = bench(), MemoryClock(NOON), Faults()
    engine, market = exchange.engine, exchange.market

    def fund() -> None:
        stamp = NOON.replace(hour=16)
        while stamp <= clock.now():
            stamp += _FUNDING_EVERY
        market.rates[BTC, stamp] = Decimal("-0.0001")
        clock.advance(stamp - clock.now())

    yield (
        SimulatedVenue(_LoneWorld(exchange, clock, faults)),
        VenueWorld(
            set_price=lambda asset, usd: market.set(asset, clock.now(), str(usd)),
            arrive=lambda amount, reference: engine.credit(clock.now(), amount, reference),
            wait=lambda seconds: clock.advance(timedelta(seconds=seconds)),
            fund=fund,
            gone=lambda: [(amount, address) for _, amount, address in exchange.departures.gone],
            cut=lambda call: faults.plan(f"venue.{call}", UNREACHABLE),
            mend=lambda: None,
            lose=lambda call: faults.plan(f"venue.{call}", LOST_ANSWER),
            hide=lambda call, seconds: faults.plan(f"venue.{call}", f"late:{seconds}"),
            refuse=lambda call, code: faults.plan(f"venue.{call}", f"refuse:{code}"),
        ),
    )


VENUES: tuple[Rig[Venue, VenueWorld], ...] = (Rig("memory", _memory), Rig("simulator", _simulator))
