"""Books and marks from the exchange's streams, each with its age."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from ballast.adapters.exchange.depth import DepthBook
from ballast.adapters.exchange.endpoints import DEPTH
from ballast.adapters.exchange.errors import reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.instruments import our_symbol, venue_symbol
from ballast.adapters.exchange.line import Line, moment
from ballast.adapters.exchange.settings import ExchangeSettings
from ballast.adapters.exchange.socket import Socket
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.errors import LimitReached, RuleBroken, Unreachable
from ballast.ports.clock import Clock

_DEPTH_TOPIC, _MARK_TOPIC = "@depth@100ms", "@markPrice@1s"
_SNAPSHOT_LEVELS = 1000
_RETRY_S = 1


@frozen
class Mark:
    """A perpetual's mark and index price (USDT) at the exchange's time."""

    mark: Decimal
    index: Decimal
    time: datetime


@define
class LiveMarket:
    """What the streams say of the markets to be streamed; nothing older than `data_age_s_max` is given out."""

    _line: Line
    _clock: Clock
    _settings: ExchangeSettings
    resyncs: int = field(default=0, init=False)
    _books: dict[str, DepthBook] = field(init=False)
    _marks: dict[str, Mark] = field(factory=dict[str, Mark], init=False)
    _torn: asyncio.Queue[str] = field(factory=asyncio.Queue[str], init=False)

    def __attrs_post_init__(self) -> None:
        """Start without books."""
        self._books = {symbol: DepthBook(symbol, venue_symbol(symbol)[0]) for symbol in self._settings.streamed}

    def book(self, symbol: str) -> Book | None:
        """Return a market's book; None for one that is not proved or not fresh."""
        kept = self._books.get(symbol)
        found = None if kept is None else kept.book()
        return found if found is not None and self._fresh(found.time) else None

    def mark(self, symbol: str) -> Mark | None:
        """Return a perpetual's prices; None when they are not fresh."""
        found = self._marks.get(symbol)
        return found if found is not None and self._fresh(found.time) else None

    async def run(self) -> None:
        """Keep books and marks until cancelled."""
        async with asyncio.TaskGroup() as group:
            for market in Market:
                if topics := self._topics(market, _DEPTH_TOPIC):
                    group.create_task(self._depth_socket(market, topics).run())
            if topics := self._topics(Market.PERP, _MARK_TOPIC):
                group.create_task(self._mark_socket(topics).run())
            if self._books:
                group.create_task(self._repair())

    def _topics(self, market: Market, kind: str) -> tuple[str, ...]:
        named = (venue_symbol(symbol) for symbol in self._settings.streamed)
        return tuple(f"{name.lower()}{kind}" for found, name in named if found is market)

    def _depth_socket(self, market: Market, topics: tuple[str, ...]) -> Socket:
        async def address() -> str:
            return self._line.client.public_stream(market)

        async def on_open() -> None:
            for symbol in self._settings.streamed:
                if venue_symbol(symbol)[0] is market:
                    self._tear(symbol)

        def on_frame(frame: Any) -> None:
            if frame.get("e") == "depthUpdate":
                self._take(our_symbol(market, frame["s"]), frame)

        return self._socket(address, topics, on_frame, on_open)

    def _mark_socket(self, topics: tuple[str, ...]) -> Socket:
        async def address() -> str:
            return self._line.client.mark_stream()

        async def on_open() -> None:
            self._marks.clear()

        def on_frame(frame: Any) -> None:
            if frame.get("e") == "markPriceUpdate":
                mark = Mark(number(frame, "p"), number(frame, "i"), moment(frame["E"]))
                self._marks[our_symbol(Market.PERP, frame["s"])] = mark

        return self._socket(address, topics, on_frame, on_open)

    def _socket(
        self,
        address: Callable[[], Awaitable[str]],
        topics: tuple[str, ...],
        on_frame: Callable[[Any], None],
        on_open: Callable[[], Awaitable[None]],
    ) -> Socket:
        async def is_dead(*, silent: bool) -> bool:
            return silent

        patience_s = self._settings.data_age_s_max
        return Socket(self._line.client, self._clock, address, topics, on_frame, on_open, is_dead, patience_s)

    def _take(self, symbol: str, frame: Mapping[str, Any]) -> None:
        kept = self._books.get(symbol)
        if kept is not None and not kept.apply(frame, moment(frame["E"])):
            self._tear(symbol)

    def _tear(self, symbol: str) -> None:
        """Give a book up until a snapshot brings it back."""
        self._books[symbol].restart()
        self._torn.put_nowait(symbol)

    async def _repair(self) -> None:
        """Fetch a snapshot for each book that was given up, until it joins the frames that came meanwhile."""
        while True:
            symbol = await self._torn.get()
            try:
                joined = await self._reload(symbol)
            except LimitReached as limit:
                await self._clock.sleep(limit.retry_after_s)
                joined = False
            except (Unreachable, RuleBroken):
                await self._clock.sleep(_RETRY_S)
                joined = False
            if not joined:
                self._tear(symbol)

    async def _reload(self, symbol: str) -> bool:
        market, name = venue_symbol(symbol)
        with reading():
            snapshot = await self._line.ask(DEPTH[market], {"symbol": name, "limit": _SNAPSHOT_LEVELS})
            self.resyncs += 1
            return self._books[symbol].load(snapshot, self._line.now())

    def _fresh(self, time: datetime) -> bool:
        return self._line.now() - time <= timedelta(seconds=self._settings.data_age_s_max)
