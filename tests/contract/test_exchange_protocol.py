"""Plain ccxt trades perpetuals on the loopback exchange over REST: facts/binance.md sections 2 to 10, from outside."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from random import Random  # noqa: TID251  # one seeded source of a test's chance

import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, ETH_PERP, SOL_PERP, client, errors

from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDT

D = Decimal
ID = {"clientOrderId": "ours-1"}


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
            with pytest.raises(errors.OrderNotFillable, match="-5022"):
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


async def test_market_orders_are_bounded_by_their_own_largest_size_and_the_position_by_its_leverage() -> None:
    rich = {USDT: D(100_000_000)}
    async with loopback.exchange(margin=rich) as (url, _), client(url, live_errors=True) as venue:
        with pytest.raises(errors.BadRequest, match="-4005"):
            await venue.create_order(BTC_PERP, "market", "buy", 121)
        await venue.set_leverage(125, BTC_PERP)
        with pytest.raises(errors.OperationRejected, match="-2027"):
            await venue.create_order(BTC_PERP, "limit", "buy", 1, 69_000)
        with pytest.raises(errors.BadRequest, match="-4028"):
            await venue.fapiprivate_post_leverage({"symbol": "BTCUSDT", "leverage": 126})


async def test_leverage_sets_what_an_order_binds() -> None:
    async with loopback.exchange(margin={USDT: D(10_000)}) as (url, _), client(url, live_errors=True) as venue:
        await venue.set_leverage(1, BTC_PERP)
        with pytest.raises(errors.InsufficientFunds, match="-2019"):
            await venue.create_order(BTC_PERP, "limit", "buy", 0.2, 69_000)
        await venue.set_leverage(20, BTC_PERP)
        await venue.create_order(BTC_PERP, "limit", "buy", 0.2, 69_000)
        assert (await venue.fetch_balance())["info"]["totalOpenOrderInitialMargin"] == "690.00000000"
        with pytest.raises(errors.ExchangeError, match="-2028"):
            await venue.set_leverage(1, BTC_PERP)
        with pytest.raises(errors.OperationRejected, match="-4046"):
            await venue.set_margin_mode("cross", BTC_PERP)
        with pytest.raises(errors.BadRequest, match="-4168"):
            await venue.set_margin_mode("isolated", BTC_PERP)


async def test_cancel_all_ends_the_symbols_orders_and_no_others() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        await venue.create_order(BTC_PERP, "limit", "buy", 0.01, 69_000)
        await venue.create_order(BTC_PERP, "limit", "sell", 0.01, 71_000)
        kept = await venue.create_order(ETH_PERP, "limit", "buy", 0.1, 2_000)
        await venue.cancel_all_orders(BTC_PERP)
        assert await venue.fetch_open_orders(BTC_PERP) == []
        assert [each["id"] for each in await venue.fetch_open_orders(ETH_PERP)] == [kept["id"]]


async def test_resting_orders_fill_as_makers_when_the_price_trades_through() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        await venue.create_order(ETH_PERP, "limit", "sell", 1, 2_150, {"postOnly": True} | ID)
        control.set_price(ETH, D(2_160))
        control.jump(2)
        await venue.load_time_difference()
        order = await venue.fetch_order(None, ETH_PERP, ID)
        assert (order["status"], order["average"]) == ("closed", 2_150)
        (trade,) = await venue.fetch_my_trades(ETH_PERP)
        assert trade["takerOrMaker"] == "maker"
        assert D(trade["info"]["commission"]) == D(2_150) * D("0.0002")


async def test_funding_is_paid_at_its_stamp_and_listed_as_income() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "sell", 0.1)
        stamp = venue.parse8601((await venue.fetch_funding_rate(BTC_PERP))["fundingDatetime"])
        at = datetime.fromtimestamp(stamp // 1000, UTC)
        control.set_funding(BTC, at, D("0.0005"))
        before = D(control.truth()["margin"]["USDT"])
        control.jump(int((at - control.now()).total_seconds()) + 1)
        await venue.load_time_difference()
        (paid,) = await venue.fetch_funding_history(BTC_PERP)
        assert paid["info"]["income"] == "3.50000000"
        assert D(control.truth()["margin"]["USDT"]) - before == D("3.5")
        (rate,) = await venue.fetch_funding_rate_history(BTC_PERP)
        assert (rate["fundingRate"], rate["timestamp"]) == (0.0005, stamp)


async def test_the_wallet_changes_by_nothing_but_what_income_lists() -> None:
    """Conservation: after random trading, transfers and price moves the margin wallet is its start plus its income."""
    chance = Random("conservation")  # noqa: S311  # to be repeated, not to be secret
    async with loopback.exchange() as (url, control), client(url) as venue:
        prices = {BTC_PERP: (BTC, 70_000), ETH_PERP: (ETH, 2_100), SOL_PERP: (SOL, 90)}
        for _ in range(40):
            symbol, (coin, price) = chance.choice(list(prices.items()))
            kind, side = chance.choice(["market", "limit"]), chance.choice(["buy", "sell"])
            limit = venue.price_to_precision(symbol, price * chance.uniform(0.97, 1.03)) if kind == "limit" else None
            with suppress(errors.ExchangeError):  # some orders are refused; what that changes is judged below
                await venue.create_order(symbol, kind, side, chance.uniform(200, 4_000) / price, limit)
            control.set_price(coin, D(price) * D(chance.randint(97, 103)) / 100)
            if chance.random() < 0.2:
                await venue.transfer("USDT", chance.randint(1, 500), *chance.sample(["spot", "swap"], 2))
        income = await venue.fapiprivate_get_income({"limit": 1000})
        truth = control.truth()
        assert len(income) > 40
        listed = sum(D(row["income"]) for row in income)
        assert D(truth["margin"]["USDT"]) == D(100_000) + listed
        moved = sum(D(row["income"]) for row in income if row["incomeType"] == "TRANSFER")
        assert D(truth["spot"]["USDT"]) == D(100_000) - moved
        positions = {each["symbol"]: D(each["info"]["positionAmt"]) for each in await venue.fetch_positions()}
        for symbol, (coin, _) in prices.items():
            signed = [
                D(trade["info"]["qty"]) * (1 if trade["side"] == "buy" else -1)
                for trade in await venue.fetch_my_trades(symbol, None, 1000)
            ]
            assert sum(signed) == positions.get(symbol, 0) == D(truth["positions"][coin.value])


async def test_an_account_that_fails_is_liquidated_by_an_order_of_the_exchange() -> None:
    async with loopback.exchange(margin={USDT: D(1_000)}) as (url, control), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "buy", 0.1)
        (position,) = await venue.fetch_positions()
        fails_at = D(position["info"]["liquidationPrice"])
        assert D(60_000) < fails_at < D(61_000)
        control.set_price(BTC, fails_at + 50)
        control.jump(60)
        assert control.truth()["positions"]["BTC"] == "0.1"
        control.set_price(BTC, fails_at - 50)
        control.jump(60)
        await venue.load_time_difference()
        assert await venue.fetch_positions() == []
        orders = await venue.fetch_orders(BTC_PERP)
        assert orders[-1]["clientOrderId"].startswith("autoclose-")
        kinds = {row["incomeType"] for row in await venue.fapiprivate_get_income()}
        assert "INSURANCE_CLEAR" in kinds


async def test_deleveraging_closes_a_part_at_the_mark_without_a_fee() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "sell", 0.5)
        control.deleverage(BTC, D("0.2"))
        (position,) = await venue.fetch_positions()
        assert (position["contracts"], position["side"]) == (0.3, "short")
        last = (await venue.fetch_my_trades(BTC_PERP))[-1]
        assert (last["amount"], last["side"], D(last["info"]["commission"])) == (0.2, "buy", D(0))
        assert (await venue.fetch_order(last["order"], BTC_PERP))["clientOrderId"].startswith("adl_autoclose-BTC-")


async def test_a_conditional_order_waits_for_its_trigger() -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True) as venue:
        await venue.create_order(BTC_PERP, "market", "buy", 0.1)
        with pytest.raises(errors.ExchangeError, match="-2021"):
            await venue.create_order(BTC_PERP, "market", "sell", 0.1, None, {"stopLossPrice": 71_000})
        stop = {"stopLossPrice": 69_000, "reduceOnly": True}
        waiting = await venue.create_order(BTC_PERP, "market", "sell", 0.1, None, stop)
        other = await venue.create_order(BTC_PERP, "limit", "sell", 0.1, 72_000, {"takeProfitPrice": 72_000})
        trigger = {"trigger": True}
        assert [each["id"] for each in await venue.fetch_open_orders(BTC_PERP, None, None, trigger)] == [
            waiting["id"],
            other["id"],
        ]
        await venue.cancel_order(other["id"], BTC_PERP, trigger)
        control.set_price(BTC, D(68_990))
        assert await venue.fetch_positions() == []
        assert (await venue.fetch_order(waiting["id"], BTC_PERP, trigger))["info"]["algoStatus"] == "TRIGGERED"
        assert await venue.fetch_open_orders(BTC_PERP, None, None, trigger) == []
