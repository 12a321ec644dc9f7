"""Operations and their trading on the wire."""

import pytest
from tests.unit.services.records import (
    ID,
    NOON,
    departed,
    filled,
    opened,
    ordered,
    planned,
    record_after,
    sent,
    settled,
    state_after,
)

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.number import Decimal
from ballast.domain.ledger.events import (
    ActionKind,
    LegsClosed,
    OperationClosed,
    OperationKind,
    Outcome,
)
from ballast.services.rpc.translate.operations import execution, operation, operation_or_absent, operation_row
from ballast.services.v1 import execution_pb2, operations_pb2

RELEASE, FORWARD = sent("release"), sent("forward", ActionKind.FORWARD)
PARKED = {f"operation:{ID}": "mint was refused 5 times"}


def state_name(*events: Event, parked: bool = False) -> str:
    message = operation_row(record_after(*events), PARKED if parked else {})
    return operations_pb2.OperationState.Name(message.state)


def step_states(*events: Event) -> dict[str, str]:
    message = operation(record_after(*events), {})
    return {step.name: operations_pb2.StepState.Name(step.state) for step in message.steps}


def test_an_operation_without_anything_unproved_is_running() -> None:
    assert state_name() == "OPERATION_STATE_RUNNING"
    assert state_name(RELEASE, settled(RELEASE)) == "OPERATION_STATE_RUNNING"


@pytest.mark.parametrize("events", [(RELEASE,), (FORWARD, departed(FORWARD)), (planned(), ordered())])
def test_an_operation_with_something_unproved_is_unresolved_and_names_it(events: tuple[Event, ...]) -> None:
    assert state_name(*events) == "OPERATION_STATE_UNRESOLVED"
    assert len(operation_row(record_after(*events), {}).unproved_intent_ids) == 1


def test_an_operation_that_waits_for_a_person_is_parked_and_says_why() -> None:
    assert state_name(RELEASE, parked=True) == "OPERATION_STATE_PARKED"
    assert operation_row(record_after(), PARKED).reason == "mint was refused 5 times"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_ended_operation_has_its_outcome_its_price_and_its_end(outcome: Outcome) -> None:
    closed = OperationClosed(ID, outcome, Decimal(2), "why", price_per_share=Decimal("1.006"))
    message = operation_row(record_after(closed), {})
    assert operations_pb2.OperationState.Name(message.state) == f"OPERATION_STATE_{outcome.name}"
    assert (message.reason, message.price_per_share_btc.value) == ("why", "1.006")
    assert message.close_time.ToDatetime(tzinfo=NOON.tzinfo) > message.open_time.ToDatetime(tzinfo=NOON.tzinfo) == NOON


def test_what_is_not_known_yet_is_absent_and_not_zero() -> None:
    message = operation_row(record_after(), {})
    for name in ("jlp", "close_time", "price_per_share_btc", "payout"):
        assert not message.HasField(name), name


def test_a_row_has_no_steps() -> None:
    assert not operation_row(record_after(RELEASE), {}).steps
    assert operation_or_absent(None, {}) is None


def test_each_step_says_how_far_it_is() -> None:
    again = sent("forward", ActionKind.FORWARD, attempt=1)
    assert step_states(RELEASE, settled(RELEASE), FORWARD) == {
        "release": "STEP_STATE_CONFIRMED",
        "forward": "STEP_STATE_UNRESOLVED",
    }
    assert step_states(FORWARD, departed(FORWARD))["forward"] == "STEP_STATE_IN_TRANSIT"
    assert step_states(FORWARD, settled(FORWARD, confirmed=False))["forward"] == "STEP_STATE_REFUSED"
    assert step_states(FORWARD, settled(FORWARD, confirmed=False), again)["forward"] == "STEP_STATE_UNRESOLVED"
    assert step_states(planned())["trade"] == "STEP_STATE_TRADING"
    assert step_states(planned(), ordered())["trade"] == "STEP_STATE_UNRESOLVED"
    assert step_states(planned(), LegsClosed(ID, 0, "trade", "done"))["trade"] == "STEP_STATE_CLOSED"


def test_an_action_step_has_its_newest_attempt_and_what_it_brought() -> None:
    mint = sent("mint0", ActionKind.MINT)
    again = sent("mint0", ActionKind.MINT, attempt=1)
    brought = Amount(JLP, Decimal("12.5"))
    record = record_after(mint, settled(mint, confirmed=False), again, settled(again, received=brought))
    (step,) = operation(record, {}).steps
    assert operations_pb2.ActionKind.Name(step.action_kind) == "ACTION_KIND_MINT"
    assert (step.attempt_count, list(step.intent_ids), step.reason) == (2, ["en1.0.mint0.1"], "")
    assert (step.received.asset, step.received.quantity.value) == ("JLP", "12.5")


def test_steps_stand_by_tranche_and_in_a_tranche_actions_before_trades() -> None:
    early, late = sent("margin"), sent("withdraw", ActionKind.WITHDRAW_TO_TREASURY, tranche=1)
    record = record_after(planned("trade", 1), planned("trade", 0), early, settled(early), late)
    steps = [(step.tranche, step.name) for step in operation(record, {}).steps]
    assert steps == [(0, "margin"), (0, "trade"), (1, "withdraw"), (1, "trade")]


def test_a_leg_tells_what_is_done_at_what_price_against_its_arrival() -> None:
    record = record_after(planned(), ordered(), filled("1", "79920"))
    ((leg,),) = [legs.legs for legs in execution(record, {}).legs]
    assert (leg.name, leg.symbol, execution_pb2.Side.Name(leg.side)) == ("sellspot", "BTCUSDC:SPOT", "SIDE_SELL")
    assert (leg.quantity.value, leg.done.value, leg.value.value) == ("2", "1", "79920")
    assert (leg.average_price.value, leg.arrival_price.value) == ("79920.00000000", "80000")
    assert leg.shortfall_bps == 10


def test_a_leg_with_nothing_done_has_neither_price_nor_shortfall() -> None:
    ((leg,),) = [legs.legs for legs in execution(record_after(planned()), {}).legs]
    assert not leg.HasField("average_price")
    assert not leg.HasField("shortfall_bps")


def test_every_value_of_the_domain_has_its_name_on_the_wire() -> None:
    names = {
        *operations_pb2.OperationKind.keys(),
        *operations_pb2.OperationState.keys(),
        *operations_pb2.ActionKind.keys(),
        *execution_pb2.Side.keys(),
    }
    wanted = {f"OPERATION_KIND_{kind.name}" for kind in OperationKind}
    wanted |= {f"OPERATION_STATE_{outcome.name}" for outcome in Outcome}
    wanted |= {f"ACTION_KIND_{kind.name}" for kind in ActionKind} | {f"SIDE_{side.name}" for side in Side}
    assert wanted <= names


def test_the_revision_is_the_sequence_of_the_last_change() -> None:
    state = state_after(opened(), RELEASE, opened(operation="en2"))
    assert operation_row(state.operation(ID), {}).revision == 2
