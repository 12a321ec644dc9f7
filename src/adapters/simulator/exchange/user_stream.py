"""The user data streams: listen keys and the frames they carry (facts/binance.md sections 6 and 8)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, field, frozen

from ballast.adapters.simulator.exchange.archive import Entry
from ballast.adapters.simulator.exchange.markets import wire_symbol
from ballast.adapters.simulator.exchange.order_views import STATUS, average_price, order_number
from ballast.adapters.simulator.exchange.sockets import Hub
from ballast.adapters.simulator.exchange.wire import Json, Rejection, ms_of, plain
from ballast.domain.execution.order import OrderEvent, Trade
from ballast.domain.kernel.number import ZERO

_LIFE = timedelta(minutes=60)
_EXECUTIONS: Mapping[OrderEvent, str] = {
    OrderEvent.FILL_PART: "TRADE",
    OrderEvent.FILL_ALL: "TRADE",
    OrderEvent.CANCEL: "CANCELED",
    OrderEvent.EXPIRE: "EXPIRED",
}


@frozen
class _Key:
    text: str
    until: datetime


@define
class UserStreams:
    """One listen key for each API family, and the frames that are not due yet."""

    _hub: Hub
    _keys: dict[str, _Key] = field(factory=dict[str, _Key])
    _made: int = 0
    _later: list[tuple[datetime, Json]] = field(factory=list[tuple[datetime, Json]])

    def open(self, family: str, now: datetime) -> Json:
        """Return the active key, its life extended, or a new one."""
        key = self._keys.get(family)
        if key is None:
            self._made += 1
            text = hashlib.sha256(f"{family} {self._made}".encode()).hexdigest()
        else:
            text = key.text
        self._keys[family] = _Key(text, now + _LIFE)
        return {"listenKey": text}

    def extend(self, family: str, now: datetime) -> Json:
        """Extend the active key's life; raises Rejection -1125 when there is none."""
        if family not in self._keys:
            raise Rejection(-1125, "this listenKey does not exist")
        return self.open(family, now)

    def close(self, family: str) -> Json:
        """End the active key, if any."""
        self._keys.pop(family, None)
        return {}

    def expire(self, now: datetime, *, all_keys: bool = False) -> None:
        """End the keys that were not extended in time and tell their readers; the sockets stay open, silent."""
        for family, key in tuple(self._keys.items()):
            if all_keys or key.until <= now:
                self._hub.publish_user(key.text, {"e": "listenKeyExpired", "E": ms_of(now), "listenKey": key.text})
                del self._keys[family]

    def tell(self, frame: Json, due: datetime, now: datetime) -> None:
        """Send a frame to every reader, at once or when it is due."""
        self._later.append((due, frame))
        self.send_due(now)

    def send_due(self, now: datetime) -> None:
        """Send what has become due, in its order."""
        due = [frame for at, frame in self._later if at <= now]
        self._later = [(at, frame) for at, frame in self._later if at > now]
        for frame in due:
            for family, key in self._keys.items():
                self._hub.publish_user(key.text, frame | ({"fs": "UM"} if family == "papi" else {}))


def order_frame(entry: Entry, execution: str, trade: Trade | None, now: datetime) -> Json:
    """Return ORDER_TRADE_UPDATE for something that happened to an order."""
    record = entry.record
    order = record.order
    body: Json = {
        "s": wire_symbol(order.symbol),
        "c": order.client_id,
        "S": order.side.name,
        "o": entry.asked.kind,
        "f": entry.asked.time_in_force,
        "q": plain(order.quantity),
        "p": plain(entry.asked.price),
        "ap": plain(average_price(entry)),
        "sp": "0",
        "x": execution,
        "X": "NEW" if execution == "NEW" else STATUS[record.state],
        "i": order_number(entry),
        "l": plain(trade.quantity if trade else ZERO),
        "z": plain(record.filled),
        "L": plain(trade.price if trade else ZERO),
        "T": ms_of(now),
        "t": int(trade.trade_id) if trade else 0,
        "b": "0",
        "a": "0",
        "m": trade.maker if trade else False,
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": entry.asked.kind,
        "ps": "BOTH",
        "cp": False,
        "rp": plain(trade.realised if trade else ZERO),
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "NONE",
        "pm": "NONE",
        "gtd": 0,
    }
    if trade is not None:
        body |= {"n": plain(trade.fee), "N": trade.fee_asset.value}
    return {"e": "ORDER_TRADE_UPDATE", "E": ms_of(now), "T": ms_of(now), "o": body}


def execution_of(event: OrderEvent, entry: Entry) -> str:
    """Return the execution type of an event; the exchange's own orders are CALCULATED."""
    if event is OrderEvent.SEND:
        return "AMENDMENT" if entry.amendments else "NEW"
    forced = entry.record.order.client_id.startswith(("autoclose-", "adl_autoclose"))
    return "CALCULATED" if forced else _EXECUTIONS[event]


def account_frame(reason: str, balances: list[Json], positions: list[Json], now: datetime) -> Json:
    """Return ACCOUNT_UPDATE."""
    body = {"m": reason, "B": balances, "P": positions}
    return {"e": "ACCOUNT_UPDATE", "E": ms_of(now), "T": ms_of(now), "a": body}


def balance_row(asset: str, held: Decimal, change: Decimal) -> Json:
    """Return a balance as ACCOUNT_UPDATE shows it; `change` leaves out what trading did."""
    return {"a": asset, "wb": plain(held), "cw": plain(held), "bc": plain(change)}
