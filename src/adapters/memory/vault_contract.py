"""A vault contract whose transactions are proved at once."""

from ballast.adapters.common.actions import NEVER_RECEIVED, refused
from ballast.adapters.common.vault import VaultBooks, check_action
from ballast.adapters.memory.line import Line
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import NotKnown, RuleBroken
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.clock import Clock
from ballast.ports.vault_contract import Forward, VaultAction, VaultRequest, VaultTotals


class MemoryVaultContract:
    """Answer from `books`, where the users' side is done; BTC forwarded leaves under "forward-<intent id>"."""

    def __init__(self, clock: Clock, contract: str = "memory", *, confirm_s: int = 0, final_s: int = 0) -> None:
        self.line = Line("vault contract")
        self.books = VaultBooks(contract, confirm_s, final_s)
        self._clock = clock
        self._reports: dict[str, ActionReport] = {}

    async def submit(self, intent_id: str, action: VaultAction) -> ActionReport:
        """Carry an action out, unless its id was used before."""
        self.line.check()
        if intent_id not in self._reports:
            check_action(action)
            self._reports[intent_id] = self._executed(intent_id, action)
        return self._reports[intent_id]

    async def progress(self, intent_id: str) -> ActionReport:
        """Report what is proved."""
        self.line.check()
        return self._reports.get(intent_id) or refused(intent_id, NEVER_RECEIVED)

    async def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        self.line.check()
        return self.books.arrivals.under(reference)

    async def requests(self, after: int, limit: int) -> tuple[VaultRequest, ...]:
        """Return up to `limit` (1..500) requests whose position is after a cursor (0 = from the start)."""
        self.line.check()
        return self.books.requests(self._clock.now(), after, limit)

    async def request(self, key: str) -> VaultRequest:
        """Return one request; raises NotKnown."""
        self.line.check()
        return self.books.request(self._clock.now(), key)

    async def totals(self) -> VaultTotals:
        """Return the contract's sums."""
        self.line.check()
        return self.books.totals()

    def _executed(self, intent_id: str, action: VaultAction) -> ActionReport:
        try:
            sent, received = self.books.act(self._clock.now(), action)
        except (RuleBroken, NotKnown) as refusal:
            return refused(intent_id, refusal.message)
        reference = f"forward-{intent_id}" if isinstance(action, Forward) else ""
        return ActionReport(intent_id, ActionState.CONFIRMED, sent=sent, received=received, reference=reference)
