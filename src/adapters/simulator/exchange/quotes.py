"""Public market data: the book as a numbered chain of changes, trades, mark prices."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, field

from ballast.adapters.simulator.exchange.markets import Markets, wire_symbol
from ballast.adapters.simulator.exchange.replay import RecordedBook
from ballast.adapters.simulator.exchange.sockets import Group, Hub
from ballast.adapters.simulator.exchange.wire import Json, Params, Rejection, ms_of, plain
from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.adapters.simulator.venue.feed import PriceSource
from ballast.domain.execution.book import Book, Level
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Trade

_DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
_DEPTH_DEFAULT = {Market.PERP: 500, Market.SPOT: 100}
_SPEEDS = ("", "@0ms", "@100ms", "@250ms", "@500ms", "@1000ms")
_PARTIAL = (5, 10, 20)
_FUNDING_HOURS = 8
# What the exchange pays when nothing else is known: its interest component, 0.01 % per 8 hours.
_RATE_DEFAULT = Decimal("0.0001")
_HISTORY_MAX = 1000
_SECOND = timedelta(seconds=1)
_HISTORY = timedelta(days=7)

Rows = list[list[str]]


@define
class Tape:
    """One market's book as last shown, and the number of its last change."""

    last_id: int
    bids: dict[Decimal, Decimal] = field(factory=dict[Decimal, Decimal])
    asks: dict[Decimal, Decimal] = field(factory=dict[Decimal, Decimal])
    best: tuple[Level, Level] | None = None

    def move(self, book: Book) -> Json | None:
        """Go on to another book; return the change with its first, last and previous number, None for none."""
        bids, asks = dict(book.bids), dict(book.asks)
        changed_bids, changed_asks = _changes(self.bids, bids), _changes(self.asks, asks)
        count = len(changed_bids) + len(changed_asks)
        if not count:
            return None
        before, self.last_id = self.last_id, self.last_id + count
        self.bids, self.asks = bids, asks
        return {"U": before + 1, "u": self.last_id, "pu": before, "b": changed_bids, "a": changed_asks}


def _changes(before: Mapping[Decimal, Decimal], after: Mapping[Decimal, Decimal]) -> Rows:
    changed = [[plain(price), plain(size)] for price, size in after.items() if before.get(price) != size]
    return changed + [[plain(price), "0"] for price in before if price not in after]


