"""The exchange's own description of its markets (exchangeInfo) as instruments."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import frozen

from ballast.domain.execution.instrument import Instrument, Market
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE, ZERO, parse_decimal


@frozen
class Listing:
    """One market with the rules that are not an order's: decimals the exchange reads, and its fee for a liquidation.

    `price_places` and `quantity_places` are decimals (0..18) beyond which a number is refused before the grid is
    looked at; `liquidation_fee` is a fraction of the notional, 0 on spot.
    """

    instrument: Instrument
    price_places: int
    quantity_places: int
    liquidation_fee: Decimal


# Our symbol -> (the exchange's record, base, quote). Nothing of BTCUSDC spot was recorded: it takes BTCUSDT's filters.
PERPETUALS: Mapping[str, tuple[str, Asset, Asset]] = {
    "BTCUSDT:PERP": ("BTCUSDT", BTC, USDT),
    "ETHUSDT:PERP": ("ETHUSDT", ETH, USDT),
    "SOLUSDT:PERP": ("SOLUSDT", SOL, USDT),
}
SPOT: Mapping[str, tuple[str, Asset, Asset]] = {
    "BTCUSDT:SPOT": ("BTCUSDT", BTC, USDT),
    "BTCUSDC:SPOT": ("BTCUSDT", BTC, USDC),
}


def read_listings(usdm: Path, spot: Path) -> dict[str, Listing]:
    """Read both exchangeInfo files; raises InvalidInput naming file, market and field of what is missing."""
    perpetuals, spots = _symbols(usdm), _symbols(spot)
    listings = {
        name: _perpetual(_Record(usdm.name, record, perpetuals), name, base, quote)
        for name, (record, base, quote) in PERPETUALS.items()
    }
    for name, (record, base, quote) in SPOT.items():
        listings[name] = _spot(_Record(spot.name, record, spots), name, base, quote)
    return listings


def read_listing(symbol: str, record: Mapping[str, Any], source: str) -> Listing:
    """Read one market's record of exchangeInfo under our symbol; raises InvalidInput naming the field missing."""
    name: str = record["symbol"]
    read, markets = (_perpetual, PERPETUALS) if symbol in PERPETUALS else (_spot, SPOT)
    _, base, quote = markets[symbol]
    return read(_Record(source, name, {name: record}), symbol, base, quote)


class _Record:
    """One market's record, read field by field."""

    def __init__(self, file: str, symbol: str, records: Mapping[str, Mapping[str, Any]]) -> None:
        self._where = f"{file} {symbol}"
        if symbol not in records:
            raise InvalidInput(self._where, "a record of this market", "none")
        self._record = records[symbol]
        self._filters = {entry["filterType"]: entry for entry in self._record["filters"]}

    def field(self, name: str) -> Decimal:
        if name not in self._record:
            raise InvalidInput(f"{self._where} {name}", "a number", "nothing")
        return parse_decimal(str(self._record[name]), f"{self._where} {name}")

    def filter(self, kind: str, name: str) -> Decimal:
        where = f"{self._where} {kind}.{name}"
        if name not in self._filters.get(kind, {}):
            raise InvalidInput(where, "a number", "nothing")
        return parse_decimal(str(self._filters[kind][name]), where).normalize()


def _symbols(path: Path) -> dict[str, Mapping[str, Any]]:
    try:
        records: list[Mapping[str, Any]] = json.loads(path.read_text())["symbols"]
        return {record["symbol"]: record for record in records}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(path.name, 'JSON with "symbols", each with its "symbol"', repr(error)) from error


def _perpetual(record: _Record, symbol: str, base: Asset, quote: Asset) -> Listing:
    instrument = Instrument(
        symbol=symbol,
        market=Market.PERP,
        base=base,
        quote=quote,
        tick=record.filter("PRICE_FILTER", "tickSize"),
        step=record.filter("LOT_SIZE", "stepSize"),
        quantity_min=record.filter("LOT_SIZE", "minQty"),
        quantity_max=record.filter("LOT_SIZE", "maxQty"),
        notional_min=record.filter("MIN_NOTIONAL", "notional"),
        band_fraction=_band(
            record.filter("PERCENT_PRICE", "multiplierUp"), record.filter("PERCENT_PRICE", "multiplierDown")
        ),
    )
    places = int(record.field("pricePrecision")), int(record.field("quantityPrecision"))
    return Listing(instrument, *places, record.field("liquidationFee"))


def _spot(record: _Record, symbol: str, base: Asset, quote: Asset) -> Listing:
    kind = "PERCENT_PRICE_BY_SIDE"
    instrument = Instrument(
        symbol=symbol,
        market=Market.SPOT,
        base=base,
        quote=quote,
        tick=record.filter("PRICE_FILTER", "tickSize"),
        step=record.filter("LOT_SIZE", "stepSize"),
        quantity_min=record.filter("LOT_SIZE", "minQty"),
        quantity_max=record.filter("LOT_SIZE", "maxQty"),
        notional_min=record.filter("NOTIONAL", "minNotional"),
        band_fraction=_band(record.filter(kind, "bidMultiplierUp"), record.filter(kind, "askMultiplierDown")),
    )
    places = int(record.field("quotePrecision")), int(record.field("baseAssetPrecision"))
    return Listing(instrument, *places, ZERO)


def _band(up: Decimal, down: Decimal) -> Decimal:
    """Return the distance from the reference price that is allowed on both sides."""
    return min(up - ONE, ONE - down)
