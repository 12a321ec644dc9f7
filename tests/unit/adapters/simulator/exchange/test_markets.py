"""Steady prices, recorded books played again, and what the exchange lists."""

import gzip
import json
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, BTC_USDC, DATA, NOON, PRICES, after

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.exchange.exchange import DEPOSIT_ADDRESSES, Exchange, ExchangeSettings
from ballast.adapters.simulator.exchange.markets import Markets, bracket_rows, notional_max
from ballast.adapters.simulator.exchange.replay import RecordedBook, read_record
from ballast.adapters.simulator.exchange.signing import Credentials
from ballast.adapters.simulator.exchange.sockets import Group, Socket
from ballast.adapters.simulator.exchange.steady import SteadyMarket
from ballast.adapters.simulator.exchange.wire import Params, Rejection
from ballast.adapters.simulator.venue.recorded import BRACKETS
from ballast.adapters.simulator.venue.settings import read_brackets
from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import Order, OrderState, TimeInForce
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.errors import InvalidInput, NotKnown

D = Decimal


def test_a_price_stands_until_it_is_set_and_a_span_shows_all_of_it() -> None:
    market = SteadyMarket(PRICES)
    market.set_price(BTC, after(10), D(71_000))
    market.set_price(BTC, after(10), D(69_000))
    assert [market.price(BTC, after(s)) for s in (0, 9, 10, 99)] == [D(70_000), D(70_000), D(69_000), D(69_000)]
    assert market.extremes(BTC, after(0), after(9)) == (D(70_000), D(70_000))
    assert market.extremes(BTC, after(9), after(11)) == (D(69_000), D(71_000))
    for at, usd in ((after(9), D(1)), (after(11), D(0))):
        with pytest.raises(InvalidInput):
            market.set_price(BTC, at, usd)


def test_funding_is_set_for_its_stamps_only() -> None:
    market = SteadyMarket(PRICES)
    stamp = NOON.replace(hour=16)
    market.set_funding(BTC, stamp, D("0.001"))
    assert market.funding_rate(BTC, stamp) == D("0.001")
    assert market.funding_rate(BTC, stamp + timedelta(hours=8)) is None
    with pytest.raises(InvalidInput):
        market.set_funding(BTC, NOON, D("0.001"))


def test_a_market_without_a_record_of_its_own_takes_anothers_rules() -> None:
    markets = Markets(DATA)
    assert markets.find(Market.SPOT, "BTCUSDC").instrument.symbol == BTC_USDC
    assert [each["symbol"] for each in markets.info(Market.SPOT, NOON)["symbols"]] == ["BTCUSDT", "BTCUSDC"]
    with pytest.raises(Rejection):
        markets.find(Market.PERP, "BTCUSDC")


def test_a_filter_changes_whole_or_not_at_all() -> None:
    markets = Markets(DATA)
    listing = markets.change_filter(BTC_PERP, "LOT_SIZE", {"stepSize": "0.01"})
    assert listing.instrument.step == D("0.01")
    assert markets.listing(BTC_PERP) == listing
    for kind, values in (("NO_FILTER", {}), ("LOT_SIZE", {"size": "1"}), ("LOT_SIZE", {"stepSize": "wide"})):
        with pytest.raises(InvalidInput):
            markets.change_filter(BTC_PERP, kind, values)
    assert markets.listing(BTC_PERP) == listing
    with pytest.raises(NotKnown):
        markets.change_filter("XVGUSDT:PERP", "LOT_SIZE", {})


def test_brackets_follow_on_each_other_and_bound_the_position_by_the_leverage() -> None:
    brackets = read_brackets(DATA / BRACKETS)
    rows = bracket_rows(brackets, BTC)
    assert [row["initialLeverage"] for row in rows[:5]] == [125, 100, 76, 50, 25]
    assert all(before["notionalCap"] == now["notionalFloor"] for before, now in pairwise(rows))
    assert notional_max(brackets, BTC, D(100)) == 600_000
    for leverage in (D(0), D(126)):
        with pytest.raises(Rejection):
            notional_max(brackets, BTC, leverage)


def depth(first: int, last: int, before: int, bids: Any, asks: Any) -> dict[str, Any]:
    names = {"e": "depthUpdate", "E": 1, "T": 1, "s": "BTCUSDT"}
    return names | {"U": first, "u": last, "pu": before, "b": bids, "a": asks}


def ticker(bid: str, ask: str) -> dict[str, Any]:
    return {"e": "bookTicker", "u": 1, "s": "BTCUSDT", "b": bid, "B": "1", "a": ask, "A": "1", "E": 1, "T": 1}


