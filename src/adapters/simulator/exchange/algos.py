"""Conditional orders: they wait outside the book until the mark reaches their trigger (facts/binance.md section 2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, field

from ballast.adapters.simulator.exchange.archive import Entry
from ballast.adapters.simulator.exchange.markets import Markets
from ballast.adapters.simulator.exchange.order_views import order_number
from ballast.adapters.simulator.exchange.orders import OrderDesk
from ballast.adapters.simulator.exchange.wire import Json, Params, Rejection, ms_of, plain
from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.adapters.simulator.venue.feed import PriceSource
from ballast.domain.execution.instrument import Instrument, Market, Side

# The type of the order that a triggered one becomes, and whether a buy waits for the mark to rise to its trigger.
_KINDS: Mapping[str, tuple[str, bool]] = {
    "STOP": ("LIMIT", True),
    "STOP_MARKET": ("MARKET", True),
    "TAKE_PROFIT": ("LIMIT", False),
    "TAKE_PROFIT_MARKET": ("MARKET", False),
}
_NUMBER_BASE = 2_000_000_000
# How far back the prices of a recorded market can be asked for.
_LOOK_BACK = timedelta(hours=1)
_PASSED_ON = ("symbol", "side", "quantity", "reduceOnly", "positionSide")


@define(eq=False)
class _Algo:
    number: int
    instrument: Instrument
    params: Params
    rises: bool
    placed: datetime
    updated: datetime
    status: str = "NEW"
    order: Entry | None = None

    @property
    def trigger(self) -> Decimal:
        return self.params.number("triggerPrice")

    @property
    def client_id(self) -> str:
        return self.params.optional("clientAlgoId", f"algo-{self.number}")

    def reached(self, low: Decimal, high: Decimal) -> bool:
        return high >= self.trigger if self.rises else low <= self.trigger


@define
class AlgoDesk:
    """Keep conditional orders and place what they stand for, at the moment somebody looks, once it is due."""

    _engine: VenueEngine
    _markets: Markets
    _orders: OrderDesk
    _prices: PriceSource
    _algos: list[_Algo] = field(factory=list[_Algo])
    _checked: datetime | None = None

    def place(self, params: Params, now: datetime) -> Json:
        """Take a conditional order; raises Rejection -2021 when it would trigger at once, -4116 for an open id."""
        kind = params.text("type")
        if params.text("algoType") != "CONDITIONAL" or kind not in _KINDS:
            raise Rejection(-1116, "invalid order type")
        instrument, side = self._markets.find(Market.PERP, params.text("symbol")).instrument, params.side()
        for name in (
            ("triggerPrice", "quantity") if _KINDS[kind][0] == "MARKET" else ("triggerPrice", "quantity", "price")
        ):
            params.number(name)
        rises = _KINDS[kind][1] == (side is Side.BUY)
        algo = _Algo(len(self._algos) + 1, instrument, params, rises, now, now)
        if any(each.client_id == algo.client_id for each in self._waiting()):
            raise Rejection(-4116, "client order id is duplicated")
        mark = self._engine.mark(now, instrument.symbol)
        if algo.reached(mark, mark):
            raise Rejection(-2021, "the order would trigger at once")
        self._algos.append(algo)
        return _view(algo)

    def find(self, params: Params) -> Json:
        """Return a conditional order by its number or our id (the newest); raises Rejection -2013."""
        return _view(self._find(params))

    def open_orders(self, params: Params) -> list[Json]:
        """Return what waits, of a symbol or of all."""
        wanted = params.optional("symbol")
        return [_view(algo) for algo in self._waiting() if wanted in ("", algo.params.text("symbol"))]

    def cancel(self, params: Params, now: datetime) -> Json:
        """End a waiting order; raises Rejection -2011 when none waits."""
        algo = self._find(params)
        if algo.status != "NEW":
            raise Rejection(-2011, "unknown order sent")
        algo.status, algo.updated = "CANCELED", now
        return {"algoId": _NUMBER_BASE + algo.number, "clientAlgoId": algo.client_id, "code": "200", "msg": "success"}

    def check(self, now: datetime) -> None:
        """Place what became due since the last look; an order that is refused then ends REJECTED."""
        since, self._checked = self._checked, now
        for algo in self._waiting():
            first = max(algo.placed, since or algo.placed, now - _LOOK_BACK)
            span = self._prices.extremes(algo.instrument.base, first, now)
            if span is not None and algo.reached(*span):
                self._trigger(algo, now)

    def _trigger(self, algo: _Algo, now: datetime) -> None:
        kind = _KINDS[algo.params.text("type")][0]
        values = {name: algo.params.optional(name) for name in _PASSED_ON}
        values |= {"type": kind, "newClientOrderId": algo.client_id}
        if kind == "LIMIT":
            values |= {"price": algo.params.text("price"), "timeInForce": algo.params.optional("timeInForce", "GTC")}
        algo.updated = now
        try:
            algo.order = self._orders.place(Market.PERP, Params(values), now)
            algo.status = "TRIGGERED"
        except Rejection:
            algo.status = "REJECTED"

    def _waiting(self) -> list[_Algo]:
        return [algo for algo in self._algos if algo.status == "NEW"]

    def _find(self, params: Params) -> _Algo:
        if params.optional("algoId"):
            number = params.whole("algoId") - _NUMBER_BASE
            found = [algo for algo in self._algos if algo.number == number]
        else:
            name = params.text("clientAlgoId")
            found = [algo for algo in self._algos if algo.client_id == name]
        if not found:
            raise Rejection(-2013, "order does not exist")
        return found[-1]


def _view(algo: _Algo) -> Json:
    params = algo.params
    return {
        "algoId": _NUMBER_BASE + algo.number,
        "clientAlgoId": algo.client_id,
        "algoType": "CONDITIONAL",
        "orderType": params.text("type"),
        "symbol": params.text("symbol"),
        "side": params.text("side"),
        "positionSide": "BOTH",
        "timeInForce": params.optional("timeInForce", "GTC"),
        "quantity": params.text("quantity"),
        "algoStatus": algo.status,
        "triggerPrice": plain(algo.trigger),
        "price": params.optional("price", "0"),
        "actualOrderId": "" if algo.order is None else str(order_number(algo.order)),
        "workingType": "MARK_PRICE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": params.flag("reduceOnly"),
        "goodTillDate": 0,
        "createTime": ms_of(algo.placed),
        "updateTime": ms_of(algo.updated),
        "triggerTime": ms_of(algo.updated) if algo.order is not None else 0,
    }
