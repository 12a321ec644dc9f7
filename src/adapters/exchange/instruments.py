"""The exchange's markets as instruments, and our names for them."""

from collections.abc import Mapping
from typing import Any

from ballast.adapters.common.venue.listing import PERPETUALS, SPOT, read_listing
from ballast.domain.execution.instrument import Instrument, Market
from ballast.domain.kernel.errors import InvalidInput

_SUFFIXES = {"PERP": Market.PERP, "SPOT": Market.SPOT}
_WANTED = {Market.PERP: PERPETUALS, Market.SPOT: SPOT}
_TRADING = "TRADING"


def venue_symbol(symbol: str) -> tuple[Market, str]:
    """Split our symbol into market and the exchange's own; raises InvalidInput for another form."""
    name, _, suffix = symbol.partition(":")
    if suffix not in _SUFFIXES or not name.isalnum():
        raise InvalidInput("symbol", "NAME:PERP or NAME:SPOT", repr(symbol))
    return _SUFFIXES[suffix], name


def our_symbol(market: Market, name: str) -> str:
    """Return our symbol of one of the exchange's."""
    return f"{name}:{market.name}"


def read_instruments(market: Market, info: Mapping[str, Any]) -> dict[str, Instrument]:
    """Read the markets we trade out of an exchangeInfo; one that does not trade now is left out.

    Raises InvalidInput naming market and field of what is missing.
    """
    rows = {row["symbol"]: row for row in info["symbols"]}
    wanted = ((symbol, rows.get(venue_symbol(symbol)[1])) for symbol in _WANTED[market])
    return {
        symbol: read_listing(symbol, row, "exchangeInfo").instrument
        for symbol, row in wanted
        if row is not None and row["status"] == _TRADING
    }
