"""What the multi-assets mode and a portfolio account value their collateral at, as Binance answers it.

GET fapi/v1/assetIndex, sapi/v1/portfolio/collateralRate and sapi/v1/portfolio/asset-index-price, for the loopback
exchange to serve over its engine's own haircuts and prices.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

import pytest

from ballast.adapters.simulator.exchange.exchange import Exchange
from ballast.adapters.simulator.exchange.routes import PUBLIC, ROUTES, Call, Route
from ballast.adapters.simulator.exchange.wire import Json, ms_of, plain
from ballast.domain.kernel.number import ONE


def _asset_index(exchange: Exchange, call: Call) -> list[Json]:
    account = exchange.engine.account(call.now)
    rows: list[Json] = []
    for asset, haircut in account.haircuts.items():
        index, buffer = account.prices[asset], ONE - haircut
        rows.append(
            {
                "symbol": f"{asset.value}USD",
                "time": ms_of(call.now),
                "index": plain(index),
                "bidBuffer": plain(buffer),
                "askBuffer": plain(buffer),
                "bidRate": plain(index * haircut),
                "askRate": plain(index * (ONE + buffer)),
            }
        )
    return rows


def _collateral_rate(exchange: Exchange, call: Call) -> list[Json]:
    haircuts = exchange.engine.account(call.now).haircuts
    return [{"asset": asset.value, "collateralRate": plain(rate)} for asset, rate in haircuts.items()]


def _index_price(exchange: Exchange, call: Call) -> list[Json]:
    prices = exchange.engine.account(call.now).prices
    return [
        {"asset": asset.value, "assetIndexPrice": plain(price), "time": ms_of(call.now)}
        for asset, price in prices.items()
    ]


_ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/fapi/v1/assetIndex"): Route(_asset_index, PUBLIC, 10),
    ("GET", "/sapi/v1/portfolio/collateralRate"): Route(_collateral_rate, PUBLIC, 50),
    ("GET", "/sapi/v1/portfolio/asset-index-price"): Route(_index_price, PUBLIC, 1),
}


@contextmanager
def collateral_routes() -> Generator[None, None, None]:
    """Serve the three while the context lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for key, route in _ROUTES.items():
            patch.setitem(cast("dict[tuple[str, str], Route]", ROUTES), key, route)
        yield
