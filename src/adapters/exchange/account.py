"""The account as one value: wallets, positions, prices and margin, read from several answers at nearly one moment."""

import asyncio
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from ballast.adapters.common.venue.holdings import HELD
from ballast.adapters.exchange.endpoints import (
    ASSET_INDEX,
    COLLATERAL_PRICE,
    COLLATERAL_RATE,
    FUTURES_ACCOUNT,
    MARKS,
    PORTFOLIO_ACCOUNT,
    PORTFOLIO_BALANCE,
    POSITIONS,
    SPOT_ACCOUNT,
)
from ballast.adapters.exchange.errors import reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.line import Line
from ballast.adapters.exchange.settings import Variant
from ballast.domain.kernel.asset import HEDGED, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE, ZERO
from ballast.ports.venue import Position, VenueAccount

Rows = Iterable[Mapping[str, Any]]
_COINS = {f"{coin.value}USDT": coin for coin in HEDGED}


@frozen
class Margin:
    """What the two kinds of account say in different words: balances, what counts of them, prices, maintenance."""

    balances: Mapping[Asset, Decimal]
    haircuts: Mapping[Asset, Decimal]
    prices: Mapping[Asset, Decimal]
    maintenance_usd: Decimal


async def read_account(line: Line, variant: Variant) -> VenueAccount:
    """Read the whole account; raises Unreachable when one of the answers is missing."""
    margin_of = _futures if variant is Variant.FUTURES else _portfolio
    with reading():
        margin, risks, marks, spot = await asyncio.gather(
            margin_of(line), line.ask(POSITIONS[variant]), line.ask(MARKS), line.ask(SPOT_ACCOUNT)
        )
        coins = {_COINS[row["symbol"]]: row for row in marks if row["symbol"] in _COINS}
        return VenueAccount(
            time=line.now(),
            spot=_spot(spot["balances"]),
            margin=margin.balances,
            haircuts=margin.haircuts,
            prices={**margin.prices, **{coin: number(row, "indexPrice") for coin, row in coins.items()}},
            positions=_positions(risks, {coin: number(row, "markPrice") for coin, row in coins.items()}),
            maintenance_usd=margin.maintenance_usd,
        )


async def _futures(line: Line) -> Margin:
    account, indices = await asyncio.gather(line.ask(FUTURES_ACCOUNT), line.ask(ASSET_INDEX))
    balances = {row["asset"]: number(row, "walletBalance") for row in account["assets"]}
    known = {row["symbol"]: row for row in indices}
    # The index of an asset is quoted as BTCUSD; what counts as collateral is bought from us at the bid buffer.
    rows = {asset: known[f"{asset.value}USD"] for asset in HELD}
    return Margin(
        balances={asset: balances.get(asset.value, ZERO) for asset in HELD},
        haircuts={asset: ONE - number(row, "bidBuffer") for asset, row in rows.items()},
        prices={asset: number(row, "index") for asset, row in rows.items()},
        maintenance_usd=number(account, "totalMaintMargin"),
    )


async def _portfolio(line: Line) -> Margin:
    """Net a portfolio account as facts/binance.md section 11 does: margin asset less loan plus futures balance."""
    account, balances, rates, prices = await asyncio.gather(
        line.ask(PORTFOLIO_ACCOUNT), line.ask(PORTFOLIO_BALANCE), line.ask(COLLATERAL_RATE), line.ask(COLLATERAL_PRICE)
    )
    return Margin(
        balances=_by_asset({row["asset"]: _net(row) for row in balances}, needed=False),
        haircuts=_by_asset({row["asset"]: number(row, "collateralRate") for row in rates}, needed=True),
        prices=_by_asset({row["asset"]: number(row, "assetIndexPrice") for row in prices}, needed=True),
        maintenance_usd=number(account, "accountMaintMargin"),
    )


def _net(row: Mapping[str, Any]) -> Decimal:
    owned = number(row, "crossMarginAsset") + number(row, "umWalletBalance") + number(row, "cmWalletBalance")
    return owned - number(row, "crossMarginBorrowed") - number(row, "crossMarginInterest")


def _by_asset(found: Mapping[str, Decimal], *, needed: bool) -> dict[Asset, Decimal]:
    """Pick the assets we hold; raises InvalidInput for one that is needed and not there."""
    for asset in HELD:
        if needed and asset.value not in found:
            raise InvalidInput("the exchange's collateral", asset.value, ", ".join(found) or "nothing")
    return {asset: found.get(asset.value, ZERO) for asset in HELD}


def _spot(rows: Rows) -> dict[Asset, Decimal]:
    found = {row["asset"]: number(row, "free") + number(row, "locked") for row in rows}
    return _by_asset(found, needed=False)


def _positions(rows: Rows, marks: Mapping[Asset, Decimal]) -> dict[Asset, Position]:
    """Return a position per coin; the exchange lists only those that are open."""
    positions = {coin: Position(ZERO, ZERO, mark, ZERO) for coin, mark in marks.items()}
    for row in rows:
        coin = _COINS.get(row["symbol"])
        if coin is None:
            raise InvalidInput("positions", "only perpetuals we trade", str(row["symbol"]))
        quantity, entry = number(row, "positionAmt"), number(row, "entryPrice")
        if quantity:
            positions[coin] = Position(quantity, entry, marks[coin], number(row, "unRealizedProfit"))
    return positions
