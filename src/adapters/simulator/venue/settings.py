"""What the simulated exchange charges and allows."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import Factory, frozen

from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.asset import BTC, HEDGED, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE, parse_decimal


@frozen
class Fees:
    """What a trade costs, of its value."""

    taker: Bps
    maker: Bps


@frozen
class Bracket:
    """Maintenance margin of a position up to `cap_usd`: its whole notional x `ratio` - `cumulative_usd`."""

    cap_usd: Decimal
    ratio: Decimal
    cumulative_usd: Decimal


# Binance's regular tier; the network fees are of the order the exchange shows, chosen round.
_FEES = {
    Market.PERP: Fees(Bps(Decimal(5)), Bps(Decimal(2))),
    Market.SPOT: Fees(Bps(Decimal(10)), Bps(Decimal(10))),
}
_WITHDRAWAL_FEES = {BTC: Decimal("0.0001"), USDC: ONE}
_HAIRCUTS = {BTC: Decimal("0.95"), USDC: Decimal("0.9999"), USDT: ONE}


@frozen
class VenueSettings:
    """The exchange's own numbers.

    `haircuts` (0..1] is what counts of an asset as collateral; `withdrawal_fees` in the asset itself, an absent asset
    cannot be withdrawn; `leverage` (>= 1) sets the initial margin; `refill_s` (> 0) is how long a book needs to come
    back; `queue_s` (> 0) is how long the displayed size at the best price takes to trade; `noise_fraction` [0, 1).
    `post_only_expires`: a post-only order that would take is accepted and expires, instead of being refused; the
    exchange does either.
    """

    fees: Mapping[Market, Fees] = Factory(lambda: _FEES)
    haircuts: Mapping[Asset, Decimal] = Factory(lambda: _HAIRCUTS)
    withdrawal_fees: Mapping[Asset, Decimal] = Factory(lambda: _WITHDRAWAL_FEES)
    leverage: Decimal = Decimal(10)
    open_orders_max: int = 200
    refill_s: int = 10
    queue_s: int = 30
    noise_fraction: Decimal = Decimal("0.1")
    post_only_expires: bool = False


Brackets = Mapping[Asset, tuple[Bracket, ...]]


def read_brackets(path: Path) -> dict[Asset, tuple[Bracket, ...]]:
    """Read the maintenance brackets by coin; raises InvalidInput naming file, coin and field for what is not there."""
    try:
        content: Mapping[str, list[Mapping[str, Any]]] = json.loads(path.read_text())
        rows = {coin: content[f"{coin.value}USDT"] for coin in HEDGED}
        return {coin: tuple(_bracket(f"{path.name} {coin.value}", row) for row in rows[coin]) for coin in HEDGED}
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(path.name, "JSON with the brackets of BTCUSDT, ETHUSDT and SOLUSDT", repr(error)) from error


def _bracket(where: str, row: Mapping[str, Any]) -> Bracket:
    cap, ratio, cumulative = (
        parse_decimal(str(row[name]), f"{where} {name}") for name in ("notionalCap", "maintMarginRatio", "cum")
    )
    return Bracket(cap, ratio, cumulative)
