"""The adapter's streams against the loopback exchange's: what is lost on the way is noticed and made good."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from tests.contract import loopback
from tests.contract.loopback_rigs import KEYS, settings
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, BTC_USDC

from ballast.adapters.exchange.socket import running
from ballast.adapters.exchange.user_stream import Fill, UserStream
from ballast.adapters.exchange.venue import ExchangeVenue, open_venue
from ballast.adapters.simulator.exchange.control import ExchangeControl
from ballast.adapters.simulator.exchange.sockets import Disturbance, Group
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.adapters.system.clock import SystemClock
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import Order, OrderReport, TimeInForce, Trade
from ballast.domain.kernel.asset import BTC

D = Decimal
CLOCK = SystemClock()
PATIENCE_S, LOOK_S = 15, 0.02


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what the sockets bring."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await CLOCK.sleep(LOOK_S)


@asynccontextmanager
async def streaming(
    scratch: Path, *streamed: str, silence_s_max: int = 1
) -> AsyncGenerator[tuple[ExchangeVenue, ExchangeControl], None]:
    """An account that lives in real time; a stream that is silent for a second is suspect."""
    quick = VenueSettings(refill_s=1)
    async with loopback.exchange(spot={BTC: D(6)}, margin={BTC: D(4)}, venue=quick) as (url, control):
        account = evolve(settings(scratch, url), streamed=streamed, data_age_s_max=silence_s_max)
        async with open_venue(account, KEYS, CLOCK) as venue:
            yield venue, control


async def trade(venue: ExchangeVenue, client_id: str, symbol: str = BTC_PERP) -> OrderReport:
    """Take from the book, so that it changes."""
    report = await venue.place(
        Order(client_id, symbol, Side.SELL, D("0.5"), D(69_000), TimeInForce.IOC, reduce_only=False)
    )
    assert report.filled > 0
    return report


def levels(book: Book | None) -> object:
    return None if book is None else (dict(book.bids), dict(book.asks))


async def equal_books(venue: ExchangeVenue, control: ExchangeControl, symbol: str) -> None:
    """Wait until the kept book is the exchange's own of this moment."""

    def same() -> bool:
        own = control.exchange.engine.book(control.now(), symbol)
        return levels(venue.live.book(symbol)) == levels(own)

    await until(same)


@pytest.mark.parametrize("symbol", [BTC_PERP, BTC_USDC])
async def test_a_streamed_book_follows_the_exchanges_own(tmp_path: Path, symbol: str) -> None:
    async with streaming(tmp_path, symbol) as (venue, control):
        await equal_books(venue, control, symbol)
        resyncs = venue.live.resyncs
        for number in range(2):
            await trade(venue, f"a{number}", symbol)
            await equal_books(venue, control, symbol)
        assert venue.live.resyncs == resyncs
        assert await venue.book(symbol) == venue.live.book(symbol)


@pytest.mark.parametrize(
    ("kind", "torn"), [(Disturbance.DROP, True), (Disturbance.SWAP, True), (Disturbance.DUPLICATE, False)]
)
async def test_a_gap_in_the_frames_is_noticed_and_a_snapshot_brings_the_book_back(
    tmp_path: Path, kind: Disturbance, *, torn: bool
) -> None:
    async with streaming(tmp_path, BTC_PERP) as (venue, control):
        await equal_books(venue, control, BTC_PERP)
        resyncs = venue.live.resyncs
        control.disturb(kind, Group.PUBLIC, "depthUpdate")
        await trade(venue, "a1")
        await trade(venue, "a2")
        if torn:
            await until(lambda: venue.live.resyncs > resyncs)
        await equal_books(venue, control, BTC_PERP)


async def test_a_socket_that_is_silent_or_cut_is_replaced(tmp_path: Path) -> None:
    async with streaming(tmp_path, BTC_PERP) as (venue, control):
        await equal_books(venue, control, BTC_PERP)
        control.silence(Group.PUBLIC)
        await trade(venue, "a1")
        await until(lambda: venue.live.book(BTC_PERP) is None)
        assert (await venue.book(BTC_PERP)).bids
        control.silence(Group.PUBLIC, silent=False)
        await equal_books(venue, control, BTC_PERP)
        control.cut_streams(Group.PUBLIC)
        await trade(venue, "a2")
        await equal_books(venue, control, BTC_PERP)


