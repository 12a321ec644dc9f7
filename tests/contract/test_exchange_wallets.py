"""Plain ccxt on the loopback exchange's spot market, wallets and portfolio margin view: facts/binance.md 2, 10, 11."""

from decimal import Decimal

import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, client, errors

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC, USDT

D = Decimal
PM = {"portfolioMargin": True}


async def test_spot_trades_take_their_fee_from_what_is_received() -> None:
    async with loopback.exchange() as (url, _), client(url, "binance") as venue:
        order = await venue.create_order("BTC/USDC", "market", "sell", 0.01)
        (fill,) = order["info"]["fills"]
        assert order["status"] == "closed"
        assert fill["commissionAsset"] == "USDC"
        assert D(fill["commission"]) == D(fill["price"]) * D(fill["qty"]) * D("0.001")
        free = (await venue.fetch_balance())["free"]
        assert free["BTC"] == 9.99
        assert D(str(free["USDC"])) == 100_000 + D(fill["price"]) * D(fill["qty"]) - D(fill["commission"])
        (trade,) = await venue.fetch_my_trades("BTC/USDC")
        assert (trade["order"], trade["side"]) == (order["id"], "sell")


async def test_a_resting_spot_order_locks_what_it_may_pay() -> None:
    async with loopback.exchange() as (url, _), client(url, "binance", live_errors=True) as venue:
        order = await venue.create_order("BTC/USDC", "limit", "buy", 0.5, 60_000, {"clientOrderId": "ours"})
        assert (await venue.fetch_balance())["USDC"] == {"free": 70_000, "used": 30_000, "total": 100_000}
        with pytest.raises(errors.InvalidOrder, match="-2010"):
            await venue.create_order("BTC/USDC", "limit", "buy", 0.1, 60_000, {"clientOrderId": "ours"})
        with pytest.raises(errors.InvalidOrder, match="-2010"):
            await venue.create_order("BTC/USDC", "limit", "buy", 2, 60_000)
        assert len(await venue.fetch_open_orders("BTC/USDC")) == 1
        assert (await venue.fetch_order(order["id"], "BTC/USDC"))["clientOrderId"] == "ours"
        assert (await venue.cancel_order(order["id"], "BTC/USDC"))["status"] == "canceled"
        await venue.create_order("BTC/USDC", "limit", "sell", 0.5, 80_000)
        assert len(await venue.cancel_all_orders("BTC/USDC")) == 1
        assert (await venue.fetch_balance())["used"]["BTC"] == 0
        assert [each["status"] for each in await venue.fetch_orders("BTC/USDC")] == ["canceled", "canceled"]


async def test_spot_has_one_code_for_its_filters_and_its_own_post_only() -> None:
    async with loopback.exchange() as (url, _), client(url, "binance", live_errors=True) as venue:
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
        with pytest.raises(errors.BadRequest, match="-1013"):
            await venue.private_post_order(order | {"price": "69000.005"})
        with pytest.raises(errors.InvalidOrder, match="-2010"):
            await venue.create_order("BTC/USDT", "limit", "buy", 0.01, 70_100, {"postOnly": True})
        bought = await venue.create_market_buy_order_with_cost("BTC/USDT", 700)
        assert 690 < bought["cost"] <= 700


async def test_transfers_move_between_the_wallets_and_are_listed() -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True) as venue:
        moved = await venue.transfer("BTC", 2, "spot", "swap")
        await venue.transfer("USDT", 500, "swap", "spot")
        with pytest.raises(errors.InsufficientFunds, match="-5013"):
            await venue.transfer("USDT", 99_501, "swap", "spot")
        truth = control.truth()
        assert (D(truth["spot"]["BTC"]), D(truth["margin"]["BTC"])) == (D(8), D(2))
        assert (D(truth["spot"]["USDT"]), D(truth["margin"]["USDT"])) == (D(100_500), D(99_500))
        (listed,) = await venue.fetch_transfers("BTC", None, None, {"fromAccount": "spot", "toAccount": "swap"})
        assert (listed["id"], listed["amount"]) == (moved["id"], 2)
        balance = (await venue.fetch_balance())["info"]
        # 2 BTC at 70,000 and a haircut of 5 %.
        assert D(balance["totalMarginBalance"]) == 99_500 + 2 * 70_000 * D("0.95")


async def test_margin_that_carries_a_position_cannot_be_transferred_away() -> None:
    async with loopback.exchange(margin={USDT: D(10_000)}) as (url, _), client(url, live_errors=True) as venue:
        await venue.create_order(BTC_PERP, "market", "buy", 1)
        with pytest.raises(errors.InsufficientFunds, match="-5013"):
            await venue.transfer("USDT", 5_000, "swap", "spot")
        await venue.transfer("USDT", 2_900, "swap", "spot")


