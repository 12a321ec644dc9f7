"""A multisig whose proposals are approved and executed at once."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ballast.adapters.common.actions import NEVER_RECEIVED, refused
from ballast.adapters.common.treasury import TreasuryBooks
from ballast.adapters.memory.line import Line
from ballast.adapters.memory.pool import MemoryPool
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.treasury import Remit, TreasuryAction


class MemoryTreasury:
    """Hold balances and trade with a MemoryPool; what is remitted leaves under the reference "remit-<intent id>"."""

    def __init__(self, pool: MemoryPool, balances: Mapping[Asset, Decimal], whitelist: Iterable[str] = ()) -> None:
        self.line = Line("treasury")
        self._pool = pool
        self._books = TreasuryBooks(dict(balances), frozenset(whitelist))
        self._reports: dict[str, ActionReport] = {}

    async def submit(self, intent_id: str, action: TreasuryAction) -> ActionReport:
        """Carry an action out, unless its id was used before."""
        self.line.check()
        if intent_id not in self._reports:
            self._books.check(action)
            self._reports[intent_id] = self._executed(intent_id, action)
        return self._reports[intent_id]

    async def progress(self, intent_id: str) -> ActionReport:
        """Report what is proved."""
        self.line.check()
        return self._reports.get(intent_id) or refused(intent_id, NEVER_RECEIVED)

    async def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        self.line.check()
        return self._books.arrivals.under(reference)

    async def balances(self) -> Mapping[Asset, Decimal]:
        """Return what the multisig holds."""
        self.line.check()
        return dict(self._books.balances)

    def credit(self, amount: Amount, reference: str) -> None:
        """Let an amount arrive under a sender's reference."""
        self._books.credit(amount, reference)

    def _executed(self, intent_id: str, action: TreasuryAction) -> ActionReport:
        paid = action.amount if isinstance(action, Remit) else action.pay
        try:
            self._books.check_covered(paid)
            received = None if isinstance(action, Remit) else self._pool.settle(action)
        except (RuleBroken, InvalidInput) as refusal:
            return refused(intent_id, refusal.message)
        self._books.move(paid, received)
        reference = f"remit-{intent_id}" if isinstance(action, Remit) else ""
        return ActionReport(intent_id, ActionState.CONFIRMED, sent=paid, received=received, reference=reference)
