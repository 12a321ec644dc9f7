"""A planned fault is met once, by the call it was planned for."""

import pytest

from ballast.adapters.simulator.faults import Faults, check_reachable
from ballast.domain.kernel.errors import Unreachable


def test_faults_are_met_in_the_order_they_were_planned() -> None:
    faults = Faults()
    faults.plan("venue.place", "unreachable", "lost_answer")
    faults.plan("venue.place", "late:5")
    assert [faults.take("venue.place") for _ in range(4)] == ["unreachable", "lost_answer", "late:5", None]


def test_other_calls_do_not_meet_a_fault() -> None:
    faults = Faults()
    faults.plan("venue.place", "unreachable")
    assert faults.take("venue.book") is None
    assert faults.take("venue.place") == "unreachable"


def test_only_an_unreachable_place_raises() -> None:
    check_reachable("venue.place", None)
    check_reachable("venue.place", "lost_answer")
    with pytest.raises(Unreachable, match=r"venue\.place"):
        check_reachable("venue.place", "unreachable")
