"""The account's own stream: every fill once, whatever the stream loses."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from ballast.adapters.common.venue.listing import PERPETUALS
from ballast.adapters.exchange.endpoints import OPEN_USER_STREAM, PERP_ORDERS, RENEW_USER_STREAM
from ballast.adapters.exchange.errors import UNKNOWN_LISTEN_KEY, Refused, reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.instruments import our_symbol, venue_symbol
from ballast.adapters.exchange.line import Line, milliseconds
from ballast.adapters.exchange.reports import streamed_trade, trades_of
from ballast.adapters.exchange.settings import ExchangeSettings
from ballast.adapters.exchange.socket import Socket
from ballast.adapters.exchange.trade_list import read_trades
from ballast.domain.execution.instrument import Market
from ballast.domain.execution.order import Trade
from ballast.ports.clock import Clock

# A listen key lives 60 minutes (facts/binance.md section 8).
_RENEW_EVERY = timedelta(minutes=20)
_OVERLAP = timedelta(seconds=10)
_KEPT = timedelta(hours=1)
# CALCULATED is the exchange's own trade: liquidation or auto-deleveraging.
_FILLS = frozenset({"TRADE", "CALCULATED"})


@frozen
class Fill:
    """A trade of one of our perpetual orders, by the exchange's order id."""

    symbol: str
    order_id: str
    trade: Trade


OnFill = Callable[[Fill], None]
OnBalance = Callable[[str, Decimal], None]


@define
class UserStream:
    """Deliver fills from the first opening on, each trade id once, and wallet balances as the exchange pushes them.

    A quiet account is no dead stream: when nothing came for `data_age_s_max`, and after every opening, the exchange is
    asked by REST; a fill found there that the stream did not bring proves it dead, and it is replaced with a new key.
    """

    _line: Line
    _clock: Clock
    _settings: ExchangeSettings
    _on_fill: OnFill
    _on_balance: OnBalance
    _seen: dict[tuple[str, str], datetime] = field(factory=dict[tuple[str, str], datetime], init=False)
    _since: datetime | None = field(default=None, init=False)
    _renewed: datetime = field(init=False)
    catch_ups: int = field(default=0, init=False)
    socket: Socket = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin with what happens from now on."""
        self._renewed = self._line.now()
        self.socket = Socket(
            self._line.client,
            self._clock,
            self._address,
            (),
            self._hear,
            self._catch_up_after_opening,
            self._is_dead,
            self._settings.data_age_s_max,
        )

    async def run(self) -> None:
        """Keep the stream until cancelled."""
        await self.socket.run()

    async def catch_up(self) -> int:
        """Deliver the fills that were missed; return how many."""
        await self._line.synchronise()
        asked = self._line.now()
        since = asked if self._since is None else self._since
        missed = 0
        for symbol in PERPETUALS:
            for fill in await self._fills(symbol, since):
                missed += self._deliver(fill)
        self._since = asked - _OVERLAP
        self._forget(since - _KEPT)
        self.catch_ups += 1
        return missed

    async def _address(self) -> str:
        with reading():
            answer = await self._line.ask(OPEN_USER_STREAM[self._settings.variant])
        self._renewed = self._line.now()
        return self._line.client.user_stream(self._settings.variant, answer["listenKey"])

    async def _catch_up_after_opening(self) -> None:
        await self.catch_up()

    async def _is_dead(self, *, silent: bool) -> bool:
        if silent and await self.catch_up():
            return True
        return self._line.now() - self._renewed >= _RENEW_EVERY and not await self._renew()

    async def _renew(self) -> bool:
        """Extend the key's life; False when the exchange no longer knows it."""
        try:
            await self._line.ask(RENEW_USER_STREAM[self._settings.variant])
        except Refused as refusal:
            if refusal.code == UNKNOWN_LISTEN_KEY:
                return False
            raise
        self._renewed = self._line.now()
        return True

    async def _fills(self, symbol: str, since: datetime) -> list[Fill]:
        wanted: dict[str, str | int] = {"symbol": venue_symbol(symbol)[1], "startTime": milliseconds(since)}
        with reading():
            rows = await read_trades(self._line, PERP_ORDERS[self._settings.variant].trades, wanted)
            orders = {str(row["id"]): str(row["orderId"]) for row in rows}
            return [Fill(symbol, orders[trade.trade_id], trade) for trade in trades_of(rows)]

    def _hear(self, frame: Any) -> None:
        match frame.get("e"):
            case "ORDER_TRADE_UPDATE":
                self._hear_order(frame["o"])
            case "ACCOUNT_UPDATE":
                for row in frame["a"]["B"]:
                    self._on_balance(row["a"], number(row, "wb"))
            case "listenKeyExpired":
                self.socket.end()
            case _:
                pass  # the exchange adds kinds of frames at will

    def _hear_order(self, row: Mapping[str, Any]) -> None:
        symbol = our_symbol(Market.PERP, row["s"])
        if row["x"] in _FILLS and symbol in PERPETUALS:
            self._deliver(Fill(symbol, str(row["i"]), streamed_trade(row)))

    def _deliver(self, fill: Fill) -> bool:
        """Hand a fill on unless it was before; say whether it was new."""
        key = (fill.symbol, fill.trade.trade_id)
        if key in self._seen:
            return False
        self._seen[key] = fill.trade.time
        self._on_fill(fill)
        return True

    def _forget(self, before: datetime) -> None:
        """Drop the trade ids that no answer will bring again."""
        self._seen = {key: time for key, time in self._seen.items() if time >= before}
