"""Plain ccxt trades on the loopback exchange over REST: facts/binance.md sections 1 to 11, seen from outside."""

from decimal import Decimal
from random import Random  # noqa: TID251  # one seeded source of a test's chance
from typing import Any

import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, ETH_PERP, SOL_PERP, client, errors

from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDT

D = Decimal
ID = {"clientOrderId": "ours-1"}
PM = {"portfolioMargin": True}


async def test_the_markets_carry_the_recorded_filters() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        assert set(venue.markets) == {BTC_PERP, ETH_PERP, SOL_PERP}
        btc = venue.market(BTC_PERP)
        assert btc["precision"] == {"amount": 0.001, "price": 0.1, "base": 1e-8, "quote": 1e-8}
        assert btc["limits"]["cost"]["min"] == 50


async def test_a_market_order_pays_the_book_and_the_taker_fee() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        ask = (await venue.fetch_order_book(BTC_PERP, 5))["asks"][0][0]
        order = await venue.create_order(BTC_PERP, "market", "buy", 0.1, None, ID)
        assert (order["status"], order["filled"], order["average"]) == ("closed", 0.1, ask)
        (trade,) = await venue.fetch_my_trades(BTC_PERP)
        assert trade["order"] == order["id"]
        assert trade["takerOrMaker"] == "taker"
        assert D(trade["info"]["commission"]) == D("0.1") * D(str(ask)) * D("0.0005")
        (position,) = await venue.fetch_positions()
        assert (position["contracts"], position["side"]) == (0.1, "long")


async def test_an_order_rests_is_modified_found_by_our_id_and_cancelled() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        placed = await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000, {"postOnly": True} | ID)
        assert (placed["status"], placed["timeInForce"]) == ("open", "PO")
        changed = await venue.edit_order(placed["id"], BTC_PERP, "limit", "buy", 0.02, 69_100)
        assert (changed["id"], changed["amount"], changed["price"]) == (placed["id"], 0.02, 69_100)
        with pytest.raises(errors.ExchangeError, match="-5027"):
            await venue.edit_order(placed["id"], BTC_PERP, "limit", "buy", 0.02, 69_100)
        assert (await venue.fetch_order(None, BTC_PERP, ID))["id"] == placed["id"]
        assert [each["id"] for each in await venue.fetch_open_orders(BTC_PERP)] == [placed["id"]]
        assert (await venue.cancel_order(None, BTC_PERP, ID))["status"] == "canceled"
        with pytest.raises(errors.OrderNotFound):
            await venue.cancel_order(None, BTC_PERP, ID)


async def test_a_partly_filled_immediate_order_ends_expired_with_its_fill() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        best, size = (await venue.fetch_order_book(BTC_PERP, 5))["asks"][0]
        order = await venue.create_order(BTC_PERP, "limit", "buy", round(size + 0.5, 3), best, {"timeInForce": "IOC"})
        assert order["status"] == "expired"
        assert 0 < order["filled"] < order["amount"]
        assert sum(trade["amount"] for trade in await venue.fetch_my_trades(BTC_PERP)) == order["filled"]


async def test_fill_or_kill_fills_whole_or_is_refused() -> None:
    async with loopback.exchange() as (url, _), client(url, live_errors=True) as venue:
        best, size = (await venue.fetch_order_book(BTC_PERP, 5))["asks"][0]
        with pytest.raises(errors.OrderNotFillable, match="-5021"):
            await venue.create_order(BTC_PERP, "limit", "buy", round(size + 1, 3), best, {"timeInForce": "FOK"})
        whole = await venue.create_order(BTC_PERP, "limit", "buy", 0.01, best, {"timeInForce": "FOK"})
        assert (whole["status"], whole["filled"]) == ("closed", 0.01)


@pytest.mark.parametrize("expires", [False, True])
async def test_a_post_only_order_that_would_take_is_refused_or_expires(*, expires: bool) -> None:
    venue_settings = VenueSettings(post_only_expires=expires)
    async with loopback.exchange(venue=venue_settings) as (url, _), client(url, live_errors=True) as venue:
        ask = (await venue.fetch_order_book(BTC_PERP, 5))["asks"][0][0]
        if expires:
            order = await venue.create_order(BTC_PERP, "limit", "buy", 0.01, ask, {"postOnly": True})
            assert (order["status"], order["filled"]) == ("expired", 0)
        else:
            with pytest.raises(errors.OrderImmediatelyFillable, match="-5022"):
                await venue.create_order(BTC_PERP, "limit", "buy", 0.01, ask, {"postOnly": True})


