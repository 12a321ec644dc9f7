"""Operations, their steps and their trading, from the domain to the wire."""

from collections.abc import Iterator, Mapping

from ballast.domain.ledger.events import Outcome
from ballast.domain.ledger.operation import ActionRecord, LegRecord, LegsRecord, OperationRecord
from ballast.services.execution.progress import progress_of
from ballast.services.rpc.translate.outward import amount, amount_or_absent, decimal, decimal_or_absent, moment
from ballast.services.rpc.translate.outward import moment_or_absent as maybe_moment
from ballast.services.v1 import execution_pb2, operations_pb2

Paused = Mapping[str, str]
_State = operations_pb2.OperationState
_Step = operations_pb2.StepState
_ENDED = {
    Outcome.COMPLETED: _State.OPERATION_STATE_COMPLETED,
    Outcome.PARKED: _State.OPERATION_STATE_PARKED,
}


def operation(record: OperationRecord, paused: Paused) -> operations_pb2.Operation:
    """Write an operation with its steps; `paused` says which ones wait for a person."""
    message = operation_row(record, paused)
    message.steps.extend(_steps(record))
    return message


def operation_or_absent(record: OperationRecord | None, paused: Paused) -> operations_pb2.Operation | None:
    """Write an operation that was only validated, and so is none, or one with its steps."""
    return None if record is None else operation(record, paused)


def operation_row(record: OperationRecord, paused: Paused) -> operations_pb2.Operation:
    """Write an operation as a list shows it."""
    opened = record.opened
    return operations_pb2.Operation(
        id=record.id,
        kind=operations_pb2.OperationKind.Value(f"OPERATION_KIND_{record.kind.name}"),
        state=_state(record, paused),
        subject=opened.subject,
        request_id=opened.request_id,
        amount=amount(opened.amount),
        jlp=amount_or_absent(opened.jlp),
        tranche_count=opened.tranches,
        open_time=moment(record.opened_at),
        close_time=maybe_moment(record.closed_at),
        unproved_intent_ids=record.unproved,
        reason=record.reason or paused.get(_scope(record), ""),
        price_per_share_btc=decimal_or_absent(record.price_per_share),
        payout=amount_or_absent(record.payout.payout if record.payout else None),
        cost_usd=decimal(record.cost_usd),
        revision=record.revision,
    )


def execution(record: OperationRecord, paused: Paused) -> execution_pb2.Execution:
    """Write what an operation trades or has traded."""
    legs = (_legs(tranche, step, legs) for (tranche, step), legs in record.legs.items())
    return execution_pb2.Execution(operation=operation_row(record, paused), legs=legs)


def _state(record: OperationRecord, paused: Paused) -> "operations_pb2.OperationState.ValueType":
    if record.outcome is not None:
        return _ENDED[record.outcome]
    if _scope(record) in paused:
        return _State.OPERATION_STATE_PARKED
    return _State.OPERATION_STATE_UNRESOLVED if record.unproved else _State.OPERATION_STATE_RUNNING


def _scope(record: OperationRecord) -> str:
    return f"operation:{record.id}"


def _steps(record: OperationRecord) -> Iterator[operations_pb2.Step]:
    keys = [*record.actions, *record.legs]
    for tranche, step in sorted(keys, key=lambda key: key[0]):
        if (tranche, step) in record.actions:
            yield _action_step(tranche, step, record.actions[tranche, step])
        else:
            yield _legs_step(tranche, step, record.legs[tranche, step])


def _action_step(tranche: int, step: str, attempts: list[ActionRecord]) -> operations_pb2.Step:
    last = attempts[-1]
    return operations_pb2.Step(
        tranche=tranche,
        name=step,
        state=_action_state(last),
        action_kind=operations_pb2.ActionKind.Value(f"ACTION_KIND_{last.sent.kind.name}"),
        amount=amount(last.sent.amount),
        received=amount_or_absent(last.settled.received if last.settled else None),
        intent_ids=(last.sent.intent,),
        attempt_count=len(attempts),
        reason=last.settled.reason if last.settled else "",
    )


def _action_state(record: ActionRecord) -> "operations_pb2.StepState.ValueType":
    if record.settled is not None:
        return _Step.STEP_STATE_CONFIRMED if record.settled.confirmed else _Step.STEP_STATE_REFUSED
    return _Step.STEP_STATE_UNRESOLVED if record.departed is None else _Step.STEP_STATE_IN_TRANSIT


def _legs_step(tranche: int, step: str, record: LegsRecord) -> operations_pb2.Step:
    return operations_pb2.Step(
        tranche=tranche,
        name=step,
        state=_legs_state(record),
        intent_ids=record.unsettled,
        attempt_count=record.orders,
        reason=record.closed or "",
    )


def _legs_state(record: LegsRecord) -> "operations_pb2.StepState.ValueType":
    if record.closed is not None:
        return _Step.STEP_STATE_CLOSED
    return _Step.STEP_STATE_UNRESOLVED if record.unsettled else _Step.STEP_STATE_TRADING


def _legs(tranche: int, step: str, record: LegsRecord) -> execution_pb2.Legs:
    return execution_pb2.Legs(
        tranche=tranche,
        step=step,
        state=_legs_state(record),
        plan_time=moment(record.planned_at),
        legs=map(_leg, record.legs.values()),
        order_count=record.orders,
        refused_count=record.refused,
        reason=record.closed or "",
    )


def _leg(record: LegRecord) -> execution_pb2.LegProgress:
    plan, progress = record.plan, progress_of(record)
    return execution_pb2.LegProgress(
        name=plan.name,
        symbol=plan.symbol,
        side=execution_pb2.Side.Value(f"SIDE_{plan.side.name}"),
        quantity=decimal(plan.quantity),
        done=decimal(record.done),
        value=decimal(record.value),
        average_price=decimal_or_absent(progress.average_price if progress else None),
        arrival_price=decimal(plan.arrival_price),
        shortfall_bps=int(progress.shortfall_bps) if progress else None,
        reduce_only=plan.reduce_only,
    )
