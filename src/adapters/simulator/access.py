"""How the simulated ports reach their part of the world."""

from typing import Any, Generic, Protocol, TypeVar

from ballast.adapters.simulator.faults import LOST_ANSWER, Faults, check_reachable
from ballast.domain.kernel.amount import Amount
from ballast.ports.actions import ActionReport, ActionState

ActionT = TypeVar("ActionT")


class Access(Protocol):
    """The world as seen by a port: one's own process holds it, or several share it."""

    @property
    def faults(self) -> Faults:
        """Return what goes wrong next."""
        ...

    def call(self, part: str, method: str, *args: object) -> Any:
        """Let the world catch up with the clock and run a method of a part, with the time as its first argument."""
        ...

    async def latency(self, part: str) -> None:
        """Wait as long as a call to the part takes."""
        ...


class SimulatedPort:
    """A port over one part of the world, whose calls take time and may fail."""

    part: str

    def __init__(self, world: Access) -> None:
        self._world = world

    async def _ask(self, method: str, *args: object) -> Any:
        await self._arrive(method)
        return self._world.call(self.part, method, *args)

    async def _arrive(self, method: str) -> str | None:
        """Let a call reach its part and return the fault it meets on the way back; raises Unreachable."""
        await self._world.latency(self.part)
        call_name = f"{self.part}.{method}"
        fault = self._world.faults.take(call_name)
        if fault is not None:
            check_reachable(call_name, fault)
        return fault


class SimulatedActor(SimulatedPort, Generic[ActionT]):
    """The laws of ports.actions.Actor over a part that has `submit`, `progress` and `credited`."""

    async def submit(self, intent_id: str, action: ActionT) -> ActionReport:
        """Ask for an action under our id; with its answer lost it is UNRESOLVED."""
        fault = await self._arrive("submit")
        report: ActionReport = self._world.call(self.part, "submit", intent_id, action)
        return ActionReport(intent_id, ActionState.UNRESOLVED) if fault == LOST_ANSWER else report

    async def progress(self, intent_id: str) -> ActionReport:
        """Do what is due for the action and report what is proved."""
        report: ActionReport = await self._ask("progress", intent_id)
        return report

    async def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        amount: Amount | None = await self._ask("credited", reference)
        return amount
