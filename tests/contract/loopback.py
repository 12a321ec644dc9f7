"""The loopback exchange for tests: Binance's protocol on a real socket, one account, prices that stand still."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ballast.adapters.simulator.exchange.control import ExchangeControl
from ballast.adapters.simulator.exchange.exchange import DEPOSIT_ADDRESSES, Exchange, ExchangeSettings
from ballast.adapters.simulator.exchange.server import serving
from ballast.adapters.simulator.exchange.signing import Credentials
from ballast.adapters.simulator.exchange.steady import SteadyMarket
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.adapters.system.clock import SystemClock
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT, Asset
from ballast.ports.clock import Clock

DATA = Path(__file__).parents[2] / "data"
KEY, SECRET, TOKEN = "loopbackkey", "loopback-secret", "loopback-token"
PRICES: Mapping[Asset, Decimal] = {BTC: Decimal(70_000), ETH: Decimal(2_100), SOL: Decimal(90)}
SPOT: Mapping[Asset, Decimal] = {BTC: Decimal(10), USDC: Decimal(100_000), USDT: Decimal(100_000)}
MARGIN: Mapping[Asset, Decimal] = {USDT: Decimal(100_000)}
WHITELIST: Mapping[str, Asset] = {"known-address": BTC, "contract-btc": BTC, "treasury-usdc": USDC}


@asynccontextmanager
async def exchange(
    *,
    spot: Mapping[Asset, Decimal] = SPOT,
    margin: Mapping[Asset, Decimal] = MARGIN,
    whitelist: Mapping[str, Asset] = WHITELIST,
    venue: VenueSettings | None = None,
    clock: Clock | None = None,
    seed: int = 1,
) -> AsyncGenerator[tuple[str, ExchangeControl], None]:
    """Serve an exchange on a free loopback port; give its base URL ("http://127.0.0.1:8011") and its control.

    Key and secret are KEY and SECRET. With a clock of the caller's own the exchange lives in that time.
    """
    settings = ExchangeSettings(
        credentials=Credentials(KEY, SECRET),
        spot=spot,
        margin=margin,
        deposit_addresses=DEPOSIT_ADDRESSES,
        whitelist=whitelist,
        venue=venue or VenueSettings(),
        seed=seed,
    )
    made = Exchange(DATA, SteadyMarket(PRICES), clock or SystemClock(), settings)
    async with serving(made, token=TOKEN) as (base_url, server):
        yield base_url, server.control


def rewrite(urls: Any, base_url: str) -> Any:
    """Return ccxt's `urls["api"]` pointed at an exchange: each path kept, streams under their host's first label."""
    if not isinstance(urls, str):
        return {name: rewrite(value, base_url) for name, value in urls.items()}
    scheme, _, rest = urls.partition("://")
    host, _, path = rest.partition("/")
    if scheme.startswith("ws"):
        return f"{base_url.replace('http', 'ws', 1)}/{host.partition('.')[0]}/{path}"
    return f"{base_url}/{path}"
