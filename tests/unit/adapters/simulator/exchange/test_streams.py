"""Where sockets lead, what the book's chain of changes says, and what may happen to frames."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.simulator.exchange.quotes import Tape
from ballast.adapters.simulator.exchange.sockets import Disturbance, Group, Hub, Planned, Socket, subscribe
from ballast.adapters.simulator.exchange.stream_paths import StreamPath, is_socket_api, read_stream_path
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Market

PUBLIC, MARKET, PRIVATE = (frozenset({group}) for group in Group)
BOTH = PUBLIC | MARKET
KEY = "0123456789abcdef" * 4
sides = st.dictionaries(st.integers(1, 8).map(Decimal), st.integers(1, 3).map(Decimal), max_size=6)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/fstream/public/ws/1", {}, StreamPath(Market.PERP, PUBLIC)),
        ("/fstream/market/ws", {}, StreamPath(Market.PERP, MARKET)),
        ("/fstream/private/ws", {"listenKey": KEY}, StreamPath(Market.PERP, PRIVATE, key=KEY)),
        ("/fstream/pm/ws/" + KEY, {}, StreamPath(Market.PERP, PRIVATE, key=KEY)),
        ("/fstream/ws/" + KEY, {}, StreamPath(Market.PERP, PRIVATE, key=KEY)),
        ("/stream/ws", {}, StreamPath(Market.SPOT, BOTH)),
        ("/stream/ws/3", {}, StreamPath(Market.SPOT, BOTH)),
        ("/stream/ws/btcusdt@depth", {}, StreamPath(Market.SPOT, BOTH, frozenset({"btcusdt@depth"}))),
        ("/stream/stream", {"streams": "a/b"}, StreamPath(Market.SPOT, BOTH, frozenset({"a", "b"}), combined=True)),
        ("/fstream/market/stream", {}, StreamPath(Market.PERP, MARKET, combined=True)),
        ("/ws/1", {}, StreamPath(Market.PERP, BOTH)),
        ("/stream", {"streams": "a"}, StreamPath(Market.PERP, BOTH, frozenset({"a"}), combined=True)),
        ("/fstream/nowhere", {}, None),
        ("/fstream/ws/1/2", {}, None),
        ("/", {}, None),
    ],
)
def test_an_address_leads_to_its_streams(path: str, query: Mapping[str, str], expected: StreamPath | None) -> None:
    assert read_stream_path(path, query) == expected


def test_the_order_api_has_an_address_with_and_without_its_hosts_label() -> None:
    assert is_socket_api("/ws-fapi/v1")
    assert is_socket_api("/ws-fapi/ws-fapi/v1")
    assert not is_socket_api("/fstream/ws")


def book(bids: Mapping[Decimal, Decimal], asks: Mapping[Decimal, Decimal]) -> Book:
    return Book("X", tuple(bids.items()), tuple(asks.items()), NOON)


def applied(levels: Mapping[str, str], changes: list[list[str]]) -> dict[str, str]:
    after = dict(levels) | {price: size for price, size in changes}  # noqa: C416  # the rows are lists, not pairs
    return {price: size for price, size in after.items() if size != "0"}


@given(st.lists(st.tuples(sides, sides), max_size=8))
def test_the_changes_applied_one_after_another_are_the_book(steps: list[tuple[dict[Decimal, Decimal], ...]]) -> None:
    tape, bids, asks, last = Tape(100), dict[str, str](), dict[str, str](), 100
    for new_bids, new_asks in steps:
        change = tape.move(book(new_bids, new_asks))
        if change is not None:
            assert change["pu"] == last
            assert change["U"] == last + 1 <= change["u"] == tape.last_id
            bids, asks, last = applied(bids, change["b"]), applied(asks, change["a"]), change["u"]
        assert bids == {str(price): str(size) for price, size in new_bids.items()}
        assert asks == {str(price): str(size) for price, size in new_asks.items()}


def reader(hub: Hub, name: str = "s", market: Market = Market.PERP) -> Socket:
    socket = Socket(market, PUBLIC, NOON, names={name})
    hub.sockets.append(socket)
    return socket


def waiting(socket: Socket) -> list[str | None]:
    return [socket.waiting.get_nowait() for _ in range(socket.waiting.qsize())]


def publish(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.publish(Market.PERP, Group.PUBLIC, "s", {"e": "x", "n": number})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Disturbance.DUPLICATE, [1, 1, 2, 3]), (Disturbance.SWAP, [2, 1, 3]), (Disturbance.DROP, [2, 3])],
)
async def test_one_frame_is_disturbed_and_no_other(kind: Disturbance, expected: list[int]) -> None:
    hub = Hub()
    socket = reader(hub)
    hub.disturb(Planned(kind, Group.PRIVATE))
    hub.disturb(Planned(kind, Group.PUBLIC, "another event"))
    hub.disturb(Planned(kind, Group.PUBLIC, "x"))
    publish(hub, 1, 2, 3)
    assert waiting(socket) == [f'{{"e":"x","n":{number}}}' for number in expected]


async def test_a_frame_reaches_the_readers_of_its_stream_market_and_group_only() -> None:
    hub = Hub()
    right, other, spot = reader(hub), reader(hub, "t"), reader(hub, market=Market.SPOT)
    hub.publish(Market.PERP, Group.MARKET, "s", {})
    hub.silent.add(Group.PUBLIC)
    publish(hub, 1)
    hub.silent.clear()
    publish(hub, 2)
    assert [waiting(each) for each in (right, other, spot)] == [['{"e":"x","n":2}'], [], []]


async def test_a_socket_ends_after_a_day_and_not_before() -> None:
    hub = Hub()
    socket = reader(hub)
    hub.expire(NOON + timedelta(hours=24, microseconds=-1))
    assert waiting(socket) == []
    hub.expire(NOON + timedelta(hours=24))
    assert waiting(socket) == [None]


async def test_subscriptions_are_answered_and_kept() -> None:
    socket = reader(Hub())
    assert subscribe(socket, {"method": "SUBSCRIBE", "params": ["a", "b"], "id": 1}) == {"result": None, "id": 1}
    assert subscribe(socket, {"method": "UNSUBSCRIBE", "params": ["s", "b"], "id": 2}) == {"result": None, "id": 2}
    assert subscribe(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 3}) == {"result": ["a"], "id": 3}
    assert subscribe(socket, {"method": "SING", "id": 4})["error"]["code"] == 2
