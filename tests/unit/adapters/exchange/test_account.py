"""An account out of the exchange's answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import pytest
from attrs import frozen
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange import endpoints
from ballast.adapters.exchange.account import read_account
from ballast.adapters.exchange.endpoints import Endpoint
from ballast.adapters.exchange.line import Line
from ballast.adapters.exchange.settings import Variant
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.venue import Position, VenueAccount

D = Decimal
RISK = {"symbol": "BTCUSDT", "positionAmt": "-0.5", "entryPrice": "70000.1", "unRealizedProfit": "500.05"}
MARKS = [
    {"symbol": f"{coin}USDT", "markPrice": mark, "indexPrice": index}
    for coin, mark, index in (
        ("BTC", "69000", "69001"),
        ("ETH", "2100", "2101"),
        ("SOL", "90", "91"),
        ("XRP", "1", "1"),
    )
]
SPOT = {"balances": [{"asset": "BTC", "free": "1.5", "locked": "0.25"}, {"asset": "BNB", "free": "3", "locked": "0"}]}
INDEX = [
    {"symbol": "BTCUSD", "index": "68990", "bidBuffer": "0.05"},
    {"symbol": "USDCUSD", "index": "0.9998", "bidBuffer": "0.0001"},
    {"symbol": "USDTUSD", "index": "1.0002", "bidBuffer": "0"},
]
COLLATERAL = ("BTC", "0.95", "68990"), ("USDC", "0.9999", "0.9998"), ("USDT", "1", "1.0002")
BOTH: dict[str, Any] = {endpoints.MARKS.call: MARKS, endpoints.SPOT_ACCOUNT.call: SPOT}
FUTURES: dict[str, Any] = BOTH | {
    endpoints.POSITIONS[Variant.FUTURES].call: [RISK],
    endpoints.ASSET_INDEX.call: INDEX,
    endpoints.FUTURES_ACCOUNT.call: {
        "totalMaintMargin": "172.5",
        "assets": [{"asset": "BTC", "walletBalance": "4"}, {"asset": "USDT", "walletBalance": "-12.5"}],
    },
}
PORTFOLIO: dict[str, Any] = BOTH | {
    endpoints.POSITIONS[Variant.PORTFOLIO].call: [RISK],
    endpoints.PORTFOLIO_ACCOUNT.call: {"accountMaintMargin": "172.5"},
    endpoints.PORTFOLIO_BALANCE.call: [
        {
            "asset": "BTC", "crossMarginAsset": "4.5", "crossMarginBorrowed": "0.75", "crossMarginInterest": "0.25",
            "umWalletBalance": "0.4", "cmWalletBalance": "0.1",
        },
        {
            "asset": "USDT", "crossMarginAsset": "0", "crossMarginBorrowed": "0", "crossMarginInterest": "0",
            "umWalletBalance": "-12.5", "cmWalletBalance": "0",
        },
    ],
    endpoints.COLLATERAL_RATE.call: [{"asset": name, "collateralRate": rate} for name, rate, _ in COLLATERAL],
    endpoints.COLLATERAL_PRICE.call: [{"asset": name, "assetIndexPrice": price} for name, _, price in COLLATERAL],
}  # fmt: skip


@frozen
class Answers:
    """A line that answers from a table."""

    table: Mapping[str, Any]

    def now(self) -> object:
        return NOON

    async def ask(self, endpoint: Endpoint) -> Any:
        return self.table[endpoint.call]


async def account(variant: Variant, table: Mapping[str, Any]) -> VenueAccount:
    return await read_account(cast("Line", Answers(table)), variant)


@pytest.mark.parametrize(("variant", "table"), [(Variant.FUTURES, FUTURES), (Variant.PORTFOLIO, PORTFOLIO)])
async def test_both_kinds_of_account_say_the_same_in_their_own_words(
    variant: Variant, table: Mapping[str, Any]
) -> None:
    found = await account(variant, table)
    assert found.margin == {BTC: D(4), USDC: D(0), USDT: D("-12.5")}
    assert found.haircuts == {BTC: D("0.95"), USDC: D("0.9999"), USDT: D(1)}
    assert found.maintenance_usd == D("172.5")
    assert found.time == NOON


async def test_a_spot_balance_counts_what_open_orders_lock() -> None:
    assert (await account(Variant.FUTURES, FUTURES)).spot == {BTC: D("1.75"), USDC: D(0), USDT: D(0)}


async def test_coins_are_priced_by_the_perpetuals_index_and_stables_by_the_collaterals() -> None:
    found = (await account(Variant.FUTURES, FUTURES)).prices
    assert found == {BTC: D(69_001), ETH: D(2_101), SOL: D(91), USDC: D("0.9998"), USDT: D("1.0002")}


async def test_every_perpetual_has_a_position_flat_or_not_at_its_mark() -> None:
    found = (await account(Variant.FUTURES, FUTURES)).positions
    assert found[BTC] == Position(D("-0.5"), D("70000.1"), D(69_000), D("500.05"))
    assert found[ETH] == Position(D(0), D(0), D(2_100), D(0))
    assert set(found) == {BTC, ETH, SOL}


async def test_a_position_we_know_nothing_of_is_no_answer() -> None:
    strange = FUTURES | {endpoints.POSITIONS[Variant.FUTURES].call: [RISK | {"symbol": "XRPUSDT"}]}
    with pytest.raises(InvalidInput, match="XRPUSDT"):
        await account(Variant.FUTURES, strange)


@pytest.mark.parametrize(
    ("variant", "table", "call"),
    [
        (Variant.FUTURES, FUTURES, endpoints.ASSET_INDEX.call),
        (Variant.PORTFOLIO, PORTFOLIO, endpoints.COLLATERAL_RATE.call),
        (Variant.PORTFOLIO, PORTFOLIO, endpoints.COLLATERAL_PRICE.call),
    ],
)
async def test_an_asset_whose_worth_is_missing_is_no_answer_and_not_worth_nothing(
    variant: Variant, table: Mapping[str, Any], call: str
) -> None:
    with pytest.raises(InvalidInput):
        await account(variant, {**table, call: table[call][1:]})


async def test_a_field_that_is_missing_is_named() -> None:
    empty: dict[str, Any] = {**FUTURES, endpoints.FUTURES_ACCOUNT.call: {"assets": []}}
    with pytest.raises(InvalidInput, match="totalMaintMargin"):
        await account(Variant.FUTURES, empty)
