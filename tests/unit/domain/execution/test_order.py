"""An order's life is one table; what it does not list cannot happen."""

from itertools import product

import pytest

from ballast.domain.execution.order import FINAL_STATES, TRANSITIONS, OrderEvent, OrderState, next_state
from ballast.domain.kernel.errors import InvariantError


def test_every_pair_the_table_does_not_list_is_an_error() -> None:
    for state, event in product(OrderState, OrderEvent):
        if (state, event) not in TRANSITIONS:
            with pytest.raises(InvariantError, match=f"{state.value} cannot {event.value}"):
                next_state(state, event)


@pytest.mark.parametrize("state", [state for state in OrderState if state in FINAL_STATES])
def test_nothing_happens_to_a_finished_order(state: OrderState) -> None:
    assert state.final
    assert not [event for event in OrderEvent if (state, event) in TRANSITIONS]


def test_a_lost_answer_is_neither_refused_nor_final() -> None:
    lost = next_state(OrderState.SENT, OrderEvent.LOSE)
    assert lost is OrderState.UNRESOLVED
    assert not lost.final
    outcomes = {after for (state, _), after in TRANSITIONS.items() if state is lost}
    assert outcomes >= FINAL_STATES


def test_every_state_can_be_reached_and_every_open_one_can_end() -> None:
    reached = {OrderState.PLANNED, *TRANSITIONS.values(), OrderState.SENT}
    assert reached == set(OrderState)
    for state in set(OrderState) - FINAL_STATES - {OrderState.PLANNED}:
        assert {after for (before, _), after in TRANSITIONS.items() if before is state} & FINAL_STATES
