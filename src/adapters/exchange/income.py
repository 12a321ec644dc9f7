"""What changed the margin wallet without an order of ours, numbered."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from attrs import define

from ballast.adapters.common.venue.income import LIMIT_MAX
from ballast.adapters.common.venue.listing import PERPETUALS
from ballast.adapters.exchange.endpoints import FORCED_ORDERS, INCOME, PERP_ORDERS
from ballast.adapters.exchange.errors import reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.line import Line, milliseconds, moment
from ballast.adapters.exchange.memory import Change, Memory
from ballast.adapters.exchange.reports import trades_of
from ballast.adapters.exchange.settings import Variant
from ballast.domain.execution.order import Trade
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import USDT, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.venue import Income, IncomeKind

Rows = list[Mapping[str, Any]]
_COINS = {name: base for name, base, _ in PERPETUALS.values()}
# A liquidation's own trades come from its orders; this is what the insurance fund takes or gives besides.
_KINDS = {"FUNDING_FEE": IncomeKind.FUNDING, "INSURANCE_CLEAR": IncomeKind.LIQUIDATION}
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
        since = max(self._memory.started, self._memory.last_income() - _OVERLAP)
        with reading():
            found = [*await self._listed(since), *await self._forced(since)]
        self._memory.number(sorted(found, key=attrgetter("time", "venue_id")))
        return self._memory.income(after, limit)

    async def _listed(self, since: datetime) -> list[Change]:
        """Return funding and the like, page by page; the last moment of a full page is asked for again."""
        rows: Rows = []
        start = milliseconds(since)
        for _ in range(_PAGES_MAX):
            page: Rows = await self._line.ask(INCOME[self._variant], {"startTime": start, "limit": LIMIT_MAX})
            rows += page
            if len(page) < LIMIT_MAX:
                break
            start = max(int(row["time"]) for row in page)
        return [change for row in rows for change in _changes(row)]

    async def _forced(self, since: datetime) -> list[Change]:
        """Return what the exchange's own orders (liquidation, auto-deleveraging) made of our positions, per trade."""
        window = {"startTime": milliseconds(since), "limit": 100}
        forced: Rows = await self._line.ask(FORCED_ORDERS[self._variant], window)
        found: list[Change] = []
        for order in forced:
            trades = await self._trades(order)
            found += [_forced_change(order["symbol"], trade) for trade in trades]
        return found

    async def _trades(self, order: Mapping[str, Any]) -> tuple[Trade, ...]:
        params = {"symbol": order["symbol"], "orderId": order["orderId"], "limit": LIMIT_MAX}
        return trades_of(await self._line.ask(PERP_ORDERS[self._variant].trades, params))


def _changes(row: Mapping[str, Any]) -> Iterable[Change]:
    kind = _KINDS.get(row["incomeType"])
    if kind is not None:
        amount = Amount(Asset.named(row["asset"]), number(row, "income"))
        venue_id = f"{row['incomeType']}.{row['tranId']}.{row['asset']}"
        yield Change(venue_id, kind, _COINS[row["symbol"]], amount, moment(row["time"]))


def _forced_change(name: str, trade: Trade) -> Change:
    amount = Amount(USDT, trade.realised - trade.fee)
    return Change(f"trade.{name}.{trade.trade_id}", IncomeKind.LIQUIDATION, _COINS[name], amount, trade.time)
