"""What an operation does next: the vocabulary between a service's plan and the driver."""

from collections.abc import Awaitable, Callable, Sequence

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.events import Event
from ballast.domain.ledger.events import ActionKind, ActionSettled, LegsPlanned
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk


@frozen
class DoAction:
    """Send one action and wait for its proof."""

    tranche: int
    step: str
    kind: ActionKind
    amount: Amount
    receive_min: Amount | None = None
    key: str = ""


@frozen
class DoLegs:
    """Trade legs in lockstep."""

    planned: LegsPlanned


@frozen
class Record:
    """Record what was decided, then ask again."""

    events: tuple[Event, ...]


@frozen
class Wait:
    """Nothing can be done now; the reason is for people."""

    reason: str


Step = DoAction | DoLegs | Record | Wait
Plan = Callable[[OperationRecord], Awaitable[Step]]
FollowUp = Callable[[OperationRecord, ActionSettled], Awaitable[Sequence[Event]]]
CapitalPlan = Callable[[Desk, OperationRecord], Awaitable[Step]]
CapitalFollowUp = Callable[[Desk, OperationRecord, ActionSettled], Awaitable[Sequence[Event]]]


async def nothing_follows(_operation: OperationRecord, _settled: ActionSettled) -> Sequence[Event]:
    """Say that an action's proof asks for nothing that must be recorded with it."""
    return ()
