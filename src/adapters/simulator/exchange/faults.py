"""What a test arranges to go wrong with coming requests."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from attrs import Factory, define, evolve, field, frozen

from ballast.domain.kernel.errors import InvalidInput


class Answer(Enum):
    """What the client gets to see."""

    NORMAL = "normal"
    ERROR = "error"
    HOLD = "hold"
    CUT = "cut"


def _times_positive(_fault: object, _attribute: object, times: int) -> None:
    if times < 1:
        raise InvalidInput("times", "1 or more", str(times))


def _part(_fault: object, _attribute: object, fraction: Decimal | None) -> None:
    if fraction is not None and not 0 <= fraction < 1:
        raise InvalidInput("fill_fraction", "0 or more and below 1", str(fraction))


@frozen(kw_only=True)
class Fault:
    """What the next `times` requests of a method ("" for any) and a path meet; `having` narrows it to parameters.

    `booked`: the request is carried out. `answer`: the true answer, an error of `status` and `code` (code 0: a page of
    HTML as a proxy sends it), none until the client gives up or the server stops, or a cut connection; `delay_ms` of
    real time later, so that frames come before it. Orders only: `hidden_s` seconds nobody sees the order;
    `fill_fraction` [0, 1) of it fills and the rest expires.
    """

    path: str
    method: str = ""
    having: Mapping[str, str] = Factory(dict[str, str])
    booked: bool = True
    answer: Answer = Answer.NORMAL
    status: int = 400
    code: int = 0
    delay_ms: int = 0
    hidden_s: int = 0
    fill_fraction: Decimal | None = field(default=None, validator=_part)
    times: int = field(default=1, validator=_times_positive)

    def meets(self, method: str, path: str, values: Mapping[str, str]) -> bool:
        """Say whether a request is one this fault waits for."""
        return (
            path == self.path
            and self.method in ("", method)
            and all(values.get(name) == value for name, value in self.having.items())
        )


NO_FAULT = Fault(path="")


@define
class FaultPlan:
    """Faults that have not been met yet, in the order in which they were arranged."""

    _waiting: list[Fault] = Factory(list[Fault])

    def add(self, fault: Fault) -> None:
        """Arrange a fault."""
        self._waiting.append(fault)

    def take(self, method: str, path: str, values: Mapping[str, str]) -> Fault:
        """Return what a request meets."""
        for position, fault in enumerate(self._waiting):
            if fault.meets(method, path, values):
                if fault.times == 1:
                    del self._waiting[position]
                else:
                    self._waiting[position] = evolve(fault, times=fault.times - 1)
                return fault
        return NO_FAULT

    def clear(self) -> None:
        """Forget every fault that was not met."""
        self._waiting.clear()