async def test_marks_are_streamed_with_their_age(tmp_path: Path) -> None:
    async with streaming(tmp_path, BTC_PERP) as (venue, control):
        control.set_price(BTC, D(71_000))

        def known() -> bool:
            mark = venue.live.mark(BTC_PERP)
            return mark is not None and mark.mark == mark.index == D(71_000)

        await until(known)
        control.silence(Group.MARKET)
        await until(lambda: venue.live.mark(BTC_PERP) is None)


@asynccontextmanager
async def listening(
    scratch: Path, silence_s_max: int = 1
) -> AsyncGenerator[tuple[ExchangeVenue, ExchangeControl, UserStream, list[Fill]], None]:
    """An account whose fills are listened to; balances are kept in the stream's own callback."""
    fills: list[Fill] = []
    async with streaming(scratch, silence_s_max=silence_s_max) as (venue, control):
        stream = UserStream(venue.line, CLOCK, venue.settings, fills.append, lambda _asset, _held: None)
        async with running(stream.run()):
            await until(lambda: stream.socket.openings == 1)
            yield venue, control, stream, fills


def delivered(fills: list[Fill], *reports: OrderReport) -> bool:
    """Say whether every trade of the orders was delivered; raises AssertionError for one too many."""
    expected = [trade for report in reports for trade in report.trades]
    found = [fill.trade for fill in fills]
    assert len(found) == len(set(found)) <= len(expected)
    return sorted(found, key=_number) == expected


def _number(trade: Trade) -> int:
    return int(trade.trade_id)


async def test_fills_are_delivered_as_they_happen(tmp_path: Path) -> None:
    async with listening(tmp_path) as (venue, _, stream, fills):
        report = await trade(venue, "a1")
        await until(lambda: delivered(fills, report))
        assert stream.socket.openings == 1


async def test_a_fill_that_is_sent_twice_is_delivered_once(tmp_path: Path) -> None:
    async with listening(tmp_path) as (venue, control, _, fills):
        control.disturb(Disturbance.DUPLICATE, Group.PRIVATE, "ORDER_TRADE_UPDATE")
        control.disturb(Disturbance.DUPLICATE, Group.PRIVATE, "ORDER_TRADE_UPDATE")
        first, second = await trade(venue, "a1"), await trade(venue, "a2")
        await until(lambda: delivered(fills, first, second))


async def test_a_fill_that_a_cut_socket_missed_is_caught_up(tmp_path: Path) -> None:
    async with listening(tmp_path, silence_s_max=600) as (venue, control, stream, fills):
        first = await trade(venue, "a1")
        await until(lambda: delivered(fills, first))
        control.silence(Group.PRIVATE)
        second = await trade(venue, "a2")
        control.silence(Group.PRIVATE, silent=False)
        control.cut_streams(Group.PRIVATE)
        await until(lambda: delivered(fills, first, second))
        await until(lambda: stream.socket.openings == 2)


async def test_a_socket_that_is_open_and_silent_is_found_dead_by_what_it_did_not_bring(tmp_path: Path) -> None:
    async with listening(tmp_path) as (venue, control, stream, fills):
        control.silence(Group.PRIVATE)
        missed = await trade(venue, "a1")
        await until(lambda: delivered(fills, missed))
        await until(lambda: stream.socket.openings == 2)


async def test_a_quiet_account_is_no_dead_stream(tmp_path: Path) -> None:
    async with listening(tmp_path) as (_venue, _control, stream, fills):
        await until(lambda: stream.catch_ups == 3)
        assert (stream.socket.openings, fills) == (1, [])


async def test_an_expired_listen_key_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    async with listening(tmp_path, silence_s_max=600) as (venue, control, stream, fills):
        control.expire_listen_keys()
        missed = await trade(venue, "a1")
        await until(lambda: delivered(fills, missed))
        await until(lambda: stream.socket.openings == 2)
        brought = await trade(venue, "a2")
        await until(lambda: delivered(fills, missed, brought))


async def test_a_key_that_the_exchange_forgot_without_a_word_is_noticed_when_it_is_renewed(tmp_path: Path) -> None:
    async with listening(tmp_path) as (venue, control, stream, fills):
        control.silence(Group.PRIVATE)
        control.jump(3_601)
        control.silence(Group.PRIVATE, silent=False)
        await until(lambda: stream.socket.openings == 2)
        brought = await trade(venue, "a1")
        await until(lambda: delivered(fills, brought))


async def test_the_exchanges_daily_cut_is_survived(tmp_path: Path) -> None:
    async with listening(tmp_path) as (venue, control, stream, fills):
        control.jump(86_400)
        await until(lambda: stream.socket.openings >= 2)
        brought = await trade(venue, "a1")
        await until(lambda: delivered(fills, brought))
