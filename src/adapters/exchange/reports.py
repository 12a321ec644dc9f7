"""Orders and trades on the wire: what we send, and what the exchange's answers say."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ballast.adapters.exchange.fields import number, plain
from ballast.adapters.exchange.line import moment
from ballast.domain.execution.instrument import Market
from ballast.domain.execution.order import Order, OrderReport, OrderState, TimeInForce, Trade
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO

# facts/binance.md sections 6 and 7.
_CLIENT_ID = re.compile(r"[\.A-Z\:/a-z0-9_-]{1,36}")
_STATES: Mapping[str, OrderState] = {
    "NEW": OrderState.RESTING,
    "PARTIALLY_FILLED": OrderState.PARTLY_FILLED,
    "FILLED": OrderState.FILLED,
    "CANCELED": OrderState.CANCELLED,
    "EXPIRED": OrderState.EXPIRED,
    "EXPIRED_IN_MATCH": OrderState.EXPIRED,
    "REJECTED": OrderState.REFUSED,
}
_PERP_TIMES = {TimeInForce.IOC: "IOC", TimeInForce.GTC: "GTC", TimeInForce.POST_ONLY: "GTX"}


def check_client_id(client_id: str) -> None:
    """Raise InvalidInput for an id that the exchange would not take."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise InvalidInput("client id", "1 to 36 of A-Z a-z 0-9 . : / _ -", repr(client_id[:80]))


def order_params(order: Order, market: Market, name: str) -> dict[str, str | int]:
    """Return what placing an order sends; spot knows neither GTX nor reduce-only."""
    params: dict[str, str | int] = {
        "symbol": name,
        "side": order.side.name,
        "type": "LIMIT",
        "quantity": plain(order.quantity),
        "price": plain(order.limit_price),
        "newClientOrderId": order.client_id,
        "newOrderRespType": "RESULT",
    }
    if market is Market.SPOT and order.time_in_force is TimeInForce.POST_ONLY:
        return params | {"type": "LIMIT_MAKER"}
    params["timeInForce"] = _PERP_TIMES[order.time_in_force]
    if order.reduce_only and market is Market.PERP:
        params["reduceOnly"] = "true"
    return params


def report_of(row: Mapping[str, Any], client_id: str, trades: tuple[Trade, ...]) -> OrderReport:
    """Return what an order's row and its trades prove; UNRESOLVED when they contradict or the status is a new one."""
    filled = sum((trade.quantity for trade in trades), ZERO)
    state = _STATES.get(row["status"])
    if state is None or filled != number(row, "executedQty"):
        return OrderReport(client_id, OrderState.UNRESOLVED)
    code = "REJECTED" if state is OrderState.REFUSED else ""
    return OrderReport(client_id, state, filled, trades, code=code)


def trades_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Trade, ...]:
    """Return the trades of an answer in the exchange's order, each id once."""
    found = {int(row["id"]): _trade(row) for row in rows}
    return tuple(found[trade_id] for trade_id in sorted(found))


def _trade(row: Mapping[str, Any]) -> Trade:
    return Trade(
        trade_id=str(row["id"]),
        quantity=number(row, "qty"),
        price=number(row, "price"),
        fee=number(row, "commission"),
        fee_asset=Asset.named(row["commissionAsset"], "the exchange's commissionAsset"),
        realised=number(row, "realizedPnl") if "realizedPnl" in row else ZERO,
        maker=bool(row["maker"] if "maker" in row else row["isMaker"]),
        time=moment(row["time"]),
    )


def streamed_trade(row: Mapping[str, Any]) -> Trade:
    """Return the trade in an ORDER_TRADE_UPDATE's order; one without a fee names no asset and pays in USDT."""
    return Trade(
        trade_id=str(row["t"]),
        quantity=number(row, "l"),
        price=number(row, "L"),
        fee=number(row, "n") if "n" in row else ZERO,
        fee_asset=Asset.named(row.get("N", "USDT"), "the exchange's N"),
        realised=number(row, "rp"),
        maker=bool(row["m"]),
        time=moment(row["T"]),
    )