async def test_withdrawals_go_to_whitelisted_addresses_less_the_fee() -> None:
    async with loopback.exchange() as (url, control), client(url, "binance", live_errors=True) as venue:
        with pytest.raises(errors.PermissionDenied, match="-4035"):
            await venue.withdraw("BTC", 1, "elsewhere")
        with pytest.raises(errors.PermissionDenied, match="-4035"):
            await venue.withdraw("USDC", 100, "known-address")
        with pytest.raises(errors.BadRequest, match="-4019"):
            await venue.withdraw("USDT", 100, "known-address")
        with pytest.raises(errors.BadRequest, match="-4028"):
            await venue.withdraw("BTC", 0.0001, "known-address")
        with pytest.raises(errors.InsufficientFunds, match="-4026"):
            await venue.withdraw("BTC", 11, "known-address")
        for _ in range(2):
            await venue.withdraw("BTC", 1, "known-address", {"withdrawOrderId": "ours"})
        assert control.departed() == [(Amount(BTC, D("0.9999")), "known-address")] * 2
        assert D(control.truth()["spot"]["BTC"]) == 8
        listed = await venue.fetch_withdrawals("BTC", None, None, {"withdrawOrderId": "ours"})
        assert [(each["amount"], each["fee"]["cost"], each["status"]) for each in listed] == [
            (0.9999, 0.0001, "ok")
        ] * 2
        assert [each["info"]["txId"] for each in listed] == ["loopback-transaction-1", "loopback-transaction-2"]


async def test_deposits_arrive_under_their_transaction_and_have_an_address() -> None:
    async with loopback.exchange() as (url, control), client(url, "binance") as venue:
        assert (await venue.fetch_deposit_address("BTC"))["address"] == "venue-btc"
        control.deposit(Amount(USDC, D("12.5")), "transaction-1")
        (arrived,) = await venue.fetch_deposits("USDC")
        assert (arrived["txid"], arrived["amount"], arrived["status"]) == ("transaction-1", 12.5, "ok")
        assert (await venue.fetch_balance())["USDC"]["total"] == 100_012.5
        networks = (await venue.fetch_currencies())["BTC"]["networks"]
        assert networks["BTC"]["fee"] == 0.0001


async def test_the_key_says_what_it_may_do() -> None:
    async with loopback.exchange() as (url, control), client(url, "binance") as venue:
        assert (await venue.sapi_get_account_apirestrictions())["enableWithdrawals"] is True
        control.set_permission("enableWithdrawals", allowed=False)
        assert (await venue.sapi_get_account_apirestrictions())["enableWithdrawals"] is False


async def test_portfolio_margin_shows_the_same_account_with_its_ratio() -> None:
    async with loopback.exchange(margin={BTC: D(1)}) as (url, control), client(url) as venue:
        order = await venue.create_order(BTC_PERP, "limit", "sell", 0.5, 71_000, PM | {"clientOrderId": "ours"})
        assert (await venue.fetch_order(None, BTC_PERP, PM | {"clientOrderId": "ours"}))["id"] == order["id"]
        await venue.cancel_order(order["id"], BTC_PERP, PM)
        assert (await venue.papi_get_account())["uniMMR"] == "99999999"
        sold = await venue.create_order(BTC_PERP, "market", "sell", 1, None, PM)
        (position,) = [each for each in await venue.fetch_positions(None, PM) if each["contracts"]]
        assert (position["side"], position["contracts"]) == ("short", 1)
        assert len(await venue.fetch_my_trades(BTC_PERP, None, None, PM)) == len(await venue.fetch_my_trades(BTC_PERP))
        account = await venue.papi_get_account()
        # Bracket of 50,000 to 600,000 USDT: 0.5 % less 50; equity: 0.95 BTC, the fee, and what the book cost.
        held, fee = D(control.truth()["margin"]["USDT"]), D(str(sold["cost"])) * D("0.0005")
        assert held == -fee.quantize(D("1e-8"))
        equity = D("0.95") * 70_000 + held + D(str(sold["cost"])) - 70_000
        assert D(account["accountMaintMargin"]) == D(70_000) * D("0.005") - 50
        assert abs(D(account["uniMMR"]) - equity / D(account["accountMaintMargin"])) < D("1e-7")
        assert account["accountStatus"] == "NORMAL"
        assert (await venue.fetch_balance(PM))["BTC"]["total"] == 1


@pytest.mark.parametrize(("price", "state"), [(70_000, "NORMAL"), (77_720, "MARGIN_CALL"), (77_810, "REDUCE_ONLY")])
async def test_the_unified_state_follows_the_ratio(price: int, state: str) -> None:
    margin = {BTC: D("0.1")}
    async with loopback.exchange(margin=margin) as (url, control), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "sell", 0.9, None, PM)
        control.set_price(BTC, D(price))
        account = await venue.papi_get_account()
        assert account["accountStatus"] == state, account["uniMMR"]
