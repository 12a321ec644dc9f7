"""What the exchange lists: exchangeInfo of both families, and the rules an engine reads from it."""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ballast.adapters.common.venue.listing import PERPETUALS, SPOT, Listing, read_listing
from ballast.adapters.simulator.exchange.wire import Json, Rejection, ms_of, plain
from ballast.adapters.simulator.venue.recorded import SPOT_INFO, USDM_INFO
from ballast.adapters.simulator.venue.settings import Bracket, Brackets
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput, NotKnown
from ballast.domain.kernel.number import ONE, ROUND_FLOOR, ZERO, divide

TRADING, HALTED = "TRADING", "BREAK"


class Markets:
    """The recorded answers of exchangeInfo, cut to what the engine trades; changes to them change the rules.

    Symbols are the exchange's own ("BTCUSDT") together with their market, or ours ("BTCUSDT:PERP").
    """

    def __init__(self, data: Path) -> None:
        self._infos = {
            Market.PERP: _info(data / USDM_INFO, PERPETUALS),
            Market.SPOT: _info(data / SPOT_INFO, SPOT),
        }
        self._records: dict[str, Json] = {
            our_symbol(market, record["symbol"]): record
            for market, info in self._infos.items()
            for record in info["symbols"]
        }
        self._listings = {symbol: read_listing(symbol, record, symbol) for symbol, record in self._records.items()}

    def info(self, market: Market, now: datetime) -> Json:
        """Return the answer of exchangeInfo."""
        return self._infos[market] | {"serverTime": ms_of(now)}

    def find(self, market: Market, symbol: str) -> Listing:
        """Return a market by the exchange's symbol; raises Rejection -1121."""
        found = self._listings.get(our_symbol(market, symbol))
        if found is None:
            raise Rejection(-1121, "invalid symbol")
        return found

    def listing(self, our: str) -> Listing:
        """Return a market by our symbol; raises NotKnown."""
        if our not in self._listings:
            raise NotKnown("symbol", our)
        return self._listings[our]

    def of_market(self, market: Market) -> tuple[Listing, ...]:
        """Return every listing of a market."""
        return tuple(each for each in self._listings.values() if each.instrument.market is market)

    def is_trading(self, our: str) -> bool:
        """Say whether a market takes orders."""
        return bool(self._records[our]["status"] == TRADING)

    def set_trading(self, our: str, *, trading: bool) -> None:
        """Stop or resume a market; raises NotKnown."""
        self._record(our)["status"] = TRADING if trading else HALTED

    def change_filter(self, our: str, kind: str, values: Mapping[str, str]) -> Listing:
        """Change fields of a filter and return the new rules; raises NotKnown, or InvalidInput, nothing changed."""
        changed = deepcopy(self._record(our))
        for entry in changed["filters"]:
            if entry["filterType"] == kind and set(values) <= set(entry):
                entry.update(values)
                break
        else:
            raise InvalidInput("filter", f"a filter of {our} with its fields", f"{kind} {', '.join(values)}")
        listing = read_listing(our, changed, our)
        self._records[our].update(changed)
        self._listings[our] = listing
        return listing

    def market_quantity_max(self, our: str) -> Decimal:
        """Return what a market order may ask at most, in base units."""
        return next(
            Decimal(entry["maxQty"])
            for entry in self._records[our]["filters"]
            if entry["filterType"] == "MARKET_LOT_SIZE"
        )

    def take_bound(self, our: str) -> Decimal:
        """Return how far from the mark a market order may fill, as a fraction; spot has no such rule."""
        return Decimal(self._records[our].get("marketTakeBound", "1"))

    def _record(self, our: str) -> Json:
        if our not in self._records:
            raise NotKnown("symbol", our)
        return self._records[our]


def our_symbol(market: Market, symbol: str) -> str:
    """Return our name of an exchange's market."""
    return f"{symbol}:{market.name}"


def wire_symbol(our: str) -> str:
    """Return the exchange's name of one of our symbols."""
    return our.partition(":")[0]


def leverage_max(bracket: Bracket) -> int:
    """Return a bracket's highest leverage: half the inverse of its ratio, because the recorded files leave it out."""
    return max(1, int(divide(ONE, 2 * bracket.ratio, 0, ROUND_FLOOR)))


def bracket_rows(brackets: Brackets, coin: Asset) -> list[Json]:
    """Return a coin's brackets as leverageBracket lists them."""
    floor, rows = ZERO, list[Json]()
    for number, bracket in enumerate(brackets[coin], start=1):
        rows.append(
            {
                "bracket": number,
                "initialLeverage": leverage_max(bracket),
                "notionalCap": int(bracket.cap_usd),
                "notionalFloor": int(floor),
                "maintMarginRatio": plain(bracket.ratio),
                "cum": plain(bracket.cumulative_usd),
            }
        )
        floor = bracket.cap_usd
    return rows


def notional_max(brackets: Brackets, coin: Asset, leverage: Decimal) -> Decimal:
    """Return the largest position (USDT) a leverage allows; raises Rejection -4028 for one no bracket has."""
    caps = [bracket.cap_usd for bracket in brackets[coin] if leverage_max(bracket) >= leverage]
    if not caps or leverage < 1:
        raise Rejection(-4028, "leverage is not valid")
    return caps[-1]


def _info(path: Path, wanted: Mapping[str, tuple[str, Asset, Asset]]) -> Json:
    content: dict[str, Any] = json.loads(path.read_text())
    records = {record["symbol"]: record for record in content["symbols"]}
    content["symbols"] = [_named(records[source], quote, our) for our, (source, _, quote) in wanted.items()]
    return content


def _named(record: Json, quote: Asset, our: str) -> Json:
    """Return a record as that of another market with the same rules."""
    named = deepcopy(record)
    return named | {"symbol": wire_symbol(our), "quoteAsset": quote.value}
