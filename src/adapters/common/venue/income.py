"""The exchange's list of what changed the margin wallet without an order."""

from datetime import datetime

from attrs import define, field

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.venue import Income, IncomeKind

LIMIT_MAX = 1000


@define
class IncomeLog:
    """Changes in their order, numbered from 1."""

    _changes: list[Income] = field(factory=list[Income])

    def post(self, kind: IncomeKind, coin: Asset, amount: Amount, time: datetime) -> None:
        """Append a change."""
        self._changes.append(Income(len(self._changes) + 1, kind, coin, amount, time))

    def page(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` (1..1000) changes after a cursor (>= 0); raises InvalidInput out of range."""
        if after < 0:
            raise InvalidInput("after", "0 or more", str(after))
        if not 1 <= limit <= LIMIT_MAX:
            raise InvalidInput("limit", f"1 to {LIMIT_MAX}", str(limit))
        return tuple(self._changes[after : after + limit])
