"""Actions on an exchange's wallets, each done once under our id, and what arrived from outside."""

from collections.abc import Callable
from datetime import datetime

from attrs import define, field, frozen

from ballast.adapters.common.venue.holdings import Holdings
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import RuleBroken
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.venue import Wallet


@frozen
class _Done:
    report: ActionReport
    visible_from: datetime


@define
class ActionLog:
    """What became of every action we asked for."""

    _done: dict[str, _Done] = field(factory=dict)

    def once(
        self, intent_id: str, now: datetime, visible_from: datetime, act: Callable[[], ActionReport]
    ) -> ActionReport:
        """Do an action unless its id was used before, and report it; a broken rule refuses it and moves nothing."""
        if intent_id not in self._done:
            try:
                report = act()
            except RuleBroken as broken:
                report = ActionReport(intent_id, ActionState.REFUSED, reason=broken.message)
            self._done[intent_id] = _Done(report, visible_from)
        return self.report(intent_id, now)

    def report(self, intent_id: str, now: datetime) -> ActionReport:
        """Return what is proved of an action."""
        done = self._done.get(intent_id)
        if done is None:
            return ActionReport(intent_id, ActionState.REFUSED, reason="never received")
        if now < done.visible_from:
            return ActionReport(intent_id, ActionState.UNRESOLVED)
        return done.report


@define
class Arrivals:
    """What arrived under a sender's reference, once each."""

    _credited: dict[str, Amount] = field(factory=dict)

    def credit(self, reference: str, amount: Amount, holdings: Holdings) -> None:
        """Put an arrival into the spot wallet, once per reference."""
        if reference not in self._credited:
            holdings.put(Wallet.SPOT, amount)
            self._credited[reference] = amount

    def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a reference."""
        return self._credited.get(reference)
