"""What becomes of an order: takers walk the book, makers queue."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ballast.adapters.common.venue.holdings import Fill, Holdings
from ballast.adapters.common.venue.orders import Key, OrderLog, OrderRecord
from ballast.adapters.simulator.venue.feed import Feed
from ballast.adapters.simulator.venue.ladder import Ladder
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Order, OrderEvent, OrderState, TimeInForce, Trade
from ballast.domain.execution.slicing import reduce_only_part
from ballast.domain.kernel.number import ROUND_HALF_EVEN, ZERO, divide

_SECOND = timedelta(seconds=1)

Observe = Callable[[OrderRecord, OrderEvent, Trade | None, datetime], None]
"""Be told what happened to an order, right after it did; the trade of a fill, None otherwise.

SEND is an order's first event; a second SEND means that it was changed.
"""


def _ignore(_record: OrderRecord, _event: OrderEvent, _trade: Trade | None, _now: datetime) -> None:
    """Tell nobody."""


class Matching:
    """The matching engine of all markets.

    A resting order fills whole when the price trades through it. While its price is the best one it fills from what
    trades there, once the quantity displayed before it was placed is gone: the displayed size trades every `queue_s`.
    Time passes in whole seconds, so that it does not matter how often anybody looks.

    Nothing fills in a `halted` market.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        ladders: Mapping[str, Ladder],
        feed: Feed,
        settings: VenueSettings,
        holdings: Holdings,
        orders: OrderLog,
    ) -> None:
        self._instruments = instruments
        self._ladders = ladders
        self._feed = feed
        self._settings = settings
        self._holdings = holdings
        self._orders = orders
        self.observe: Observe = _ignore
        self.halted: set[str] = set()
        self._ahead: dict[Key, Decimal] = {}
        self._matched: datetime | None = None

    def would_take(self, order: Order, now: datetime) -> bool:
        """Say whether an order crosses the book."""
        levels = self._against(order, now)
        return bool(levels) and _reaches(order, levels[0][0])

    def execute(self, record: OrderRecord, now: datetime, fill_max: Decimal | None = None) -> None:
        """Fill an order from the book as far as its limit (and `fill_max`, base units) goes; rest what may rest."""
        order, before = record.order, record.filled
        self._take(record, now, record.rest if fill_max is None else fill_max)
        if record.filled > before:
            self._ladders[order.symbol].take(order.side, record.filled - before, now)
        if order.time_in_force is TimeInForce.IOC:
            self._end(record, now)
        elif record.rest:
            self._rest(record, now)
        self._settle(record)

    def _take(self, record: OrderRecord, now: datetime, left: Decimal) -> None:
        order = record.order
        for price, size in self._against(order, now) if order.time_in_force is not TimeInForce.POST_ONLY else ():
            if not left or not _reaches(order, price):
                break
            taken = min(size, left)
            left -= taken
            self._fill(record, taken, price, now, maker=False)

    def change(self, record: OrderRecord, order: Order, now: datetime) -> None:
        """Give an open order another quantity and price; it keeps its place only for less at the same price."""
        before, record.order = record.order, order
        self.observe(record, OrderEvent.SEND, None, now)
        if order.limit_price != before.limit_price or order.quantity > before.quantity:
            self.execute(record, now)

    def refuse_to_take(self, record: OrderRecord, now: datetime) -> None:
        """End a post-only order that was accepted although it would take."""
        self._end(record, now)
        self._settle(record)

    def cancel(self, record: OrderRecord, now: datetime) -> None:
        """End what has not filled; an order that ended before stays as it is."""
        if not record.state.final:
            record.happen(OrderEvent.CANCEL)
            self.observe(record, OrderEvent.CANCEL, None, now)
            self._settle(record)

    def close_out(self, record: OrderRecord, fill: Fill, now: datetime) -> tuple[Decimal, Decimal]:
        """Fill an order of the exchange's own whole, past the book; return the fee and the profit realised, USDT."""
        trade = self._book(record, fill, now, maker=False)
        self._settle(record)
        return trade.fee, trade.realised

    def match_until(self, now: datetime) -> None:
        """Let resting orders meet what traded up to the last whole second."""
        if self._matched is not None and self._orders.has_open():
            self._match_span(self._matched.replace(microsecond=0), now.replace(microsecond=0))
        self._matched = now

    def expire(self, market: Market, now: datetime) -> None:
        """End every resting order of a market."""
        for record in self._orders.open_orders():
            if self._instruments[record.order.symbol].market is market:
                self._end(record, now)
                self._settle(record)

    def _match_span(self, since: datetime, until: datetime) -> None:
        """Go through a span second by second, if any order was touched in it at all."""
        if not any(self._meets(record, since, until)[0] for record in self._orders.open_orders()):
            return
        while since < until:
            for record in self._orders.open_orders():
                self._match_second(record, since, since + _SECOND)
            since += _SECOND

    def _match_second(self, record: OrderRecord, since: datetime, until: datetime) -> None:
        touched, through = self._meets(record, since, until)
        if through:
            self._fill_resting(record, record.rest, until)
        elif touched:
            order = record.order
            displayed = self._ladders[order.symbol].touch_quantity(order.limit_price)
            instrument = self._instruments[order.symbol]
            traded = divide(displayed, Decimal(self._settings.queue_s), instrument.base.scale, ROUND_HALF_EVEN)
            ahead = self._ahead[record.key] - traded
            ours = min(instrument.quantity_down(max(-ahead, ZERO)), record.rest)
            self._ahead[record.key] = ahead + ours
            if ours:
                self._fill_resting(record, ours, until)

    def _meets(self, record: OrderRecord, since: datetime, until: datetime) -> tuple[bool, bool]:
        """Say whether an order was at the best price during a span, and whether the price traded through it."""
        order = record.order
        found = self._feed.quote_extremes(self._instruments[order.symbol], since, until)
        if found is None or order.symbol in self.halted:
            return False, False
        bid, ask = self._ladders[order.symbol].touch(found[0] if order.side is Side.BUY else found[1])
        if order.side is Side.BUY:
            return bid <= order.limit_price, ask <= order.limit_price
        return ask >= order.limit_price, bid >= order.limit_price

    def _fill_resting(self, record: OrderRecord, quantity: Decimal, now: datetime) -> None:
        """Fill as a maker; a reduce-only order whose position shrank meanwhile ends instead of opening."""
        order = record.order
        if order.reduce_only:
            position = self._holdings.contracts[self._instruments[order.symbol].base].quantity
            quantity = reduce_only_part(position, order.side, quantity)
        if quantity:
            self._fill(record, quantity, order.limit_price, now, maker=True)
        else:
            self._end(record, now)
        self._settle(record)

    def _rest(self, record: OrderRecord, now: datetime) -> None:
        if record.state is OrderState.SENT:
            record.happen(OrderEvent.ACCEPT)
            self.observe(record, OrderEvent.ACCEPT, None, now)
        order = record.order
        other = Side.SELL if order.side is Side.BUY else Side.BUY
        levels = self._ladders[order.symbol].against(other, self._price(order.symbol, now), now)
        improves = not levels or (_reaches(order, levels[0][0]) and order.limit_price != levels[0][0])
        # Between two shown levels there is a queue too; the best level's size stands for it.
        self._ahead[record.key] = ZERO if improves else dict(levels).get(order.limit_price, levels[0][1])

    def _end(self, record: OrderRecord, now: datetime) -> None:
        if record.rest:
            record.happen(OrderEvent.EXPIRE)
            self.observe(record, OrderEvent.EXPIRE, None, now)

    def _settle(self, record: OrderRecord) -> None:
        self._orders.settle(record)
        if record.state.final:
            self._ahead.pop(record.key, None)

    def _fill(self, record: OrderRecord, quantity: Decimal, price: Decimal, now: datetime, *, maker: bool) -> None:
        fees = self._settings.fees[self._instruments[record.order.symbol].market]
        self._book(record, Fill(quantity, price, fees.maker if maker else fees.taker), now, maker=maker)

    def _book(self, record: OrderRecord, fill: Fill, now: datetime, *, maker: bool) -> Trade:
        order = record.order
        fee, fee_asset, realised = self._holdings.book(self._instruments[order.symbol], order.side, fill)
        trade_id = self._orders.next_trade_id(order.symbol)
        trade = Trade(trade_id, fill.quantity, fill.price, fee, fee_asset, realised, maker, now)
        record.fill(trade)
        self.observe(record, OrderEvent.FILL_PART if record.rest else OrderEvent.FILL_ALL, trade, now)
        return trade

    def _against(self, order: Order, now: datetime) -> tuple[tuple[Decimal, Decimal], ...]:
        return self._ladders[order.symbol].against(order.side, self._price(order.symbol, now), now)

    def _price(self, symbol: str, now: datetime) -> Decimal:
        return self._feed.quote(self._instruments[symbol], now)


def _reaches(order: Order, price: Decimal) -> bool:
    """Say whether an order's limit accepts a price."""
    return order.limit_price >= price if order.side is Side.BUY else order.limit_price <= price
