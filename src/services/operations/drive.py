"""Carrying an operation on from wherever it stands, in this process or after a restart."""

from datetime import timedelta

from ballast.domain.ledger.events import PauseSet
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.execution.run_legs import run_legs
from ballast.services.operations.actions import VENUE_KINDS, send, settle
from ballast.services.operations.steps import DoAction, DoLegs, FollowUp, Plan, Record, Step, Wait

STEPS_MAX = 10_000
DOUBLINGS_MAX = 4


async def drive(desk: Desk, operation_id: str, actor: str, plan: Plan, follow_up: FollowUp) -> None:
    """Do everything that can be done for an operation now; return when it ended, must wait or is paused.

    Each turn looks only at what the journal tells, so a process that died between any two lines is carried on by the
    next one: first what is unproved is proved, then open legs are finished, then the plan says what comes next.
    """
    for _ in range(STEPS_MAX):
        operation = desk.state.operations.get(operation_id)
        if operation is None or not await _turn(desk, operation, actor, plan, follow_up):
            return


async def _turn(desk: Desk, operation: OperationRecord, actor: str, plan: Plan, follow_up: FollowUp) -> bool:
    unresolved = operation.unresolved_action()
    if unresolved is not None:
        return await settle(desk, operation, unresolved, actor, follow_up)
    legs = operation.open_legs()
    if legs is not None:
        return await run_legs(desk, operation, legs[0], actor)
    await desk.refresh()
    if await _waits(desk, operation, actor) or desk.state.pause_of(actor) is not None:
        return False
    step = await plan(operation)
    if _at_venue(step) and desk.state.pause_of("venue") is not None:
        return False
    match step:
        case DoAction():
            await send(desk, operation, step, actor)
        case DoLegs(planned):
            await desk.record(actor, [planned], operation.id)
        case Record(events):
            await desk.record(actor, events, operation.id)
        case Wait():
            return False
    return True


def _at_venue(step: Step) -> bool:
    """Say whether a step sends something to the venue."""
    return isinstance(step, DoLegs) or (isinstance(step, DoAction) and step.kind in VENUE_KINDS)


async def _waits(desk: Desk, operation: OperationRecord, actor: str) -> bool:
    """Say whether the operation waits: for a person, or for the time after which a refused step is tried again.

    A step that was refused too often parks the operation.
    """
    scope = f"operation:{operation.id}"
    if scope in desk.state.paused:
        return True
    worst = operation.most_refused()
    if worst is None:
        return False
    if worst.refused < desk.settings.attempts_max * (operation.parks + 1):
        wait_s = desk.settings.intervals.work_s * 2 ** min(worst.refused, DOUBLINGS_MAX)
        return desk.clock.now() < worst.at + timedelta(seconds=wait_s)
    reason = f"{worst.step} was refused {worst.refused} times, last: {worst.reason}"
    await desk.record(actor, [PauseSet(scope, paused=True, reason=reason)], operation.id)
    await desk.alert(
        actor,
        scope,
        f"{operation.kind.value} {operation.id} is parked: {reason}; mend it, then: ballast resume {scope}",
    )
    return True
