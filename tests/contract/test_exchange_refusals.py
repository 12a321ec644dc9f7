"""What the loopback exchange says no to, and what plain ccxt makes of it: facts/binance.md sections 1, 4 and 5."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, client, errors
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.exchange.faults import Answer, Fault

ORDER: Mapping[str, str] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "69000",
}
# The exchange's code, what is wrong with an order, and the class ccxt has for the code at the live address.
REFUSALS: list[tuple[str, Mapping[str, str], str]] = [
    ("-1121", {"symbol": "XVGUSDT"}, "BadSymbol"),
    ("-1117", {"side": "BOTH"}, "BadRequest"),
    ("-1116", {"type": "BRACKET"}, "BadRequest"),
    ("-1115", {"timeInForce": "DAY"}, "BadRequest"),
    ("-1102", {"price": ""}, "BadRequest"),
    ("-1102", {"quantity": "many"}, "BadRequest"),
    ("-1106", {"type": "MARKET"}, "BadRequest"),
    ("-1111", {"price": "69000.123"}, "BadRequest"),
    ("-4014", {"price": "69000.05"}, "BadRequest"),
    ("-4003", {"quantity": "0"}, "BadRequest"),
    ("-4005", {"quantity": "1001"}, "BadRequest"),
    ("-4016", {"price": "74000"}, "BadRequest"),
    ("-4024", {"price": "66000", "side": "SELL"}, "BadRequest"),
    ("-4164", {"quantity": "0.001", "price": "45000"}, "InvalidOrder"),
    ("-2019", {"quantity": "500"}, "InsufficientFunds"),
    ("-2022", {"reduceOnly": "true"}, "InvalidOrder"),
    ("-4015", {"newClientOrderId": "x" * 37}, "BadRequest"),
    ("-4061", {"positionSide": "LONG"}, "OperationRejected"),
    ("-4120", {"type": "STOP_MARKET"}, "InvalidOrder"),
]


async def test_every_refused_order_carries_its_code_and_changes_nothing() -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True) as venue:
        for code, change, name in REFUSALS:
            with pytest.raises(getattr(errors, name), match=f'"code":{code},'):
                await venue.fapiprivate_post_order({**ORDER, **change})
        assert control.truth()["positions"]["BTC"] == "0"
        assert await venue.fetch_open_orders(BTC_PERP) == []


# Section 1's table: code, HTTP status, ccxt's class at this address and at the live one.
CLASSES: list[tuple[int, int, str, str]] = [
    (-2019, 400, "ExchangeError", "InsufficientFunds"),
    (-2022, 400, "ExchangeError", "InvalidOrder"),
    (-4164, 400, "ExchangeError", "InvalidOrder"),
    (-4116, 400, "ExchangeError", "InvalidOrder"),
    (-5022, 400, "InvalidOrder", "OrderNotFillable"),
    (-1008, 503, "ExchangeError", "OperationFailed"),
    (-1021, 400, "InvalidNonce", "InvalidNonce"),
    (-2010, 400, "InvalidOrder", "InvalidOrder"),
    (-2011, 400, "OrderNotFound", "OrderNotFound"),
    (-2013, 400, "OrderNotFound", "OrderNotFound"),
    (-1007, 408, "RequestTimeout", "RequestTimeout"),
    (-1003, 429, "DDoSProtection", "DDoSProtection"),
    (-1003, 418, "DDoSProtection", "DDoSProtection"),
]


@pytest.mark.parametrize("live", [False, True])
async def test_the_class_of_an_error_depends_on_the_address_as_the_facts_say(*, live: bool) -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=live) as venue:
        for code, status, here, there in CLASSES:
            control.plan(Fault(path="/fapi/v1/order", answer=Answer.ERROR, status=status, code=code, booked=False))
            with pytest.raises(errors.BaseError) as caught:
                await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)
            assert caught.type.__name__ == (there if live else here), code


async def test_a_request_is_refused_without_the_right_key_signature_or_time() -> None:
    async with loopback.exchange() as (url, control):
        async with client(url, key="otherkey") as stranger:
            with pytest.raises(errors.AuthenticationError, match="-2015"):
                await stranger.fapiprivatev3_get_account()
        async with client(url, key="no key!") as stranger:
            with pytest.raises(errors.AuthenticationError, match="-2014"):
                await stranger.fapiprivatev3_get_account()
        async with client(url, secret=loopback.SECRET[:-1]) as stranger:
            with pytest.raises(errors.AuthenticationError, match="-1022"):
                await stranger.fapiprivatev3_get_account()
        async with client(url) as venue:
            for offset_ms in (60_000, -2_000):
                control.set_clock_offset(offset_ms)
                with pytest.raises(errors.InvalidNonce, match="-1021"):
                    await venue.fetch_balance()
            await venue.load_time_difference()
            venue.options["adjustForTimeDifference"] = True
            assert (await venue.fetch_balance())["USDT"]["total"] == 100_000


async def test_weight_is_counted_in_headers_refused_at_the_limit_and_then_banned() -> None:
    async with loopback.exchange(clock=MemoryClock(NOON)) as (url, control), client(url) as venue:
        control.jump(60)
        await venue.fetch_order_book(BTC_PERP)
        assert venue.last_response_headers["x-mbx-used-weight-1m"] == "20"
        control.limit("fapi", 40)
        await venue.fetch_order_book(BTC_PERP)
        for _ in range(10):
            with pytest.raises(errors.DDoSProtection, match="429"):
                await venue.fetch_order_book(BTC_PERP)
        assert venue.last_response_headers["Retry-After"] == "60"
        for _ in range(2):
            with pytest.raises(errors.DDoSProtection):
                await venue.fetch_order_book(BTC_PERP)
        with pytest.raises(errors.DDoSProtection, match="418"):
            await venue.fetch_time()
        assert venue.last_response_headers["Retry-After"] == "120"
        control.jump(121)
        assert (await venue.fetch_order_book(BTC_PERP))["bids"]


async def test_orders_are_counted_for_the_account_apart_from_weight() -> None:
    async with loopback.exchange(clock=MemoryClock(NOON)) as (url, control), client(url, live_errors=True) as venue:
        venue.options["adjustForTimeDifference"] = True
        await venue.load_time_difference()
        await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)
        assert venue.last_response_headers["x-mbx-order-count-10s"] == "1"
        control.exchange.limits.orders["fapi"]["10s"].limit = 1
        with pytest.raises(errors.DDoSProtection, match="-1015"):
            await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)
        # Cancelling is free of the order pools.
        await venue.cancel_all_orders(BTC_PERP)
        control.jump(10)
        await venue.load_time_difference()
        await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)


async def test_a_ban_ends_when_it_was_said_to_end() -> None:
    async with loopback.exchange(clock=MemoryClock(NOON)) as (url, control), client(url) as venue:
        control.ban(300)
        with pytest.raises(errors.DDoSProtection, match="418"):
            await venue.fetch_time()
        assert venue.last_response_headers["Retry-After"] == "300"
        control.jump(int(timedelta(minutes=5).total_seconds()))
        assert await venue.fetch_time() > 0


async def test_a_halted_symbol_takes_no_orders_and_says_so_in_its_listing() -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True) as venue:
        control.halt("BTCUSDT:PERP")
        with pytest.raises(errors.BadRequest, match="-1122"):
            await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)
        assert not (await venue.load_markets(reload=True))[BTC_PERP]["active"]
        control.halt("BTCUSDT:PERP", halted=False)
        assert (await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000))["status"] == "open"


async def test_changed_filters_hold_at_once_and_show_in_the_listing() -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True) as venue:
        control.change_filter("BTCUSDT:PERP", "LOT_SIZE", {"stepSize": "0.010", "minQty": "0.010"})
        with pytest.raises(errors.BadRequest, match="-4023"):
            await venue.create_order(BTC_PERP, "limit", "buy", 0.015, 69_000)
        with pytest.raises(errors.BadRequest, match=r"-4023|-4004"):
            await venue.create_order(BTC_PERP, "limit", "buy", 0.005, 69_000)
        assert (await venue.load_markets(reload=True))[BTC_PERP]["limits"]["amount"]["min"] == 0.01
        assert (await venue.create_order(BTC_PERP, "limit", "buy", 0.02, 69_000))["status"] == "open"
