"""Actions on an exchange's wallets, each done once under our id."""

from collections.abc import Callable
from datetime import datetime

from attrs import define, field, frozen

from ballast.adapters.common.actions import NEVER_RECEIVED, refused
from ballast.domain.kernel.errors import RuleBroken
from ballast.ports.actions import ActionReport, ActionState


@frozen
class _Done:
    report: ActionReport
    visible_from: datetime


@define
class ActionLog:
    """What became of every action we asked for."""

    _done: dict[str, _Done] = field(factory=dict[str, _Done])

    def once(
        self, intent_id: str, now: datetime, visible_from: datetime, act: Callable[[], ActionReport]
    ) -> ActionReport:
        """Do an action unless its id was used before, and report it; a broken rule refuses it and moves nothing."""
        if intent_id not in self._done:
            try:
                report = act()
            except RuleBroken as broken:
                report = refused(intent_id, broken.message)
            self._done[intent_id] = _Done(report, visible_from)
        return self.report(intent_id, now)

    def report(self, intent_id: str, now: datetime) -> ActionReport:
        """Return what is proved of an action."""
        done = self._done.get(intent_id)
        if done is None:
            return refused(intent_id, NEVER_RECEIVED)
        if now < done.visible_from:
            return ActionReport(intent_id, ActionState.UNRESOLVED)
        return done.report
