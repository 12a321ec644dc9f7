"""Somebody else's client: ccxt as it comes, pointed at the loopback exchange. No code of ours is in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro  # type: ignore[import-untyped]  # ships no types
from tests.contract.loopback import KEY, SECRET, rewrite

# ccxt carries no types; Any says so to both checkers.
_LIBRARY: Any = ccxt.pro
errors: Any = ccxt
BTC_PERP, ETH_PERP, SOL_PERP = "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"


def _live_table(client: Any) -> None:
    """Let the client choose its error classes as it does at the live addresses (facts/binance.md section 1)."""
    tables = {"fapi": "linear", "papi": "portfolioMargin", "api": "spot", "sapi": "spot"}
    own = client.get_exceptions_by_url

    def by_path(url: str, kind: str) -> Any:
        family = url.split("/")[3]
        return client.exceptions[tables[family]].get(kind, {}) if family in tables else own(url, kind)

    client.get_exceptions_by_url = by_path


@asynccontextmanager
async def client(
    base_url: str, kind: str = "binanceusdm", *, live_errors: bool = False, key: str = KEY, **config: Any
) -> AsyncGenerator[Any, None]:
    """Open a ccxt client of an exchange, its markets loaded unless the key is wrong."""
    settings = {"apiKey": key, "secret": SECRET, "enableRateLimit": False} | config
    made = getattr(_LIBRARY, kind)(settings)
    made.urls["api"] = rewrite(made.urls["api"], base_url)
    made.has["fetchCurrencies"] = False
    if live_errors:
        _live_table(made)
    try:
        if settings["apiKey"] == KEY and settings["secret"] == SECRET:
            await made.load_markets()
        yield made
    finally:
        await made.close()
