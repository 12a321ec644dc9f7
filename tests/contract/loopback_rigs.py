"""The real adapter of the venue, through ccxt and real sockets, against the loopback exchange."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from attrs import define, field
from tests.contract import loopback
from tests.contract.rigs import Rig
from tests.contract.venue_rigs import ADDRESS, VenueWorld
from tests.contract.venue_rigs import VENUES as SIMULATED
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange.keys import Keys
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.adapters.exchange.venue import ExchangeVenue, open_venue
from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.exchange.control import ExchangeControl
from ballast.adapters.simulator.exchange.faults import Answer, Fault
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, Asset
from ballast.ports.venue import Venue

NETWORKS = {ADDRESS: "BTC"}
KEYS = Keys(loopback.KEY, loopback.SECRET)
_ORDERS = ("/fapi/v1/order", "/papi/v1/um/order", "/api/v3/order")
# What each of the port's commands sends: an order on any market of either account, an action of either kind.
REQUESTS = {
    "place": [("POST", path) for path in _ORDERS],
    "cancel": [("DELETE", path) for path in _ORDERS],
    "submit": [("POST", "/sapi/v1/asset/transfer"), ("POST", "/sapi/v1/capital/withdraw/apply")],
}
_HISTORIES = ("/sapi/v1/asset/transfer", "/sapi/v1/capital/withdraw/history")
_FUNDING_EVERY = timedelta(hours=8)


@define
class LoopbackWorld:
    """What the laws do to the exchange, in the words of its control interface."""

    venue: ExchangeVenue
    control: ExchangeControl
    clock: MemoryClock
    _hidden_until: datetime = field(default=NOON, init=False)

    def set_price(self, coin: Asset, usd: Decimal) -> None:
        self.control.set_price(coin, usd)

    def arrive(self, amount: Amount, reference: str) -> None:
        self.control.deposit(amount, reference)

    def wait(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.control.exchange.tick()
        if self.clock.now() >= self._hidden_until:
            self.control.clear()

    def fund(self) -> None:
        stamp = NOON.replace(hour=16)
        while stamp <= self.clock.now():
            stamp += _FUNDING_EVERY
        self.control.set_funding(BTC, stamp, Decimal("-0.0001"))
        self.wait(int((stamp - self.clock.now()).total_seconds()))

    def gone(self) -> list[tuple[Amount, str]]:
        return self.control.departed()

    def cut(self, _call: str) -> None:
        """Point every request at a port where nobody listens."""
        self._redirect("127.0.0.1:1")

    def mend(self) -> None:
        self._redirect(self.venue.settings.base_url.removeprefix("http://"))

    def lose(self, call: str) -> None:
        """Carry out the next command and end its connection without an answer.

        A cancel gets the exchange's own time-out instead: HTTP lets a client repeat a DELETE, and aiohttp does.
        """
        silence = Answer.ERROR if call == "cancel" else Answer.CUT
        for method, path in REQUESTS[call]:
            self.control.plan(Fault(path=path, method=method, answer=silence, status=408, code=-1007))

    def hide(self, call: str, seconds: int) -> None:
        """Carry out the next command, answer -1007, and show nothing of it for some seconds."""
        for method, path in REQUESTS[call]:
            self.control.plan(
                Fault(path=path, method=method, answer=Answer.ERROR, status=408, code=-1007, hidden_s=seconds)
            )
        if call == "submit":
            self._hidden_until = self.clock.now() + timedelta(seconds=seconds)
            self.control.plan(*(Fault(path=path, method="GET", booked=False, times=100) for path in _HISTORIES))

    def refuse(self, call: str, code: str) -> None:
        for method, path in REQUESTS[call]:
            fault = Fault(path=path, method=method, booked=False, answer=Answer.ERROR, status=503, code=int(code))
            self.control.plan(fault)

    def _redirect(self, host: str) -> None:
        urls = self.venue.line.client.urls["api"]
        for name, url in urls.items():
            if isinstance(url, str):
                urls[name] = f"http://{host}/{url.split('/', 3)[3]}"


def settings(scratch: Path, base_url: str, variant: Variant = Variant.FUTURES) -> ExchangeSettings:
    return ExchangeSettings(store=scratch / "exchange.db", networks=NETWORKS, base_url=base_url, variant=variant)


@asynccontextmanager
async def open_world(
    scratch: Path, variant: Variant = Variant.FUTURES
) -> AsyncGenerator[tuple[ExchangeVenue, LoopbackWorld], None]:
    """Give an account on a new exchange, empty, both in the same time."""
    clock = MemoryClock(NOON)
    async with (
        loopback.exchange(spot={}, margin={}, clock=clock, seed=7) as (base_url, control),
        open_venue(settings(scratch, base_url, variant), KEYS, clock) as venue,
    ):
        yield venue, LoopbackWorld(venue, control, clock)


@asynccontextmanager
async def _loopback(scratch: Path, variant: Variant) -> AsyncGenerator[tuple[Venue, VenueWorld], None]:
    async with open_world(scratch, variant) as (venue, world):
        yield (
            venue,
            VenueWorld(
                set_price=world.set_price,
                arrive=world.arrive,
                wait=world.wait,
                fund=world.fund,
                gone=world.gone,
                cut=world.cut,
                mend=world.mend,
                lose=world.lose,
                hide=world.hide,
                refuse=world.refuse,
            ),
        )


VENUES: tuple[Rig[Venue, VenueWorld], ...] = (
    *SIMULATED,
    Rig("binance@loopback", partial(_loopback, variant=Variant.FUTURES)),
    Rig("binance-portfolio@loopback", partial(_loopback, variant=Variant.PORTFOLIO)),
)
