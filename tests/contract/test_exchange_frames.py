"""Plain ccxt.pro reads the loopback exchange's streams: facts/binance.md sections 1, 2, 6 and 8, seen from outside."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from tests.contract import loopback
from tests.contract.plain_ccxt import BTC_PERP, ETH_PERP, client, errors

from ballast.adapters.simulator.exchange.faults import Fault
from ballast.adapters.simulator.exchange.sockets import Disturbance, Group
from ballast.adapters.system.clock import SystemClock
from ballast.domain.kernel.asset import BTC

D = Decimal
_PATIENCE_S = 10
Told = list[Any]


@asynccontextmanager
async def socket(url: str, path: str) -> AsyncGenerator[tuple[aiohttp.ClientWebSocketResponse, Told], None]:
    """Open a plain socket and collect what it is told."""
    told: Told = []
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url.replace('http', 'ws', 1)}{path}") as connection,
    ):

        async def read() -> None:
            async for message in connection:
                told.append(json.loads(message.data))

        reading = asyncio.create_task(read())
        yield connection, told
        await connection.close()
        await reading


async def pause() -> None:
    """Let what comes over sockets come."""
    await SystemClock().sleep(0.01)


async def until(told: Told, holds: Callable[[Told], bool]) -> None:
    """Wait until what was told holds."""
    async with asyncio.timeout(_PATIENCE_S):
        while not holds(told):
            await pause()


def of(told: Told, event: str) -> Told:
    return [frame for frame in told if frame.get("e") == event]


@asynccontextmanager
async def user_stream(url: str, venue: Any) -> AsyncGenerator[Told, None]:
    key = (await venue.fapiprivate_post_listenkey())["listenKey"]
    async with socket(url, f"/fstream/private/ws?listenKey={key}") as (_, told):
        yield told


async def test_ccxt_keeps_the_book_and_reads_every_public_stream() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        async with asyncio.timeout(_PATIENCE_S):
            await venue.watch_order_book(BTC_PERP)
            book = await venue.watch_order_book(BTC_PERP)
            assert (book["bids"][0][0], book["asks"][0][0]) == (70_000, 70_000.1)
            assert (await venue.watch_bids_asks([BTC_PERP]))[BTC_PERP]["ask"] == 70_000.1
            assert (await venue.watch_trades(BTC_PERP))[0]["price"] in (70_000, 70_000.1)
            assert (await venue.watch_ticker(BTC_PERP))["last"] == 70_000
            assert (await venue.watch_mark_price(BTC_PERP))["markPrice"] == 70_000
            control.set_price(BTC, D(70_500))
            while book["bids"][0][0] != 70_500:
                book = await venue.watch_order_book(BTC_PERP)


async def test_ccxt_keeps_a_spot_book() -> None:
    async with loopback.exchange() as (url, _), client(url, "binance") as venue, asyncio.timeout(_PATIENCE_S):
        await venue.watch_order_book("BTC/USDC")
        book = await venue.watch_order_book("BTC/USDC")
        assert book["bids"][0][0] < book["asks"][0][0]


async def test_ccxt_follows_orders_trades_balance_and_positions() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue, asyncio.timeout(_PATIENCE_S):
        watched = [
            asyncio.create_task(watch())
            for watch in (venue.watch_orders, venue.watch_my_trades, venue.watch_balance, venue.watch_positions)
        ]
        placed: list[str] = []
        while not all(task.done() for task in watched):
            placed.append((await venue.create_order(BTC_PERP, "market", "buy", 0.1))["id"])
            await venue.fetch_time()
        orders, trades, balance, positions = await asyncio.gather(*watched)
        assert orders[-1]["id"] in placed
        assert trades[-1]["order"] in placed
        assert trades[-1]["amount"] == 0.1
        assert 0 < balance["USDT"]["total"] < 100_000
        assert positions[-1]["symbol"] == BTC_PERP


async def test_ccxt_orders_over_a_socket() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue, asyncio.timeout(_PATIENCE_S):
        placed = await venue.create_order_ws(BTC_PERP, "limit", "buy", 0.1, 69_000, {"clientOrderId": "ours"})
        changed = await venue.edit_order_ws(placed["id"], BTC_PERP, "limit", "buy", 0.2, 69_001)
        assert (changed["id"], changed["amount"], changed["price"]) == (placed["id"], 0.2, 69_001)
        assert (await venue.cancel_order_ws(placed["id"], BTC_PERP))["status"] == "canceled"
        with pytest.raises(errors.ExchangeError, match="-2019"):
            await venue.create_order_ws(BTC_PERP, "limit", "buy", 900, 69_000)
        assert (await venue.fetch_order(placed["id"], BTC_PERP))["status"] == "canceled"


async def test_depth_frames_chain_onto_each_other_and_onto_the_snapshot() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        async with socket(url, "/fstream/public/ws/1") as (connection, told):
            await connection.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 7})
            await until(told, lambda told: {"result": None, "id": 7} in told)
            for dollars in (70_010, 70_020, 70_030):
                control.set_price(BTC, D(dollars))
            snapshot = await venue.fapipublic_get_depth({"symbol": "BTCUSDT", "limit": 1000})
            control.set_price(BTC, D(70_040))
            await until(told, lambda told: len(of(told, "depthUpdate")) >= 4)
        frames = of(told, "depthUpdate")
        for before, after in pairwise(frames):
            assert after["pu"] == before["u"] < after["U"] <= after["u"]
        assert any(frame["pu"] == snapshot["lastUpdateId"] for frame in frames)


async def test_an_orders_whole_life_is_told_in_order() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        async with user_stream(url, venue) as told:
            resting = await venue.create_order(BTC_PERP, "limit", "buy", 0.1, 69_000)
            await venue.edit_order(resting["id"], BTC_PERP, "limit", "buy", 0.2, 69_100)
            await venue.cancel_order(resting["id"], BTC_PERP)
            await venue.create_order(BTC_PERP, "market", "sell", 0.1)
            control.deleverage(BTC, D("0.1"))
            await until(told, lambda told: len(of(told, "ACCOUNT_UPDATE")) == 2)
        lives = [(frame["o"]["x"], frame["o"]["X"]) for frame in of(told, "ORDER_TRADE_UPDATE")]
        assert lives == [
            ("NEW", "NEW"),
            ("AMENDMENT", "NEW"),
            ("CANCELED", "CANCELED"),
            ("NEW", "NEW"),
            ("TRADE", "FILLED"),
            ("NEW", "NEW"),
            ("CALCULATED", "FILLED"),
        ]
        sold, closed = of(told, "ACCOUNT_UPDATE")
        assert (sold["a"]["m"], sold["a"]["P"][0]["pa"]) == ("ORDER", "-0.1")
        assert D(closed["a"]["P"][0]["pa"]) == 0


async def test_transfers_and_funding_are_told_as_balances() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        await venue.create_order(BTC_PERP, "market", "sell", 0.1)
        async with user_stream(url, venue) as told:
            await venue.transfer("USDT", 100, "spot", "swap")
            now = control.now()
            hours = 8 - now.hour % 8
            stamp = now.replace(minute=0, second=0, microsecond=0)
            stamp = stamp.fromtimestamp(stamp.timestamp() + hours * 3600, stamp.tzinfo)
            control.set_funding(BTC, stamp, D("-0.0001"))
            # In steps, or the stream's key would end before its time.
            while control.now() < stamp:
                control.jump(1800)
                await venue.fapiprivate_put_listenkey()
            await until(told, lambda told: len(of(told, "ACCOUNT_UPDATE")) == 2)
        moved, paid = of(told, "ACCOUNT_UPDATE")
        assert (moved["a"]["m"], moved["a"]["B"][0]["bc"]) == ("MARGIN_TRANSFER", "100")
        assert (paid["a"]["m"], D(paid["a"]["B"][0]["bc"])) == ("FUNDING_FEE", D("-0.7"))


async def test_a_listen_key_lives_an_hour_unless_it_is_extended_and_its_socket_stays_open_and_silent() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        first = (await venue.fapiprivate_post_listenkey())["listenKey"]
        async with socket(url, f"/fstream/private/ws?listenKey={first}") as (connection, told):
            control.jump(3_000)
            await venue.fapiprivate_put_listenkey()
            control.jump(3_000)
            assert (await venue.fapiprivate_post_listenkey())["listenKey"] == first
            control.jump(3_601)
            await until(told, lambda told: of(told, "listenKeyExpired") != [])
            with pytest.raises(errors.BaseError, match="-1125"):
                await venue.fapiprivate_put_listenkey()
            assert (await venue.fapiprivate_post_listenkey())["listenKey"] != first
            venue.options["adjustForTimeDifference"] = True
            await venue.load_time_difference()
            await venue.create_order(BTC_PERP, "market", "buy", 0.1)
            assert not connection.closed
        assert [frame["e"] for frame in told] == ["listenKeyExpired"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Disturbance.DUPLICATE, ["NEW", "NEW", "TRADE"]),
        (Disturbance.DROP, ["TRADE"]),
        (Disturbance.SWAP, ["TRADE", "NEW"]),
    ],
)
async def test_frames_may_come_twice_late_or_never(kind: Disturbance, expected: list[str]) -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        async with user_stream(url, venue) as told:
            control.disturb(kind, Group.PRIVATE, "ORDER_TRADE_UPDATE")
            await venue.create_order(BTC_PERP, "market", "buy", 0.1)
            await until(told, lambda told: of(told, "ACCOUNT_UPDATE") != [])
        assert [frame["o"]["x"] for frame in of(told, "ORDER_TRADE_UPDATE")] == expected


async def test_a_silent_socket_stays_open_and_tells_nothing() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        async with user_stream(url, venue) as told:
            control.silence(Group.PRIVATE)
            await venue.create_order(BTC_PERP, "market", "buy", 0.1)
            control.silence(Group.PRIVATE, silent=False)
            await venue.create_order(ETH_PERP, "market", "buy", 0.1)
            await until(told, lambda told: of(told, "ACCOUNT_UPDATE") != [])
        assert {frame["o"]["s"] for frame in of(told, "ORDER_TRADE_UPDATE")} == {"ETHUSDT"}


@pytest.mark.parametrize("cut", [False, True])
async def test_sockets_end_after_a_day_or_when_they_are_cut(*, cut: bool) -> None:
    async with loopback.exchange() as (url, control), socket(url, "/fstream/market/ws/1") as (connection, told):
        if cut:
            control.cut_streams(Group.MARKET)
        else:
            control.jump(24 * 3600)
        async with asyncio.timeout(_PATIENCE_S):
            while not connection.closed:
                await pause()
    assert told == []


async def test_a_combined_stream_names_the_stream_of_each_frame() -> None:
    async with loopback.exchange() as (url, control):
        names = "btcusdt@bookTicker/btcusdt@markPrice@1s"
        async with socket(url, f"/fstream/stream?streams={names}") as (_, told):
            control.set_price(BTC, D(70_100))
            await until(told, lambda told: {frame["stream"] for frame in told} == set(names.split("/")))


async def test_portfolio_margin_has_a_user_stream_of_its_own() -> None:
    async with loopback.exchange() as (url, _), client(url) as venue:
        key = (await venue.papi_post_listenkey())["listenKey"]
        async with socket(url, f"/fstream/pm/ws/{key}") as (_, told):
            await venue.create_order(BTC_PERP, "market", "buy", 0.1, None, {"portfolioMargin": True})
            await until(told, lambda told: of(told, "ACCOUNT_UPDATE") != [])
        assert {frame["fs"] for frame in told} == {"UM"}


async def test_a_hidden_order_is_told_only_when_it_can_be_seen() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue:
        async with user_stream(url, venue) as told:
            control.plan(Fault(path="/fapi/v1/order", hidden_s=30))
            await venue.create_order(BTC_PERP, "market", "buy", 0.1)
            await venue.create_order(ETH_PERP, "market", "buy", 0.1)
            await until(told, lambda told: len(of(told, "ORDER_TRADE_UPDATE")) == 2)
            control.jump(30)
            await until(told, lambda told: len(of(told, "ORDER_TRADE_UPDATE")) == 4)
        assert [frame["o"]["s"] for frame in of(told, "ORDER_TRADE_UPDATE")] == ["ETHUSDT"] * 2 + ["BTCUSDT"] * 2


async def test_a_frame_may_come_before_the_answer_to_the_order_it_tells_of() -> None:
    async with loopback.exchange() as (url, control), client(url) as venue, user_stream(url, venue) as told:
        control.plan(Fault(path="/fapi/v1/order", delay_ms=300))
        placing = asyncio.create_task(venue.create_order(BTC_PERP, "market", "buy", 0.1))
        await until(told, lambda told: of(told, "ACCOUNT_UPDATE") != [])
        assert not placing.done()
        assert (await placing)["status"] == "closed"


async def test_stopping_ends_every_socket_and_leaves_no_task() -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(AsyncExitStack())
        url, _ = await server.enter_async_context(loopback.exchange())
        paths = ("/fstream/public/ws/1", "/stream/ws", "/ws-fapi/ws-fapi/v1")
        opened = [(await stack.enter_async_context(socket(url, path)))[0] for path in paths]
        await server.aclose()
        async with asyncio.timeout(_PATIENCE_S):
            while not all(connection.closed for connection in opened):
                await pause()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_address_that_is_none_is_not_found() -> None:
    async with loopback.exchange() as (url, _), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/fapi/v1/fortune") as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, -5000)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{url}/fstream/fortune")
