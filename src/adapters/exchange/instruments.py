"""The exchange's markets as instruments, and our names for them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ballast.adapters.exchange.fields import number
from ballast.domain.execution.instrument import Instrument, Market
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE

_SUFFIXES = {"PERP": Market.PERP, "SPOT": Market.SPOT}
_SUFFIX_OF = {market: suffix for suffix, market in _SUFFIXES.items()}
_TRADING = "TRADING"


def venue_symbol(symbol: str) -> tuple[Market, str]:
    """Split our symbol into market and the exchange's own; raises InvalidInput for another form."""
    name, _, suffix = symbol.partition(":")
    if suffix not in _SUFFIXES or not name.isalnum():
        raise InvalidInput("symbol", "NAME:PERP or NAME:SPOT", repr(symbol))
    return _SUFFIXES[suffix], name


def our_symbol(market: Market, name: str) -> str:
    """Return our symbol of one of the exchange's."""
    return f"{name}:{_SUFFIX_OF[market]}"


def instruments(market: Market, info: Mapping[str, Any], symbols: Iterable[str]) -> dict[str, Instrument]:
    """Read the wanted markets that trade now out of an exchangeInfo; a halted one is left out.

    Raises InvalidInput naming what is missing.
    """
    wanted = {name: symbol for symbol in symbols for kind, name in [venue_symbol(symbol)] if kind is market}
    read = _perpetual if market is Market.PERP else _spot
    rows = (row for row in info["symbols"] if row["symbol"] in wanted and row["status"] == _TRADING)
    return {wanted[row["symbol"]]: read(row, wanted[row["symbol"]]) for row in rows}


def _perpetual(row: Mapping[str, Any], symbol: str) -> Instrument:
    filters = _filters(row)
    band = filters["PERCENT_PRICE"]
    fraction = _band(number(band, "multiplierUp"), number(band, "multiplierDown"))
    return _instrument(row, symbol, Market.PERP, number(filters["MIN_NOTIONAL"], "notional"), fraction)


def _spot(row: Mapping[str, Any], symbol: str) -> Instrument:
    filters = _filters(row)
    band = filters["PERCENT_PRICE_BY_SIDE"]
    fraction = _band(number(band, "bidMultiplierUp"), number(band, "askMultiplierDown"))
    return _instrument(row, symbol, Market.SPOT, number(filters["NOTIONAL"], "minNotional"), fraction)


def _instrument(
    row: Mapping[str, Any], symbol: str, market: Market, notional_min: Decimal, band_fraction: Decimal
) -> Instrument:
    filters = _filters(row)
    lot = filters["LOT_SIZE"]
    return Instrument(
        symbol=symbol,
        market=market,
        base=Asset.named(row["baseAsset"]),
        quote=Asset.named(row["quoteAsset"]),
        tick=number(filters["PRICE_FILTER"], "tickSize").normalize(),
        step=number(lot, "stepSize").normalize(),
        quantity_min=number(lot, "minQty").normalize(),
        quantity_max=number(lot, "maxQty").normalize(),
        notional_min=notional_min.normalize(),
        band_fraction=band_fraction,
    )


def _filters(row: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {entry["filterType"]: entry for entry in row["filters"]}


def _band(up: Decimal, down: Decimal) -> Decimal:
    """Return the distance from the reference price that is allowed on both sides."""
    return min(up - ONE, ONE - down)