async def test_an_id_is_unique_among_open_orders_only_and_the_newest_is_found() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        first = await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000, ID)
        with pytest.raises(errors.ExchangeError, match="-4116"):
            await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000, ID)
        await venue.cancel_order(first["id"], BTC_PERP)
        second = await venue.create_order(BTC_PERP, "market", "buy", 0.02, None, ID)
        assert (await venue.fetch_order(None, BTC_PERP, ID))["id"] == second["id"] != first["id"]
        assert (await venue.fetch_order(first["id"], BTC_PERP))["status"] == "canceled"
        assert control.accepted("ours-1") == 2
        assert control.truth()["repeated_ids"] == 1


async def test_reduce_only_closes_and_never_opens() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "sell", 0.1)
        closing = {"reduceOnly": True}
        with pytest.raises(errors.ExchangeError, match="-2022"):
            await venue.create_order(BTC_PERP, "market", "buy", 0.2, None, closing)
        # 7 dollars: below the minimum notional, which reduce-only orders are free of.
        assert (await venue.create_order(BTC_PERP, "market", "buy", 0.001, None, closing))["filled"] == 0.001
        await venue.create_order(BTC_PERP, "market", "buy", 0.099, None, closing)
        assert await venue.fetch_positions() == []


REFUSALS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("-1121", "ExchangeError", "BadSymbol", {"symbol": "XVGUSDT"}),
    ("-1117", "ExchangeError", "BadRequest", {"side": "BOTH"}),
    ("-1116", "ExchangeError", "BadRequest", {"type": "BRACKET"}),
    ("-1115", "ExchangeError", "BadRequest", {"timeInForce": "DAY"}),
    ("-1102", "ExchangeError", "BadRequest", {"price": ""}),
    ("-1111", "ExchangeError", "BadRequest", {"price": "69000.123"}),
    ("-4014", "ExchangeError", "InvalidOrder", {"price": "69000.05"}),
    ("-4003", "ExchangeError", "BadRequest", {"quantity": "0"}),
    ("-4004", "ExchangeError", "BadRequest", {"quantity": "0.000"}),
    ("-4005", "ExchangeError", "InvalidOrder", {"quantity": "1001"}),
    ("-4016", "ExchangeError", "InvalidOrder", {"price": "74000"}),
    ("-4164", "ExchangeError", "InvalidOrder", {"quantity": "0.001", "price": "45000"}),
    ("-2019", "ExchangeError", "InsufficientFunds", {"quantity": "500"}),
    ("-2022", "ExchangeError", "InvalidOrder", {"reduceOnly": "true"}),
    ("-4015", "ExchangeError", "BadRequest", {"newClientOrderId": "x" * 37}),
    ("-4061", "ExchangeError", "BadRequest", {"positionSide": "LONG"}),
    ("-4120", "ExchangeError", "BadRequest", {"type": "STOP_MARKET"}),
    ("-1106", "ExchangeError", "BadRequest", {"type": "MARKET"}),
]


async def test_every_refusal_carries_the_exchanges_code() -> None:
    good = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01",
        "price": "69000",
    }
    async with loopback.exchange() as (url, control), client(url) as venue:
        for code, _, _, change in REFUSALS:
            expected = "-4003" if code == "-4004" else code
            with pytest.raises(errors.BaseError, match=expected):
                await venue.fapiprivate_post_order(good | change)
        assert control.truth()["positions"]["BTC"] == "0"
        assert await venue.fetch_open_orders(BTC_PERP) == []


# Which class ccxt makes of a code, at this address and (with the live table) at the live one: facts section 1.
CLASSES = [
    ("-2019", "ExchangeError", "InsufficientFunds", 400),
    ("-2022", "ExchangeError", "InvalidOrder", 400),
    ("-4164", "ExchangeError", "InvalidOrder", 400),
    ("-4116", "ExchangeError", "InvalidOrder", 400),
    ("-5022", "InvalidOrder", "OrderNotFillable", 400),
    ("-1008", "ExchangeError", "OperationFailed", 503),
    ("-1021", "InvalidNonce", "InvalidNonce", 400),
    ("-2010", "InvalidOrder", "InvalidOrder", 400),
    ("-2011", "OrderNotFound", "OrderNotFound", 400),
    ("-2013", "OrderNotFound", "OrderNotFound", 400),
    ("-1007", "RequestTimeout", "RequestTimeout", 408),
]
