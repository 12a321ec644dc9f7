"""What changed the margin wallet without an order of ours, numbered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from attrs import define

from ballast.adapters.common.venue.income import LIMIT_MAX
from ballast.adapters.common.venue.listing import PERPETUALS
from ballast.adapters.exchange.endpoints import ALL_ORDERS, INCOME, PERP_ORDERS
from ballast.adapters.exchange.errors import reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.line import Line, milliseconds, moment
from ballast.adapters.exchange.memory import Change, Memory
from ballast.adapters.exchange.settings import Variant
from ballast.adapters.exchange.trade_list import read_trades
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.venue import Income, IncomeKind

Row = Mapping[str, Any]
_COINS = {name: base for name, base, _ in PERPETUALS.values()}
_KINDS = {"FUNDING_FEE": IncomeKind.FUNDING, "INSURANCE_CLEAR": IncomeKind.LIQUIDATION}
# A trade's rows are ours to report only when the exchange made the order; our own trades are in our orders.
_OF_TRADES = frozenset({"REALIZED_PNL", "COMMISSION"})
# How the exchange names its own orders: liquidation, auto-deleveraging, settlement (facts/binance.md section 6).
_FORCED = ("autoclose-", "adl_autoclose", "settlement_autoclose-")
# A change may be listed a little after later ones; what is numbered already does not count twice.
_OVERLAP = timedelta(minutes=10)
_PAGES_MAX = 100


@define
class IncomeReader:
    """Read the exchange's list into the memory, which numbers it, and page from there."""

    _line: Line
    _memory: Memory
    _variant: Variant

    async def income(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` (1..1000) changes after a cursor (>= 0); raises InvalidInput out of range."""
        if after < 0:
            raise InvalidInput("after", "0 or more", str(after))
        if not 1 <= limit <= LIMIT_MAX:
            raise InvalidInput("limit", f"1 to {LIMIT_MAX}", str(limit))
        with reading():
            rows = await self._listed(await self._since())
            forced = await self._forced_trades(rows)
            changes = [_change(row) for row in rows if _is_ours(row, forced)]
        self._memory.number(sorted(changes, key=attrgetter("time", "venue_id")))
        return self._memory.income(after, limit)

    async def _since(self) -> datetime:
        """Return where to list from, by the exchange's clock."""
        await self._line.synchronise()
        started, last = self._memory.started - self._line.offset, self._memory.last_income()
        return started if last is None else max(started, last - _OVERLAP)

    async def _listed(self, since: datetime) -> list[Row]:
        """Return the exchange's rows, page by page; the last moment of a full page is asked for again."""
        rows: dict[str, Row] = {}
        start = milliseconds(since)
        for _ in range(_PAGES_MAX):
            page = await self._line.ask(INCOME[self._variant], {"startTime": start, "limit": LIMIT_MAX})
            rows |= {_venue_id(row): row for row in page}
            if len(page) < LIMIT_MAX:
                break
            start = max(int(row["time"]) for row in page)
        return list(rows.values())

    async def _forced_trades(self, rows: list[Row]) -> set[tuple[str, str]]:
        """Return symbol and id of the trades in the exchange's own orders; only what closed something can be one."""
        closed: dict[str, int] = {}
        for row in rows:
            if row["incomeType"] in _OF_TRADES:
                closed[row["symbol"]] = min(int(row["time"]), closed.get(row["symbol"], int(row["time"])))
        found: set[tuple[str, str]] = set()
        for name, first_ms in closed.items():
            window: dict[str, str | int] = {"symbol": name, "startTime": first_ms, "limit": LIMIT_MAX}
            for order in await self._line.ask(ALL_ORDERS[self._variant], window):
                if order["clientOrderId"].startswith(_FORCED):
                    found |= await self._trades(name, order["orderId"])
        return found

    async def _trades(self, name: str, order_id: int) -> set[tuple[str, str]]:
        rows = await read_trades(self._line, PERP_ORDERS[self._variant].trades, {"symbol": name, "orderId": order_id})
        return {(name, str(row["id"])) for row in rows}


def _is_ours(row: Row, forced: set[tuple[str, str]]) -> bool:
    kind = row["incomeType"]
    return kind in _KINDS or (kind in _OF_TRADES and (row["symbol"], str(row["tradeId"])) in forced)


def _change(row: Row) -> Change:
    amount = Amount(Asset.named(row["asset"]), number(row, "income"))
    kind = _KINDS.get(row["incomeType"], IncomeKind.LIQUIDATION)
    return Change(_venue_id(row), kind, _COINS[row["symbol"]], amount, moment(row["time"]))


def _venue_id(row: Row) -> str:
    """Return what is unique to a row: the exchange's transaction numbers are so within one type."""
    return f"{row['incomeType']}.{row['tranId']}.{row['asset']}"
