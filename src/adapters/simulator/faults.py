"""Faults that a test or a drill arranges for coming calls."""

from collections import deque

from attrs import Factory, define

from ballast.domain.kernel.errors import Unreachable

UNREACHABLE = "unreachable"
LOST_ANSWER = "lost_answer"


@define
class Faults:
    """A queue of faults for each call name ("pool.state", "treasury.submit"); each is met once, in order.

    "unreachable": nothing is sent. "lost_answer": the call is accepted and its answer lost. What else a part can
    suffer is said by the part.
    """

    _planned: dict[str, deque[str]] = Factory(dict[str, deque[str]])

    def plan(self, call_name: str, *faults: str) -> None:
        """Arrange faults for the next calls of a name."""
        self._planned.setdefault(call_name, deque()).extend(faults)

    def take(self, call_name: str) -> str | None:
        """Return the fault the present call meets, None for none."""
        waiting = self._planned.get(call_name)
        return waiting.popleft() if waiting else None


def check_reachable(call_name: str, fault: str | None) -> None:
    """Raise Unreachable when that is the fault."""
    if fault == UNREACHABLE:
        raise Unreachable(f"{call_name}: connection refused (simulated)", call=call_name)
