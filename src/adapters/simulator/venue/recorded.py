"""Build the simulated exchange from the recorded data."""

from collections.abc import Mapping
from pathlib import Path

from ballast.adapters.common.venue.listing import read_listings
from ballast.adapters.simulator.venue.engine import Depart, VenueEngine
from ballast.adapters.simulator.venue.feed import PriceSource
from ballast.adapters.simulator.venue.ladder import Ladder
from ballast.adapters.simulator.venue.profile import read_profile
from ballast.adapters.simulator.venue.settings import VenueSettings, read_brackets

USDM_INFO = Path("binance", "fapi_v1_exchangeInfo_btc_eth_sol_20260704.json")
SPOT_INFO = Path("binance", "api_v3_exchangeInfo_BTC_ETH_XVG_20260703.json")
BRACKETS = Path("binance", "leverage_brackets_20241024.json")
PROFILE = Path("market", "book_profile.json")


def recorded_exchange(
    data: Path,
    market: PriceSource,
    depart: Depart,
    *,
    seed: int,
    settings: VenueSettings | None = None,
    books: Mapping[str, Ladder] | None = None,
) -> VenueEngine:
    """Build an exchange from the project's data folder; raises InvalidInput for broken files.

    `books` are ladders that stand in for the fitted ones, by symbol.
    """
    return VenueEngine(
        market,
        read_listings(data / USDM_INFO, data / SPOT_INFO),
        read_profile(data / PROFILE),
        read_brackets(data / BRACKETS),
        settings or VenueSettings(),
        seed,
        depart,
        books or {},
    )
