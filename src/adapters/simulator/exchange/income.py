"""What changed the futures wallet, as `/income` lists it."""

from datetime import datetime
from decimal import Decimal

from attrs import define, field

from ballast.adapters.simulator.exchange.wire import Json, Params, ms_of, plain
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.number import ZERO

_PAGE, _PAGE_MAX = 100, 1000
_TRANSACTION_BASE = 9_000_000_000


@define
class IncomeBook:
    """Entries in their order, each with a transaction number of its own."""

    total: dict[str, Decimal] = field(factory=dict[str, Decimal])
    _rows: list[Json] = field(factory=list[Json])

    def post(self, kind: str, symbol: str, amount: tuple[Asset, Decimal], time: datetime, trade_id: str = "") -> None:
        """Append a change; nothing is no change."""
        asset, quantity = amount
        if not quantity:
            return
        self.total[kind] = self.total.get(kind, ZERO) + quantity
        self._rows.append(
            {
                "symbol": symbol,
                "incomeType": kind,
                "income": plain(quantity),
                "asset": asset.value,
                "info": kind,
                "time": ms_of(time),
                "tranId": _TRANSACTION_BASE + len(self._rows),
                "tradeId": trade_id,
            }
        )

    def page(self, params: Params) -> list[Json]:
        """Return changes of a symbol and a type, oldest first, the newest of them unless a time is given."""
        wanted = {"symbol": params.optional("symbol"), "incomeType": params.optional("incomeType")}
        since, until = params.whole("startTime", 0), params.whole("endTime", 0)
        rows = [
            row
            for row in self._rows
            if all(value in ("", row[name]) for name, value in wanted.items())
            and since <= row["time"]
            and (not until or row["time"] <= until)
        ]
        limit = min(params.whole("limit", _PAGE), _PAGE_MAX)
        first = (max(params.whole("page", 1), 1) - 1) * limit
        return rows[first : first + limit] if since or params.optional("page") else rows[-limit:]
