"""Orders as requests ask for them and as the engine takes them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import define, field, frozen

from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.simulator.exchange.archive import Archive, Asked, Entry
from ballast.adapters.simulator.exchange.faults import NO_FAULT, Fault
from ballast.adapters.simulator.exchange.markets import Markets, notional_max
from ballast.adapters.simulator.exchange.wire import Params, Rejection
from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.domain.execution.book import Level
from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import Order, OrderReport, OrderState, TimeInForce
from ballast.domain.kernel.asset import PERP_OF
from ballast.domain.kernel.number import ONE, ROUND_DOWN, ZERO, divide

NUMBER_BASE = 4_000_000_000
_AMENDMENTS_MAX = 10_000
_CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
_TIMES: Mapping[str, TimeInForce] = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.IOC,
    "GTX": TimeInForce.POST_ONLY,
}
# Spot has one code for what futures tell apart (facts/binance.md section 5).
_SPOT_CODES = {-4116: -2010, -5022: -2010, -2025: -2010, -4015: -1100}


@frozen
class _Wish:
    """One order as asked for, before it is one."""

    listing: Listing
    side: Side
    quantity: Decimal
    asked: Asked
    reduce_only: bool

    @property
    def symbol(self) -> str:
        return self.listing.instrument.symbol

    def reaches(self, price: Decimal, limit: Decimal) -> bool:
        return price <= limit if self.side is Side.BUY else price >= limit


@define
class OrderDesk:
    """Place, change, cancel and find the orders of one market family after another over one engine."""

    _engine: VenueEngine
    _markets: Markets
    _archive: Archive
    _named: int = field(init=False, default=0)

    def place(self, market: Market, params: Params, now: datetime, fault: Fault = NO_FAULT) -> Entry:
        """Take an order; raises Rejection with the exchange's code."""
        wish = self._wish(market, params, now)
        self._check(wish)
        limit = self._limit(wish, now)
        if wish.asked.time_in_force == "FOK" and self._on_offer(wish, limit, now) < wish.quantity:
            raise Rejection(-5021, "the fill-or-kill order could not be filled at once")
        client_id = params.optional("newClientOrderId") or self._own_name()
        time_in_force = _TIMES[wish.asked.time_in_force]
        fill_max = None
        if fault.fill_fraction is not None:
            fill_max = wish.listing.instrument.quantity_down(wish.quantity * fault.fill_fraction)
            time_in_force = TimeInForce.IOC
        order = Order(client_id, wish.symbol, wish.side, wish.quantity, limit, time_in_force, wish.reduce_only)
        self._archive.ask(wish.asked)
        report = self._engine.place(now, order, fault.hidden_s, fill_max)
        self._archive.ask(None)
        _raise_refused(market, report)
        return self._archive.newest(wish.symbol, client_id)

    def amend(self, market: Market, params: Params, now: datetime) -> Entry:
        """Change an open limit order's quantity and price; raises Rejection with the exchange's code."""
        entry = self.find(market, params, now)
        order = entry.record.order
        params.side()
        quantity, price = params.number("quantity"), params.number("price")
        if entry.record.state.final or entry.asked.kind != "LIMIT":
            raise Rejection(-2013, "no open limit order to modify")
        if (quantity, price) == (order.quantity, order.limit_price):
            raise Rejection(-5027, "no need to modify the order")
        if entry.amendments >= _AMENDMENTS_MAX:
            raise Rejection(-5026, "the order was modified too often")
        _raise_refused(market, self._engine.amend(now, order.symbol, order.client_id, quantity, price))
        return entry

    def find(self, market: Market, params: Params, now: datetime) -> Entry:
        """Return an order by the exchange's number or our id (the newest of it); raises Rejection -2013."""
        our = self._markets.find(market, params.text("symbol")).instrument.symbol
        if params.optional("orderId"):
            entry = self._archive.by_number(our, params.whole("orderId") - NUMBER_BASE, now)
        else:
            entry = self._archive.by_client_id(our, params.text("origClientOrderId"), now)
        if entry is None:
            raise Rejection(-2013, "order does not exist")
        return entry

    def cancel(self, market: Market, params: Params, now: datetime) -> Entry:
        """Cancel an open order; raises Rejection -2011 when there is none."""
        try:
            entry = self.find(market, params, now)
        except Rejection as missing:
            raise Rejection(-2011 if missing.code == -2013 else missing.code, "unknown order sent") from missing  # noqa: PLR2004
        if entry.record.state.final:
            raise Rejection(-2011, "unknown order sent")
        self._engine.cancel(now, *entry.record.key)
        return entry

    def cancel_all(self, market: Market, params: Params, now: datetime) -> list[Entry]:
        """Cancel every open order of a symbol; return them."""
        entries = self.open_orders(market, Params({"symbol": params.text("symbol")}), now)
        for entry in entries:
            self._engine.cancel(now, *entry.record.key)
        return entries

    def open_orders(self, market: Market, params: Params, now: datetime) -> list[Entry]:
        """Return what is open of a symbol, or of all."""
        return [entry for entry in self.all_orders(market, params, now) if not entry.record.state.final]

    def all_orders(self, market: Market, params: Params, now: datetime) -> list[Entry]:
        """Return every order that can be seen of a symbol, or of all, oldest first."""
        symbols: tuple[str, ...]
        if params.optional("symbol"):
            symbols = (self._markets.find(market, params.text("symbol")).instrument.symbol,)
        else:
            symbols = tuple(listing.instrument.symbol for listing in self._markets.of_market(market))
        return list(self._archive.of_market(symbols, now))

    def _own_name(self) -> str:
        self._named += 1
        return f"unnamed-{self._named}"

    def _wish(self, market: Market, params: Params, now: datetime) -> _Wish:
        listing, side = self._markets.find(market, params.text("symbol")), params.side()
        if params.optional("positionSide", "BOTH") != "BOTH":
            raise Rejection(-4061, "the order's position side does not match the one-way mode")
        asked = _asked(market, params)
        if asked.kind == "MARKET" and not params.optional("quantity") and market is Market.SPOT:
            quantity = self._quantity_for(listing, side, params.number("quoteOrderQty"), now)
        else:
            quantity = params.number("quantity")
        return _Wish(listing, side, quantity, asked, params.flag("reduceOnly"))

    def _quantity_for(self, listing: Listing, side: Side, value: Decimal, now: datetime) -> Decimal:
        levels = self._levels(listing.instrument.symbol, side, now)
        quantity = divide(value, levels[0][0], listing.instrument.base.scale, ROUND_DOWN)
        return listing.instrument.quantity_down(quantity)

    def _check(self, wish: _Wish) -> None:
        if not self._markets.is_trading(wish.symbol):
            spot = wish.listing.instrument.market is Market.SPOT
            raise Rejection(-1013, "market is closed") if spot else Rejection(-1122, "invalid symbol status")
        if wish.asked.kind == "MARKET" and wish.quantity > self._markets.market_quantity_max(wish.symbol):
            raise Rejection(-4005, "quantity is above the market order's maximum")
        if wish.listing.instrument.market is Market.PERP and not wish.reduce_only:
            self._check_position(wish)

    def _check_position(self, wish: _Wish) -> None:
        coin, rules = wish.listing.instrument.base, self._engine.rules
        contract = self._engine.holdings.contracts[coin]
        after = abs(contract.quantity + wish.side.direction * wish.quantity)
        price = wish.asked.price or contract.entry_price
        cap = notional_max(rules.brackets, coin, rules.leverage_of.get(coin, rules.leverage))
        if after > abs(contract.quantity) and after * price > cap:
            raise Rejection(-2027, f"above the largest {PERP_OF[coin].value} position at this leverage")

    def _limit(self, wish: _Wish, now: datetime) -> Decimal:
        """Return the price an order may reach: a market order's is where the book gives its quantity, within bounds."""
        if wish.asked.kind != "MARKET":
            return wish.asked.price
        levels = self._levels(wish.symbol, wish.side, now)
        mark = self._engine.mark(now, wish.symbol)
        bound = mark * (ONE + wish.side.direction * self._markets.take_bound(wish.symbol))
        if not wish.reaches(levels[0][0], bound):
            raise Rejection(-4131, "the best price on offer is too far from the mark")
        left, limit = wish.quantity, levels[0][0]
        for price, size in levels:
            if left <= 0 or not wish.reaches(price, bound):
                break
            left, limit = left - size, price
        return limit

    def _levels(self, symbol: str, side: Side, now: datetime) -> tuple[Level, ...]:
        levels = self._engine.book(now, symbol).against(side)
        if not levels:
            raise Rejection(-2020, "unable to fill")
        return levels

    def _on_offer(self, wish: _Wish, limit: Decimal, now: datetime) -> Decimal:
        levels = self._engine.book(now, wish.symbol).against(wish.side)
        return sum((size for price, size in levels if wish.reaches(price, limit)), ZERO)


def _asked(market: Market, params: Params) -> Asked:
    kind = params.text("type")
    if kind == "MARKET":
        if params.optional("price") or params.optional("timeInForce"):
            raise Rejection(-1106, "a market order takes neither price nor timeInForce")
        return Asked(kind, "IOC", ZERO)
    if kind == "LIMIT_MAKER" and market is Market.SPOT:
        return Asked(kind, "GTX", params.number("price"))
    if kind in _CONDITIONAL:
        raise Rejection(-4120, "this order type belongs to the algo order endpoint")
    if kind != "LIMIT":
        raise Rejection(-1116, "invalid order type")
    time_in_force = params.text("timeInForce")
    if time_in_force not in _TIMES or (time_in_force == "GTX" and market is Market.SPOT):
        raise Rejection(-1115, "invalid timeInForce")
    return Asked(kind, time_in_force, params.number("price"))


def _raise_refused(market: Market, report: OrderReport) -> None:
    if report.state is OrderState.REFUSED:
        code = int(report.code)
        raise Rejection(_SPOT_CODES.get(code, code) if market is Market.SPOT else code, report.reason)
