"""What collateral is valued at, as Binance answers it, from the engine's own haircuts and prices."""

from datetime import datetime

from ballast.adapters.simulator.exchange.wire import Json, ms_of, plain
from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.domain.kernel.number import ONE


def asset_index(engine: VenueEngine, now: datetime) -> list[Json]:
    """Answer GET fapi/v1/assetIndex: index and haircut of each asset, for the multi-assets mode."""
    account = engine.account(now)
    rows: list[Json] = []
    for asset, haircut in account.haircuts.items():
        index, buffer = account.prices[asset], ONE - haircut
        rows.append(
            {
                "symbol": f"{asset.value}USD",
                "time": ms_of(now),
                "index": plain(index),
                "bidBuffer": plain(buffer),
                "askBuffer": plain(buffer),
                "bidRate": plain(index * haircut),
                "askRate": plain(index * (ONE + buffer)),
            }
        )
    return rows


def collateral_rate(engine: VenueEngine, now: datetime) -> list[Json]:
    """Answer GET sapi/v1/portfolio/collateralRate: what counts of each asset in a portfolio account."""
    haircuts = engine.account(now).haircuts
    return [{"asset": asset.value, "collateralRate": plain(rate)} for asset, rate in haircuts.items()]


def index_price(engine: VenueEngine, now: datetime) -> list[Json]:
    """Answer GET sapi/v1/portfolio/asset-index-price."""
    prices = engine.account(now).prices
    return [
        {"asset": asset.value, "assetIndexPrice": plain(price), "time": ms_of(now)} for asset, price in prices.items()
    ]
