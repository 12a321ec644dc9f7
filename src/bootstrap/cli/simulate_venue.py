"""`ballast simulate-venue`: an exchange that speaks Binance's protocol, on this machine, until a signal."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from attrs import evolve, frozen

from ballast.adapters.common.venue.holdings import HELD
from ballast.adapters.recorded.shifted import ShiftedMarket
from ballast.adapters.simulator.exchange.exchange import DEPOSIT_ADDRESSES, Exchange, ExchangeSettings
from ballast.adapters.simulator.exchange.replay import read_record
from ballast.adapters.simulator.exchange.server import check_address, serving
from ballast.adapters.simulator.exchange.signing import Credentials
from ballast.adapters.simulator.exchange.steady import SteadyMarket
from ballast.adapters.simulator.venue.feed import PriceSource
from ballast.adapters.system.clock import SystemClock
from ballast.bootstrap.outside import open_market, read_inputs
from ballast.bootstrap.settings import Inputs
from ballast.domain.kernel.asset import HEDGED, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal

_PORT_MAX = 65_535


@frozen(kw_only=True)
class Wish:
    """What the command line asked for."""

    listen: str
    key: str
    secret: str
    balance: str
    margin: str
    whitelist: Sequence[str]
    bars: Path | None
    book: Path | None
    control_token: str
    seed: int
    insecure: bool


def run(wish: Wish) -> None:
    """Serve until SIGINT or SIGTERM; raises InvalidInput for what cannot be served."""
    if wish.bars is not None and wish.book is not None:
        raise InvalidInput("--book", "no --bars besides it", str(wish.book))
    host, port = _address(wish.listen)
    check_address(host, insecure=wish.insecure)
    settings = ExchangeSettings(
        credentials=Credentials(_word(wish.key, "--key"), _word(wish.secret, "--secret")),
        spot=_balances(wish.balance, "--balance"),
        margin=_balances(wish.margin, "--margin"),
        deposit_addresses=DEPOSIT_ADDRESSES,
        whitelist=dict(_listed(text) for text in wish.whitelist),
        seed=wish.seed,
        replays=(read_record(wish.book),) if wish.book is not None else (),
    )
    asyncio.run(_serve(wish, settings, host, port))


async def _serve(wish: Wish, settings: ExchangeSettings, host: str, port: int) -> None:
    clock = SystemClock()
    market = _market(wish.bars, clock.now())
    exchange = Exchange(Inputs().data, market, clock, settings)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serving(exchange, host, port, token=wish.control_token, insecure=wish.insecure) as (base_url, _server):
        sys.stdout.write(f"ballast ready: simulated venue on {base_url}\n")
        sys.stdout.flush()
        await stopped.wait()


def _market(bars: Path | None, now: datetime) -> PriceSource:
    """Return the candles of a folder moved to today, or the project's own first prices, standing still."""
    inputs = Inputs() if bars is None else evolve(Inputs(), bars=bars)
    recorded = read_inputs(inputs)
    market = open_market(recorded)
    if bars is not None:
        return ShiftedMarket.starting(market, recorded.info.start, now)
    prices = {coin: market.price(coin, recorded.info.start) for coin in HEDGED}
    return SteadyMarket({coin: price for coin, price in prices.items() if price is not None})


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > _PORT_MAX:
        raise InvalidInput("--listen", f"HOST:PORT with a port from 0 to {_PORT_MAX}", repr(listen))
    return host, int(port)


def _word(text: str, option: str) -> str:
    if not (text.isascii() and text.isalnum()):
        raise InvalidInput(option, "letters and digits", "something else")
    return text


def _balances(text: str, option: str) -> Mapping[Asset, Decimal]:
    """Read "BTC=10,USDT=100000"."""
    balances: dict[Asset, Decimal] = {}
    for part in filter(None, text.split(",")):
        name, _, quantity = part.partition("=")
        asset, held = _held(name, option), parse_decimal(quantity, option)
        if held < 0 or asset in balances:
            raise InvalidInput(option, "each asset once, 0 or more", repr(part))
        balances[asset] = held
    return balances


def _listed(text: str) -> tuple[str, Asset]:
    address, _, name = text.rpartition("=")
    if not address:
        raise InvalidInput("--whitelist", "ADDRESS=COIN", repr(text))
    return address, _held(name, "--whitelist")


def _held(name: str, option: str) -> Asset:
    asset = Asset.named(name, option)
    if asset not in HELD:
        raise InvalidInput(option, "one of " + ", ".join(each.value for each in HELD), name)
    return asset
