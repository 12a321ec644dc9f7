"""Orders and trades as the exchange's answers write them, in both families."""

from collections.abc import Mapping
from decimal import Decimal

from ballast.adapters.simulator.exchange.archive import Entry
from ballast.adapters.simulator.exchange.markets import wire_symbol
from ballast.adapters.simulator.exchange.orders import NUMBER_BASE
from ballast.adapters.simulator.exchange.wire import Json, Params, ms_of, plain
from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import OrderState, Trade
from ballast.domain.kernel.number import ROUND_HALF_EVEN, ZERO, divide

STATUS: Mapping[OrderState, str] = {
    OrderState.SENT: "NEW",
    OrderState.RESTING: "NEW",
    OrderState.PARTLY_FILLED: "PARTIALLY_FILLED",
    OrderState.FILLED: "FILLED",
    OrderState.CANCELLED: "CANCELED",
    OrderState.EXPIRED: "EXPIRED",
}
_PRICE_PLACES = 8
_PAGE, _PAGE_MAX = 500, 1000


def average_price(entry: Entry) -> Decimal:
    """Return the mean price of what was filled (8 places), 0 for nothing."""
    filled = entry.record.filled
    return divide(entry.value, filled, _PRICE_PLACES, ROUND_HALF_EVEN) if filled else ZERO


def order_number(entry: Entry) -> int:
    """Return the number the exchange calls an order by."""
    return NUMBER_BASE + entry.record.number


def futures_order(entry: Entry) -> Json:
    """Return an order as the USD-M and portfolio margin APIs show it."""
    record = entry.record
    order, value = record.order, plain(entry.value)
    return {
        "orderId": order_number(entry),
        "symbol": wire_symbol(order.symbol),
        "status": STATUS[record.state],
        "clientOrderId": order.client_id,
        "price": plain(entry.asked.price),
        "avgPrice": plain(average_price(entry)),
        "origQty": plain(order.quantity),
        "executedQty": plain(record.filled),
        "cumQty": plain(record.filled),
        "cumQuote": value,
        "timeInForce": _time_in_force(entry),
        "type": entry.asked.kind,
        "origType": entry.asked.kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.name,
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "time": ms_of(record.placed),
        "updateTime": ms_of(entry.updated),
    }


def _time_in_force(entry: Entry) -> str:
    # A market order's answer says GTC although nothing of it can rest.
    return "GTC" if entry.asked.kind == "MARKET" else entry.asked.time_in_force


def spot_order(entry: Entry) -> Json:
    """Return an order as a query of the spot API shows it."""
    record = entry.record
    return {
        "symbol": wire_symbol(record.order.symbol),
        "orderId": order_number(entry),
        "orderListId": -1,
        "clientOrderId": record.order.client_id,
        "price": plain(entry.asked.price),
        "origQty": plain(record.order.quantity),
        "executedQty": plain(record.filled),
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": plain(entry.value),
        "status": STATUS[record.state],
        "timeInForce": "GTC" if entry.asked.kind in ("MARKET", "LIMIT_MAKER") else entry.asked.time_in_force,
        "type": entry.asked.kind,
        "side": record.order.side.name,
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": ms_of(record.placed),
        "updateTime": ms_of(entry.updated),
        "workingTime": ms_of(record.placed),
        "isWorking": True,
        "selfTradePreventionMode": "NONE",
    }


def spot_placed(entry: Entry) -> Json:
    """Return an order as the spot API answers its placing: with its fills."""
    fills = [
        {
            "price": plain(trade.price),
            "qty": plain(trade.quantity),
            "commission": plain(trade.fee),
            "commissionAsset": trade.fee_asset.value,
            "tradeId": int(trade.trade_id),
        }
        for trade in entry.record.trades
    ]
    return spot_order(entry) | {"transactTime": ms_of(entry.updated), "fills": fills}


def trades(market: Market, entries: list[Entry], params: Params) -> list[Json]:
    """Return the newest trades of some orders, or from `fromId` on, within a time and a page; oldest first."""
    rows = sorted(
        ((trade, entry) for entry in entries for trade in entry.record.trades), key=lambda row: int(row[0].trade_id)
    )
    if params.optional("orderId"):
        wanted = params.whole("orderId")
        rows = [row for row in rows if order_number(row[1]) == wanted]
    since, until = params.whole("startTime", 0), params.whole("endTime", 0)
    rows = [row for row in rows if since <= ms_of(row[0].time) and (not until or ms_of(row[0].time) <= until)]
    limit = min(params.whole("limit", _PAGE), _PAGE_MAX)
    if params.optional("fromId") or since:
        first = params.whole("fromId", 0)
        rows = [row for row in rows if int(row[0].trade_id) >= first][:limit]
    else:
        rows = rows[-limit:]
    write = _futures_trade if market is Market.PERP else _spot_trade
    return [write(trade, entry) for trade, entry in rows]


def page_of_orders(entries: list[Entry], params: Params) -> list[Entry]:
    """Return the newest orders, or those from `orderId` on, within a time and a page; oldest first."""
    since, until = params.whole("startTime", 0), params.whole("endTime", 0)
    rows = [e for e in entries if since <= _placed(e) and (not until or _placed(e) <= until)]
    limit = min(params.whole("limit", _PAGE), _PAGE_MAX)
    if params.optional("orderId"):
        first = params.whole("orderId")
        return [entry for entry in rows if order_number(entry) >= first][:limit]
    return rows[:limit] if since else rows[-limit:]


def _placed(entry: Entry) -> int:
    return ms_of(entry.record.placed)


def _trade(trade: Trade, entry: Entry) -> Json:
    return {
        "symbol": wire_symbol(entry.record.order.symbol),
        "id": int(trade.trade_id),
        "orderId": order_number(entry),
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.quantity * trade.price),
        "commission": plain(trade.fee),
        "commissionAsset": trade.fee_asset.value,
        "time": ms_of(trade.time),
    }


def _futures_trade(trade: Trade, entry: Entry) -> Json:
    side = entry.record.order.side
    return _trade(trade, entry) | {
        "side": side.name,
        "positionSide": "BOTH",
        "buyer": side is Side.BUY,
        "maker": trade.maker,
        "realizedPnl": plain(trade.realised),
        "marginAsset": trade.fee_asset.value,
    }


def _spot_trade(trade: Trade, entry: Entry) -> Json:
    side = entry.record.order.side
    return _trade(trade, entry) | {
        "orderListId": -1,
        "isBuyer": side is Side.BUY,
        "isMaker": trade.maker,
        "isBestMatch": True,
    }
