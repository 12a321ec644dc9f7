"""The simulated multisig: proposals that members approve, a time lock, then execution against the simulated pool.

Not modelled: priority fees and rent in SOL, proposals that other members cancel.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from attrs import frozen

from ballast.adapters.common.actions import NEVER_RECEIVED, refused
from ballast.adapters.common.treasury import TreasuryBooks
from ballast.adapters.simulator.access import SimulatedActor
from ballast.adapters.simulator.settings import WorldSettings
from ballast.adapters.simulator.transit import Depart
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.treasury import Mint, Redeem, Remit, TreasuryAction

Draw = Callable[[int, int], int]


class Counter(Protocol):
    """The pool as the treasury trades with it."""

    def settle(self, now: datetime, order: Mint | Redeem) -> Amount:
        """Carry out an order and return what it brings; raises RuleBroken or InvalidInput, nothing changed."""
        ...


@frozen
class Proposal:
    """A proposed action and when its approvals and its time lock will be over."""

    action: TreasuryAction
    executable_time: datetime


class TreasuryPart:
    """The multisig in the world's time: every method takes the moment it is called at."""

    def __init__(self, settings: WorldSettings, pool: Counter, depart: Depart, draw: Draw) -> None:
        payable = frozenset(route.address for route in settings.routes if route.receiver == "venue")
        self._books = TreasuryBooks(dict(settings.treasury_balances), payable)
        self._settings = settings
        self._pool = pool
        self._depart = depart
        self._draw = draw
        self._proposals: dict[str, Proposal] = {}
        self._ended: dict[str, ActionReport] = {}

    def submit(self, now: datetime, intent_id: str, action: TreasuryAction) -> ActionReport:
        """Propose an action, unless its id was proposed before.

        Raises RuleBroken for an address outside the whitelist, InvalidInput for a wrong amount; nothing is proposed.
        """
        if intent_id not in self._proposals:
            self._books.check(action)
            approved_s = self._settings.approval_delay_s + self._draw(0, self._settings.approval_jitter_s)
            wait = timedelta(seconds=approved_s + self._settings.time_lock_s)
            self._proposals[intent_id] = Proposal(action, now + wait)
        return self._ended.get(intent_id) or ActionReport(intent_id, ActionState.UNRESOLVED)

    def progress(self, now: datetime, intent_id: str) -> ActionReport:
        """Execute a proposal that is due, once, and report what is proved."""
        proposal = self._proposals.get(intent_id)
        if proposal is None:
            return refused(intent_id, NEVER_RECEIVED)
        if intent_id not in self._ended:
            if now < proposal.executable_time:
                return ActionReport(intent_id, ActionState.UNRESOLVED)
            self._ended[intent_id] = self._execute(now, intent_id, proposal.action)
        return self._ended[intent_id]

    def credit(self, _now: datetime, amount: Amount, reference: str) -> None:
        """Book what arrived under a sender's reference."""
        self._books.credit(amount, reference)

    def credited(self, _now: datetime, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        return self._books.arrivals.under(reference)

    def balances(self, _now: datetime) -> Mapping[Asset, Decimal]:
        """Return what the multisig holds."""
        return dict(self._books.balances)

    def _execute(self, now: datetime, intent_id: str, action: TreasuryAction) -> ActionReport:
        try:
            if isinstance(action, Remit):
                self._books.check_covered(action.amount)
                reference = self._depart(now, action.amount, action.address)
                self._books.move(action.amount)
                return ActionReport(intent_id, ActionState.CONFIRMED, sent=action.amount, reference=reference)
            self._books.check_covered(action.pay)
            received = self._pool.settle(now, action)
            self._books.move(action.pay, received)
            return ActionReport(intent_id, ActionState.CONFIRMED, sent=action.pay, received=received)
        except (RuleBroken, InvalidInput) as refusal:
            return refused(intent_id, refusal.message)


class SimulatedTreasury(SimulatedActor[TreasuryAction]):
    """ports.treasury.Treasury over the simulated multisig."""

    part = "treasury"

    async def balances(self) -> Mapping[Asset, Decimal]:
        """Return what the multisig holds."""
        held: Mapping[Asset, Decimal] = await self._ask("balances")
        return held
