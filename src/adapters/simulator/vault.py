"""The simulated vault contract on a chain with confirmations, and its custody wallet.

Not modelled: gas, Bitcoin network fees of the custody wallet.
"""

from datetime import datetime, timedelta
from functools import partial

from ballast.adapters.common.actions import NEVER_RECEIVED, refused
from ballast.adapters.common.vault import VaultBooks, check_action
from ballast.adapters.simulator.access import SimulatedActor
from ballast.adapters.simulator.settings import WorldSettings
from ballast.adapters.simulator.transit import Depart, Schedule
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import NotKnown, RuleBroken
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.vault_contract import Forward, VaultAction, VaultRequest, VaultTotals


class VaultPart:
    """The contract in the world's time: every method takes the moment it is called at."""

    def __init__(self, settings: WorldSettings, depart: Depart, schedule: Schedule) -> None:
        self._books = VaultBooks(settings.contract, settings.confirm_s, settings.final_s)
        self._transaction = timedelta(seconds=settings.transaction_s)
        self._route = settings.custody_route
        self._depart = depart
        self._schedule = schedule
        self._reports: dict[str, ActionReport] = {}

    @property
    def books(self) -> VaultBooks:
        """Return the contract's books: what is true, whatever a port reports."""
        return self._books

    def deposit(self, now: datetime, user: str, amount: Amount) -> str:
        """Take a user's BTC and return the request's key."""
        return self._books.deposit(now, user, amount)

    def request_withdrawal(self, now: datetime, user: str, amount: Amount) -> str:
        """Hold a user's shares in escrow and return the request's key; raises RuleBroken for more than are owned."""
        return self._books.request_withdrawal(now, user, amount)

    def claim(self, _now: datetime, user: str) -> Amount:
        """Pay a user everything that is claimable; raises RuleBroken when nothing is."""
        return self._books.claim(user)

    def reorganise(self, now: datetime) -> tuple[str, ...]:
        """Undo every request that is only SEEN and return their keys."""
        return self._books.reorganise(now)

    def submit(self, now: datetime, intent_id: str, action: VaultAction) -> ActionReport:
        """Send an action's transaction, unless its id was sent before; raises InvalidInput for a wrong amount."""
        if intent_id not in self._reports:
            check_action(action)
            self._reports[intent_id] = ActionReport(intent_id, ActionState.UNRESOLVED)
            self._schedule(now + self._transaction, partial(self._settle, intent_id, action))
        return self._reports[intent_id]

    def progress(self, _now: datetime, intent_id: str) -> ActionReport:
        """Report what is proved of an action."""
        return self._reports.get(intent_id) or refused(intent_id, NEVER_RECEIVED)

    def credit(self, _now: datetime, amount: Amount, reference: str) -> None:
        """Book BTC that arrived in the contract under a sender's reference."""
        self._books.credit(amount, reference)

    def credited(self, _now: datetime, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        return self._books.arrivals.under(reference)

    def request(self, now: datetime, key: str) -> VaultRequest:
        """Return one request; raises NotKnown."""
        return self._books.request(now, key)

    def requests(self, now: datetime, after: int, limit: int) -> tuple[VaultRequest, ...]:
        """Return up to `limit` (1..500) requests whose position is after a cursor."""
        return self._books.requests(now, after, limit)

    def totals(self, _now: datetime) -> VaultTotals:
        """Return the contract's sums."""
        return self._books.totals()

    def _settle(self, intent_id: str, action: VaultAction, now: datetime) -> None:
        try:
            sent, received = self._books.act(now, action)
        except (RuleBroken, NotKnown) as refusal:
            self._reports[intent_id] = refused(intent_id, refusal.message)
            return
        reference = self._depart(now, sent, self._route) if isinstance(action, Forward) else ""
        self._reports[intent_id] = ActionReport(
            intent_id, ActionState.CONFIRMED, sent=sent, received=received, reference=reference
        )


class SimulatedVaultContract(SimulatedActor[VaultAction]):
    """ports.vault_contract.VaultContract over the simulated contract."""

    part = "vault"

    async def requests(self, after: int, limit: int) -> tuple[VaultRequest, ...]:
        """Return up to `limit` (1..500) requests whose position is after a cursor (0 = from the start)."""
        listed: tuple[VaultRequest, ...] = await self._ask("requests", after, limit)
        return listed

    async def request(self, key: str) -> VaultRequest:
        """Return one request; raises NotKnown."""
        request: VaultRequest = await self._ask("request", key)
        return request

    async def totals(self) -> VaultTotals:
        """Return the contract's sums."""
        totals: VaultTotals = await self._ask("totals")
        return totals