SNAPSHOT = {"lastUpdateId": 10, "bids": [["60000.0", "2"], ["59999.0", "5"]], "asks": [["60000.2", "3"]]}
FRAMES: list[tuple[float, dict[str, Any]]] = [
    (0.0, ticker("50000.0", "50000.2")),
    (1.0, SNAPSHOT),
    (1.0, ticker("60000.0", "60000.2")),
    (1.5, depth(8, 9, 7, [["59000.0", "9"]], [])),
    (2.0, depth(9, 12, 8, [["60000.0", "1"]], [["60000.2", "0"], ["60001.0", "4"]])),
    (2.0, ticker("60000.0", "60001.0")),
    (4.0, depth(13, 14, 12, [], [["60000.6", "1"]])),
]


def written(folder: Path, *, zipped: bool = True) -> Path:
    lines = "".join(f"{int(at * 1e9)} {json.dumps({'stream': 's', 'data': frame})}\n" for at, frame in FRAMES)
    path = folder / ("frames.gz" if zipped else "frames.jsonl")
    path.write_bytes(gzip.compress(lines.encode()) if zipped else lines.encode())
    return path


def played(path: Path) -> tuple[Exchange, MemoryClock]:
    clock = MemoryClock(NOON)
    settings = ExchangeSettings(
        credentials=Credentials("k", "s"),
        spot={},
        margin={USDT: D(1_000_000)},
        deposit_addresses=DEPOSIT_ADDRESSES,
        whitelist={},
        replays=(read_record(path),),
    )
    return Exchange(DATA, SteadyMarket(PRICES), clock, settings), clock


@pytest.mark.parametrize("zipped", [False, True])
def test_a_record_starts_at_its_snapshot_and_plays_at_its_pace(tmp_path: Path, *, zipped: bool) -> None:
    book = RecordedBook(read_record(written(tmp_path, zipped=zipped)), NOON)
    book.advance(NOON)
    assert (book.last_id, book.levels(Side.BUY)) == (10, {D("60000.2"): D(3)})
    book.advance(after(0.9))
    assert book.last_id == 10
    book.advance(after(1))
    assert (book.last_id, book.levels(Side.BUY)) == (12, {D("60001.0"): D(4)})
    assert book.levels(Side.SELL) == {D("60000.0"): D(1), D("59999.0"): D(5)}
    frames = book.drain()
    assert [frame["e"] for frame in frames] == ["bookTicker", "depthUpdate", "bookTicker"]
    assert frames[1]["E"] - frames[0]["E"] == 1000
    assert book.drain() == []


def test_our_orders_take_from_the_recorded_book_and_its_price_is_the_mark(tmp_path: Path) -> None:
    exchange, clock = played(written(tmp_path))
    clock.advance(timedelta(seconds=1))
    assert exchange.quotes.premium(Params({"symbol": "BTCUSDT"}), exchange.now())["markPrice"] == "60000.5"  # type: ignore[call-overload]
    report = exchange.engine.place(
        clock.now(), Order("a", BTC_PERP, Side.BUY, D(5), D(60_001), TimeInForce.IOC, reduce_only=False)
    )
    assert (report.state, report.filled) == (OrderState.EXPIRED, D(4))
    answer = exchange.quotes.depth(Market.PERP, Params({"symbol": "BTCUSDT"}), clock.now())
    assert (answer["lastUpdateId"], answer["asks"]) == (12, [["60001.0", "4"]])


@pytest.mark.parametrize(
    "text", ["", "no frame\n", '12 {"e":"trade"\n', '12 {"e":"trade","s":"A"}\n13 {"e":"trade","s":"B"}\n']
)
def test_a_file_of_no_record_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "frames.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"frames\.jsonl"):
        read_record(path)


async def test_the_recorded_frames_go_out_as_they_came_once_each(tmp_path: Path) -> None:
    exchange, clock = played(written(tmp_path))
    names = {"btcusdt@depth@0ms", "btcusdt@bookTicker"}
    socket = Socket(Market.PERP, frozenset({Group.PUBLIC}), NOON, names=names)
    exchange.hub.sockets.append(socket)
    told: list[dict[str, Any]] = []
    for _ in range(5):
        exchange.tick()
        clock.advance(timedelta(seconds=1))
        told += [json.loads(socket.waiting.get_nowait() or "{}") for _ in range(socket.waiting.qsize())]
    recorded = [frame for at, frame in FRAMES if at >= 1 and "e" in frame and frame["u"] != 9]
    assert [without_times(frame) for frame in told] == [without_times(frame) for frame in recorded]
    assert [frame["E"] - told[0]["E"] for frame in told] == [0, 1000, 1000, 3000]


def without_times(frame: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in frame.items() if name not in ("E", "T")}
