"""What else plain ccxt can read of the loopback exchange: prices, settings, fees, and pages of orders and trades."""

from decimal import Decimal
from typing import Any

import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, ETH_PERP, client, errors

from ballast.domain.kernel.asset import BTC, USDT

D = Decimal
BTC_PARAMS = {"symbol": "BTCUSDT"}


async def test_prices_come_for_one_symbol_or_for_all() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        for read, field, value in (
            (venue.fapipublic_get_ticker_price, "price", "70000"),
            (venue.fapipublic_get_ticker_bookticker, "bidPrice", "70000.0"),
            (venue.fapipublic_get_premiumindex, "markPrice", "70000"),
        ):
            one, every = await read(BTC_PARAMS), await read()
            assert one[field] == value
            assert [row["symbol"] for row in every] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
            assert every[0][field] == value
        with pytest.raises(errors.BaseError, match="-4021"):
            await venue.fapipublic_get_depth({"symbol": "BTCUSDT", "limit": 7})


async def test_both_versions_of_account_balance_and_positions_agree() -> None:
    async with loopback.exchange(margin={USDT: D(10_000), BTC: D(1)}) as (url, _), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "sell", 0.1)
        second, third = await venue.fapiprivatev2_get_account(), await venue.fapiprivatev3_get_account()
        assert len(second["positions"]) == 3
        (position,) = third["positions"]
        assert (position["symbol"], D(position["positionAmt"])) == ("BTCUSDT", D("-0.1"))
        assert [row["asset"] for row in third["assets"]] == ["BTC", "USDC", "USDT"]
        for name in ("totalMarginBalance", "totalMaintMargin", "availableBalance"):
            assert second[name] == third[name]
        balances = {row["asset"]: row for row in await venue.fapiprivatev3_get_balance()}
        assert {row["asset"]: row["walletBalance"] for row in third["assets"]} == {
            asset: row["balance"] for asset, row in balances.items()
        }
        risks = await venue.fapiprivatev2_get_positionrisk(BTC_PARAMS)
        assert [(row["positionAmt"], row["leverage"]) for row in risks] == [(position["positionAmt"], "10")]


async def test_fees_brackets_and_modes_are_told() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        assert (await venue.fetch_trading_fee(BTC_PERP))["taker"] == 0.0005
        (one,) = await venue.fapiprivate_get_leveragebracket(BTC_PARAMS)
        assert one["brackets"][0]["maintMarginRatio"] == "0.004"
        assert len(await venue.fapiprivate_get_leveragebracket()) == 3
        assert (await venue.fapiprivate_get_positionside_dual())["dualSidePosition"] is False
        assert (await venue.fapiprivate_get_multiassetsmargin())["multiAssetsMargin"] is True
        (spot,) = await venue.sapi_get_asset_tradefee({"symbol": "BTCUSDC"})
        assert D(spot["takerCommission"]) == D("0.001")


async def test_trades_and_orders_come_in_pages_that_neither_repeat_nor_lose() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        placed = [await venue.create_order(BTC_PERP, "market", "buy", 0.001 * number) for number in range(1, 8)]
        placed = [order for order in placed if order["filled"]]
        await venue.create_order(ETH_PERP, "market", "buy", 1)
        pages, first = list[Any](), 0
        while page := await venue.fapiprivate_get_usertrades({"symbol": "BTCUSDT", "fromId": first + 1, "limit": 3}):
            pages += page
            first = int(page[-1]["id"])
        assert [str(trade["orderId"]) for trade in pages] == [order["id"] for order in placed]
        (only,) = await venue.fapiprivate_get_usertrades({"symbol": "BTCUSDT", "orderId": placed[2]["id"]})
        assert str(only["orderId"]) == placed[2]["id"]
        newest = await venue.fapiprivate_get_allorders({"symbol": "BTCUSDT", "limit": 2})
        assert [str(row["orderId"]) for row in newest] == [order["id"] for order in placed[-2:]]
        onward = await venue.fapiprivate_get_allorders({"symbol": "BTCUSDT", "orderId": placed[3]["id"], "limit": 2})
        assert [str(row["orderId"]) for row in onward] == [order["id"] for order in placed[3:5]]
        with pytest.raises(errors.BaseError, match="-1102"):
            await venue.fapiprivate_get_usertrades()


async def test_an_order_is_known_in_its_own_market_only() -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True) as venue:
        order = await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)
        with pytest.raises(errors.OrderNotFound, match="-2013"):
            await venue.fetch_order(order["id"], ETH_PERP)
        with pytest.raises(errors.BadRequest, match="-1102"):
            await venue.fapiprivate_get_order(BTC_PARAMS)
        await venue.cancel_order(order["id"], BTC_PERP)
        with pytest.raises(errors.OrderNotFound, match="-2013"):
            await venue.edit_order(order["id"], BTC_PERP, "limit", "buy", 0.02, 69_000)
        # An order that never filled is forgotten after three days.
        control.jump(3 * 86_400 + 1)
        venue.options["adjustForTimeDifference"] = True
        await venue.load_time_difference()
        with pytest.raises(errors.OrderNotFound, match="-2013"):
            await venue.fetch_order(order["id"], BTC_PERP)


async def test_a_dear_market_order_stops_where_the_exchange_says_it_must() -> None:
    """The book reaches 20 bps: what it does not hold within the bound expires."""
    async with loopback.exchange(margin={USDT: D(90_000_000)}) as (url, control), client(url) as venue:
        depth = sum(size for _, size in (await venue.fetch_order_book(BTC_PERP, 1000))["asks"])
        control.change_filter("BTCUSDT:PERP", "MARKET_LOT_SIZE", {"maxQty": "100000"})
        order = await venue.create_order(BTC_PERP, "market", "buy", round(depth + 5, 3))
        assert order["status"] == "expired"
        assert order["filled"] == pytest.approx(depth, rel=0.2)