class Quotes:
    """Answer for public data and keep its streams going; a stream nobody reads costs nothing."""

    def __init__(
        self,
        engine: VenueEngine,
        markets: Markets,
        market: PriceSource,
        hub: Hub,
        books: Mapping[str, RecordedBook],
        start: datetime,
    ) -> None:
        self._engine = engine
        self._markets = markets
        self._market = market
        self._hub = hub
        self._books = books
        self._tapes = {
            listing.instrument.symbol: Tape(ms_of(start) * 1000)
            for kind in Market
            for listing in markets.of_market(kind)
        }
        self._trade_numbers: dict[str, int] = {}
        self._second = start.replace(microsecond=0)

    def depth(self, market: Market, params: Params, now: datetime) -> Json:
        """Return the book; raises Rejection -1121, -4021 for a limit that does not exist."""
        instrument = self._markets.find(market, params.text("symbol")).instrument
        limit = params.whole("limit", _DEPTH_DEFAULT[market])
        if market is Market.PERP and limit not in _DEPTHS:
            raise Rejection(-4021, "depth limit is not valid")
        self._move(instrument, now)
        tape = self._tapes[instrument.symbol]
        answer = {"lastUpdateId": tape.last_id, "bids": _rows(tape.bids, limit), "asks": _rows(tape.asks, limit)}
        return answer | {"E": ms_of(now), "T": ms_of(now)} if market is Market.PERP else answer

    def book_ticker(self, market: Market, params: Params, now: datetime) -> Json | list[Json]:
        """Return the best prices of a symbol, or of all."""
        if params.optional("symbol"):
            return self._best(self._markets.find(market, params.text("symbol")).instrument, now)
        return [self._best(listing.instrument, now) for listing in self._markets.of_market(market)]

    def price(self, market: Market, params: Params, now: datetime) -> Json | list[Json]:
        """Return the price of a symbol, or of all."""
        listings = self._markets.of_market(market)
        one = params.optional("symbol")
        if one:
            listings = (self._markets.find(market, one),)
        rows = [
            {
                "symbol": wire_symbol(each.instrument.symbol),
                "price": plain(self._engine.mark(now, each.instrument.symbol)),
                "time": ms_of(now),
            }
            for each in listings
        ]
        return rows[0] if one else rows

    def premium(self, params: Params, now: datetime) -> Json | list[Json]:
        """Return mark and index price and the coming funding of a symbol, or of all."""
        if params.optional("symbol"):
            return self._premium(self._markets.find(Market.PERP, params.text("symbol")).instrument, now)
        return [self._premium(listing.instrument, now) for listing in self._markets.of_market(Market.PERP)]

    def funding_history(self, params: Params, now: datetime) -> list[Json]:
        """Return the rates paid, oldest first, at most a week back."""
        instrument = self._markets.find(Market.PERP, params.text("symbol")).instrument
        stamp, rows = _next_funding(now - _HISTORY), list[Json]()
        while stamp <= now:
            rate = self._market.funding_rate(instrument.base, stamp)
            if rate is not None:
                mark = {"fundingTime": ms_of(stamp), "fundingRate": plain(rate)}
                rows.append({"symbol": params.text("symbol")} | mark)
            stamp += timedelta(hours=_FUNDING_HOURS)
        since, until = params.whole("startTime", 0), params.whole("endTime", ms_of(now))
        kept = [row for row in rows if since <= row["fundingTime"] <= until]
        return kept[-min(params.whole("limit", 100), _HISTORY_MAX) :]

    def tick(self, now: datetime) -> None:
        """Send what changed since the last tick to whoever reads it."""
        new_second = now - self._second >= _SECOND
        if new_second:
            self._second = now.replace(microsecond=0)
        for market in Market:
            wanted = {name.partition("@")[0] for name in self._hub.wanted(market)}
            for listing in self._markets.of_market(market):
                if wire_symbol(listing.instrument.symbol).lower() in wanted:
                    self._tick(listing.instrument, now, new_second=new_second)

    def traded(self, instrument: Instrument, side: Side, trade: Trade) -> None:
        """Send one of the account's own trades to the readers of all trades."""
        buyer_maker = (side is Side.BUY) == trade.maker
        self._publish_trade(instrument, trade.price, trade.quantity, trade.time, buyer_maker=buyer_maker)

    def _tick(self, instrument: Instrument, now: datetime, *, new_second: bool) -> None:
        self._move(instrument, now)
        if not new_second:
            return
        if instrument.symbol not in self._books:
            self._trade_best(instrument, now)
        self._publish(instrument, Group.MARKET, "miniTicker", self._mini_ticker(instrument, now))
        if instrument.market is Market.PERP:
            frame = self._mark_frame(instrument, now)
            for name in ("markPrice", "markPrice@1s"):
                self._publish(instrument, Group.MARKET, name, frame)

    def _trade_best(self, instrument: Instrument, now: datetime) -> None:
        for side, quantity in self._engine.traded_per_second(now, instrument.symbol).items():
            best = self._engine.book(now, instrument.symbol).against(side)
            if best and quantity:
                self._publish_trade(instrument, best[0][0], quantity, now, buyer_maker=side is Side.SELL)

    def _replay(self, instrument: Instrument, book: RecordedBook, now: datetime) -> None:
        """Send a record's frames as they came; our own trades do not show in them."""
        book.advance(now)
        tape = self._tapes[instrument.symbol]
        tape.last_id, tape.bids, tape.asks = book.last_id, book.levels(Side.SELL), book.levels(Side.BUY)
        for frame in book.drain():
            if frame["e"] == "depthUpdate":
                self._publish_depth(instrument, "depth", frame)
            else:
                self._publish(instrument, Group.PUBLIC, frame["e"], frame)

    def _move(self, instrument: Instrument, now: datetime) -> None:
        recorded = self._books.get(instrument.symbol)
        if recorded is not None:
            self._replay(instrument, recorded, now)
            return
        tape = self._tapes[instrument.symbol]
        change = tape.move(self._engine.book(now, instrument.symbol))
        if change is None:
            return
        times: Json = {"e": "depthUpdate", "E": ms_of(now)}
        if instrument.market is Market.PERP:
            times["T"] = ms_of(now)
        else:
            del change["pu"]
        frame = times | {"s": wire_symbol(instrument.symbol)} | change
        self._publish_depth(instrument, "depth", frame)
        for limit in _PARTIAL:
            shown = {"b": _rows(tape.bids, limit), "a": _rows(tape.asks, limit)}
            self._publish_depth(instrument, f"depth{limit}", frame | shown)
        self._move_best(instrument, tape, now)

    def _move_best(self, instrument: Instrument, tape: Tape, now: datetime) -> None:
        if not tape.bids or not tape.asks:
            return
        best = next(iter(tape.bids.items())), next(iter(tape.asks.items()))
        if best != tape.best:
            tape.best = best
            frame = _best_frame(instrument, tape.last_id, best)
            if instrument.market is Market.PERP:
                frame |= {"e": "bookTicker", "E": ms_of(now), "T": ms_of(now)}
            self._publish(instrument, Group.PUBLIC, "bookTicker", frame)

    def _best(self, instrument: Instrument, now: datetime) -> Json:
        self._move(instrument, now)
        tape = self._tapes[instrument.symbol]
        (bid, bid_size), (ask, ask_size) = next(iter(tape.bids.items())), next(iter(tape.asks.items()))
        return {
            "symbol": wire_symbol(instrument.symbol),
            "bidPrice": plain(bid),
            "bidQty": plain(bid_size),
            "askPrice": plain(ask),
            "askQty": plain(ask_size),
            "time": ms_of(now),
            "lastUpdateId": tape.last_id,
        }

    def _premium(self, instrument: Instrument, now: datetime) -> Json:
        mark = plain(self._engine.mark(now, instrument.symbol))
        return {
            "symbol": wire_symbol(instrument.symbol),
            "markPrice": mark,
            "indexPrice": mark,
            "estimatedSettlePrice": mark,
            "lastFundingRate": plain(self._rate(instrument, now)),
            "interestRate": plain(_RATE_DEFAULT),
            "nextFundingTime": ms_of(_next_funding(now)),
            "time": ms_of(now),
        }

    def _mark_frame(self, instrument: Instrument, now: datetime) -> Json:
        mark = plain(self._engine.mark(now, instrument.symbol))
        return {
            "e": "markPriceUpdate",
            "E": ms_of(now),
            "s": wire_symbol(instrument.symbol),
            "p": mark,
            "i": mark,
            "P": mark,
            "r": plain(self._rate(instrument, now)),
            "T": ms_of(_next_funding(now)),
        }

    def _rate(self, instrument: Instrument, now: datetime) -> Decimal:
        rate = self._market.funding_rate(instrument.base, _next_funding(now))
        return _RATE_DEFAULT if rate is None else rate

    def _mini_ticker(self, instrument: Instrument, now: datetime) -> Json:
        price = plain(self._engine.mark(now, instrument.symbol))
        names: Json = {"e": "24hrMiniTicker", "E": ms_of(now), "s": wire_symbol(instrument.symbol)}
        return names | {"c": price, "o": price, "h": price, "l": price, "v": "0", "q": "0"}

    def _publish_trade(
        self, instrument: Instrument, price: Decimal, quantity: Decimal, time: datetime, *, buyer_maker: bool
    ) -> None:
        symbol = instrument.symbol
        number = self._trade_numbers[symbol] = self._trade_numbers.get(symbol, 0) + 1
        frame = {
            "e": "trade",
            "E": ms_of(time),
            "T": ms_of(time),
            "s": wire_symbol(symbol),
            "t": number,
            "p": plain(price),
            "q": plain(quantity),
            "X": "MARKET",
            "m": buyer_maker,
        }
        self._publish(instrument, Group.PUBLIC, "trade", frame)

    def _publish_depth(self, instrument: Instrument, kind: str, frame: Json) -> None:
        for speed in _SPEEDS:
            self._publish(instrument, Group.PUBLIC, f"{kind}{speed}", frame)

    def _publish(self, instrument: Instrument, group: Group, kind: str, frame: Json) -> None:
        name = f"{wire_symbol(instrument.symbol).lower()}@{kind}"
        if name in self._hub.wanted(instrument.market):
            self._hub.publish(instrument.market, group, name, frame)


def _rows(levels: Mapping[Decimal, Decimal], limit: int) -> Rows:
    return [[plain(price), plain(size)] for price, size in list(levels.items())[:limit]]


def _best_frame(instrument: Instrument, number: int, best: tuple[Level, Level]) -> Json:
    (bid, bid_size), (ask, ask_size) = best
    sides = {"b": plain(bid), "B": plain(bid_size), "a": plain(ask), "A": plain(ask_size)}
    return {"u": number, "s": wire_symbol(instrument.symbol)} | sides


def _next_funding(now: datetime) -> datetime:
    """Return the first funding stamp after a moment."""
    stamp = now.replace(hour=now.hour - now.hour % _FUNDING_HOURS, minute=0, second=0, microsecond=0)
    return stamp + timedelta(hours=_FUNDING_HOURS)
