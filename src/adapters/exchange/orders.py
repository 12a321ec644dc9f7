"""Placing, proving and cancelling orders."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import define, field

from ballast.adapters.exchange.budget import Priority
from ballast.adapters.exchange.endpoints import PERP_ORDERS, SPOT_ORDERS, OrderEndpoints
from ballast.adapters.exchange.errors import CANCEL_REJECTED, NO_SUCH_ORDER, Refused, Unresolved, reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.instruments import venue_symbol
from ballast.adapters.exchange.line import Line
from ballast.adapters.exchange.reports import check_client_id, order_params, report_of, trades_of
from ballast.adapters.exchange.settings import ExchangeSettings
from ballast.adapters.exchange.trade_list import read_trades
from ballast.domain.execution.instrument import Market
from ballast.domain.execution.order import Order, OrderReport, OrderState, Trade
from ballast.domain.kernel.errors import InvalidInput, LimitReached, NotKnown, NotRecognised, RuleBroken, Unreachable
from ballast.ports.clock import Clock

Key = tuple[str, str]
# An order that fills between two reads shows a quantity and trades that differ; it cannot do so for ever.
_LOOKS_MAX = 3
_NOTHING_DONE = (Refused, Unreachable, LimitReached, NotRecognised)
_NOTHING_LEARNT = (Unreachable, LimitReached, NotRecognised, RuleBroken, InvalidInput)


@define
class Orders:
    """One account's orders.

    `_doubtful` holds the orders of this process whose outcome is not known: while the exchange does not show such an
    order it counts as unresolved, not as absent, until `visible_s_max` has passed (facts/reliability.md section 2,
    pain 1). A process that starts anew gets the same from the caller's own record of what it sent.
    """

    _line: Line
    _clock: Clock
    _settings: ExchangeSettings
    _doubtful: dict[Key, datetime] = field(factory=dict[Key, datetime], init=False)

    async def place(self, order: Order) -> OrderReport:
        """Send an order; an id in doubt is asked for first, and sent again only when it never arrived."""
        check_client_id(order.client_id)
        market, name = venue_symbol(order.symbol)
        key = (order.symbol, order.client_id)
        if key in self._doubtful and (known := await self._found(*key)) is not None:
            return known
        params = order_params(order, market, name)
        priority = Priority.REDUCE if order.reduce_only else Priority.TRADE
        self._doubtful[key] = self._clock.now()
        try:
            row = await self._line.ask(self._endpoints(market).place, params, priority)
        except Unresolved:
            return OrderReport(order.client_id, OrderState.UNRESOLVED)
        except _NOTHING_DONE as refusal:
            self._doubtful.pop(key, None)
            if isinstance(refusal, Refused):
                return OrderReport(order.client_id, OrderState.REFUSED, code=refusal.code, reason=refusal.reason)
            raise
        self._doubtful.pop(key, None)
        return await self._settled(key, row)

    async def order(self, symbol: str, client_id: str) -> OrderReport | None:
        """Return what the exchange proves of an order; raises Unreachable when it does not answer."""
        check_client_id(client_id)
        with reading():
            row = await self._row(symbol, client_id)
            if row is None:
                return self._unseen((symbol, client_id))
            self._doubtful.pop((symbol, client_id), None)
            return await self._report(symbol, client_id, row)

    async def cancel(self, symbol: str, client_id: str) -> OrderReport:
        """Cancel what has not filled; raises NotKnown for an order that never was."""
        check_client_id(client_id)
        market, name = venue_symbol(symbol)
        params = {"symbol": name, "origClientOrderId": client_id}
        try:
            row = await self._line.ask(self._endpoints(market).cancel, params, Priority.REDUCE)
        except Unresolved:
            return OrderReport(client_id, OrderState.UNRESOLVED)
        except Refused as refusal:
            if refusal.code != CANCEL_REJECTED:
                return OrderReport(client_id, OrderState.UNRESOLVED, code=refusal.code, reason=refusal.reason)
            return await self._cancelled_in_vain(symbol, client_id)
        return await self._settled((symbol, client_id), row)

    async def _found(self, symbol: str, client_id: str) -> OrderReport | None:
        """Ask for an order in doubt; it stays in doubt while nobody answers."""
        try:
            return await self.order(symbol, client_id)
        except _NOTHING_LEARNT:
            return OrderReport(client_id, OrderState.UNRESOLVED)

    async def _cancelled_in_vain(self, symbol: str, client_id: str) -> OrderReport:
        known = await self.order(symbol, client_id)
        if known is None:
            raise NotKnown("order", client_id)
        return known

    async def _settled(self, key: Key, row: Mapping[str, Any]) -> OrderReport:
        """Report on an order that the exchange took; what cannot be read of it now stays unresolved."""
        try:
            with reading():
                return await self._report(*key, row)
        except _NOTHING_LEARNT:
            return OrderReport(key[1], OrderState.UNRESOLVED)

    async def _report(self, symbol: str, client_id: str, row: Mapping[str, Any]) -> OrderReport:
        for _ in range(_LOOKS_MAX):
            report = report_of(row, client_id, await self._trades(symbol, row))
            if report.state is not OrderState.UNRESOLVED:
                return report
            row = await self._row(symbol, client_id) or row
        return OrderReport(client_id, OrderState.UNRESOLVED)

    async def _row(self, symbol: str, client_id: str) -> Mapping[str, Any] | None:
        market, name = venue_symbol(symbol)
        params = {"symbol": name, "origClientOrderId": client_id}
        try:
            row: Mapping[str, Any] = await self._line.ask(self._endpoints(market).order, params, Priority.TRADE)
        except Refused as refusal:
            if refusal.code == NO_SUCH_ORDER:
                return None
            raise
        return row

    async def _trades(self, symbol: str, row: Mapping[str, Any]) -> tuple[Trade, ...]:
        """Return the trades of an order; none are asked for when it has not filled."""
        if not number(row, "executedQty"):
            return ()
        market, name = venue_symbol(symbol)
        wanted = {"symbol": name, "orderId": row["orderId"]}
        return trades_of(await read_trades(self._line, self._endpoints(market).trades, wanted))

    def _unseen(self, key: Key) -> OrderReport | None:
        """Return UNRESOLVED for an order that the exchange may still show, None for one that it does not have."""
        sent = self._doubtful.get(key)
        if sent is None:
            return None
        if self._clock.now() - sent < self._settings.visible:
            return OrderReport(key[1], OrderState.UNRESOLVED)
        del self._doubtful[key]
        return None

    def _endpoints(self, market: Market) -> OrderEndpoints:
        return SPOT_ORDERS if market is Market.SPOT else PERP_ORDERS[self._settings.variant]
