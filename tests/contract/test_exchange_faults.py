"""What may go wrong between plain ccxt and the loopback exchange, arranged by the control interface."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, client, errors

from ballast.adapters.simulator.exchange.faults import Answer, Fault

D = Decimal
PATH = "/fapi/v1/order"
ID = {"clientOrderId": "ours-1"}
# Everything after which a client cannot know: what is arranged, and the class plain ccxt makes of it.
UNKNOWN: list[tuple[Mapping[str, Any], str]] = [
    ({"answer": Answer.CUT}, "NetworkError"),
    ({"answer": Answer.HOLD}, "RequestTimeout"),
    ({"answer": Answer.ERROR, "status": 408, "code": -1007}, "RequestTimeout"),
    ({"answer": Answer.ERROR, "status": 400, "code": -1006}, "OperationFailed"),
    ({"answer": Answer.ERROR, "status": 503}, "ExchangeNotAvailable"),
    ({"answer": Answer.ERROR, "status": 502}, "ExchangeNotAvailable"),
]


async def buy(venue: Any, client_id: str = "ours-1", quantity: float = 0.01) -> Any:
    return await venue.create_order(BTC_PERP, "market", "buy", quantity, None, {"clientOrderId": client_id})


@pytest.mark.parametrize("booked", [False, True])
async def test_an_unknown_outcome_is_settled_by_asking_for_our_id(*, booked: bool) -> None:
    async with loopback.exchange() as (url, control), client(url, live_errors=True, timeout=300) as venue:
        for number, (fault, name) in enumerate(UNKNOWN):
            client_id = f"ours-{number}"
            control.plan(Fault(path=PATH, method="POST", booked=booked, **fault))
            with pytest.raises(getattr(errors, name)):
                await buy(venue, client_id)
            assert control.accepted(client_id) == int(booked)
            if booked:
                assert (await venue.fetch_order(None, BTC_PERP, {"clientOrderId": client_id}))["filled"] == 0.01
            else:
                with pytest.raises(errors.OrderNotFound):
                    await venue.fetch_order(None, BTC_PERP, {"clientOrderId": client_id})
        assert D(control.truth()["positions"]["BTC"]) == (D("0.06") if booked else 0)


async def test_a_blind_resend_of_a_filled_id_fills_twice() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        control.plan(Fault(path=PATH, method="POST", answer=Answer.CUT))
        with pytest.raises(errors.NetworkError):
            await buy(venue)
        await buy(venue)
        assert control.accepted("ours-1") == 2
        assert control.truth()["positions"]["BTC"] == "0.02"


async def test_an_order_may_be_seen_by_nobody_for_a_while() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        control.plan(Fault(path=PATH, method="POST", answer=Answer.CUT, hidden_s=30))
        with pytest.raises(errors.NetworkError):
            await buy(venue)
        with pytest.raises(errors.OrderNotFound):
            await venue.fetch_order(None, BTC_PERP, ID)
        assert await venue.fetch_my_trades(BTC_PERP) == []
        assert (await venue.fetch_positions())[0]["contracts"] == 0.01
        control.jump(30)
        venue.options["adjustForTimeDifference"] = True
        await venue.load_time_difference()
        assert (await venue.fetch_order(None, BTC_PERP, ID))["status"] == "closed"
        assert len(await venue.fetch_my_trades(BTC_PERP)) == 1


async def test_an_order_may_fill_in_part_and_expire() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        control.plan(Fault(path=PATH, method="POST", fill_fraction=D("0.3")))
        order = await venue.create_order(BTC_PERP, "limit", "buy", 0.1, 70_100, ID)
        assert (order["status"], order["filled"]) == ("expired", 0.03)


async def test_a_fault_waits_for_the_request_it_names_and_is_met_as_often_as_it_says() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        busy = Fault(path=PATH, having={"newClientOrderId": "ours-2"}, answer=Answer.ERROR, code=-2010, times=2)
        control.plan(busy)
        await buy(venue, "ours-1")
        for _ in range(2):
            with pytest.raises(errors.InvalidOrder):
                await buy(venue, "ours-2")
        await buy(venue, "ours-2")
        control.plan(busy)
        control.clear()
        await buy(venue, "ours-2")


async def test_stopping_ends_requests_that_are_held() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        control.plan(Fault(path=PATH, method="POST", answer=Answer.HOLD))
        held = asyncio.create_task(buy(venue))
        while not control.accepted("ours-1"):
            await venue.fetch_time()
    with pytest.raises(errors.NetworkError):
        await held


async def test_the_control_interface_needs_its_token_and_names_what_is_wrong() -> None:
    async with loopback.exchange() as (url, control), aiohttp.ClientSession() as session:

        async def post(command: str, body: Mapping[str, Any], token: str = loopback.TOKEN) -> tuple[int, Any]:
            headers = {"X-Control-Token": token}
            async with session.post(f"{url}/control/{command}", json=body, headers=headers) as answer:
                return answer.status, await answer.json() if answer.content_type == "application/json" else None

        assert (await post("truth", {}, "guessed"))[0] == 403
        assert (await post("sing", {}))[0] == 404
        status, answer = await post("fault", {"path": PATH, "answer": "shrug"})
        assert status == 400
        assert "shrug" in answer["error"]
        assert (await post("price", {"coin": "BTC", "usd": "71000"}))[0] == 200
        assert (await post("fault", {"path": PATH, "answer": "cut"}))[0] == 200
        assert (await post("deposit", {"coin": "BTC", "quantity": "1", "reference": "tx"}))[0] == 200
        assert (await post("accepted", {"client_id": "ours-1"}))[1] == {"done": {"count": 0}}
        for command, body in (
            ("jump", {"seconds": 1}),
            ("funding", {"coin": "BTC", "time": "2030-01-01T08:00:00+00:00", "rate": "0.0001"}),
            ("clock-offset", {"milliseconds": 5}),
            ("limit", {"family": "fapi", "weight": 5000}),
            ("silence", {"group": "public"}),
            ("disturb", {"kind": "swap", "group": "private"}),
            ("cut-streams", {"group": "market"}),
            ("expire-listen-keys", {}),
            ("halt", {"symbol": "BTCUSDT:PERP"}),
            ("filter", {"symbol": "BTCUSDT:PERP", "filter": "LOT_SIZE", "values": {"minQty": "0.002"}}),
            ("permission", {"name": "enableWithdrawals", "allowed": False}),
            ("ban", {"seconds": 1}),
            ("clear", {}),
        ):
            assert await post(command, body) == (200, {"done": None}), command
        assert (await post("deleverage", {"coin": "BTC", "quantity": "1"}))[0] == 400
        assert (await post("funding", {"coin": "BTC", "time": "tomorrow", "rate": "0.0001"}))[0] == 400
        assert (await post("now", {}))[1]["done"]["time"].endswith("+00:00")
        truth = (await post("truth", {}))[1]["done"]
        assert D(truth["spot"]["BTC"]) == 11
        assert control.exchange.account.permissions["enableWithdrawals"] is False
