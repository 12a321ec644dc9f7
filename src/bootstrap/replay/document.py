"""The replay's report as the page reads it: the shape of report.json, checked before anything is drawn."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import cast

from attrs import frozen
from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn, override
from cattrs.v import format_exception

from ballast.adapters.common.codec import time_of
from ballast.bootstrap.replay.series import Point
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal


@frozen
class Period:
    """The recorded time that was replayed; in the JSON, spans go `from` ... `to`."""

    begins: datetime
    ends: datetime


@frozen
class Journal:
    """What the run wrote: the number of events, and the digest that a repetition must reach again."""

    events: int
    digest: str


@frozen
class Figure:
    """One line of the summary."""

    name: str
    value: str
    unit: str
    note: str


@frozen
class Parts:
    """A change of value by where it came from, in BTC."""

    price: Decimal
    funding: Decimal
    fees: Decimal
    pool_income: Decimal
    flows: Decimal
    unexplained: Decimal


@frozen
class Day(Parts):
    """The parts of one UTC day."""

    time: date


@frozen
class Step:
    """One step of an operation; `ends` is None while its outcome is not proved."""

    name: str
    begins: datetime
    ends: datetime | None
    detail: str


@frozen
class Operation:
    """One operation; `closed` is None for one that has not ended."""

    id: str
    kind: str
    subject: str
    opened: datetime
    closed: datetime | None
    outcome: str | None
    reason: str
    amount: str
    cost_usd: str | None
    price_per_share: str | None
    steps: tuple[Step, ...]


@frozen
class Invariant:
    """One promise of the run, the worst that was seen against it, and whether it held."""

    name: str
    holds: bool
    worst: str
    bound: str
    detail: str


@frozen
class Breach:
    """A span in which a condition was broken; `ends` is None when it lasted to the end."""

    begins: datetime
    ends: datetime | None
    what: str
    worst: str


@frozen
class Alert:
    """What a person would have been told."""

    time: datetime
    key: str
    text: str


@frozen
class Report:
    """The whole report; `series` by name, `command` is what repeats the run.

    `settings` are what the codec writes of StrategySettings, and anything else worth knowing about the run.
    """

    title: str
    source: str
    period: Period
    steps: int
    seconds: float
    journal: Journal
    summary: tuple[Figure, ...]
    series: Mapping[str, tuple[Point, ...]]
    attribution: tuple[Day, ...]
    attribution_total: Parts
    operations: tuple[Operation, ...]
    invariants: tuple[Invariant, ...]
    breaches: tuple[Breach, ...]
    alerts: tuple[Alert, ...]
    settings: Mapping[str, object]
    command: str = "make run"


def read(report: Mapping[str, object]) -> Report:
    """Check a report and return it typed; raises InvalidInput with the path of the first thing that is wrong."""
    try:
        return _CONVERTER.structure(report, Report)
    except BaseValidationError as failure:
        raise InvalidInput("report", "the shape of report.json", _first_fault(failure)) from failure


def flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return nested settings by dotted name."""
    named: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            named |= flat(cast("Mapping[str, object]", value), f"{prefix}{name}.")
        else:
            named[f"{prefix}{name}"] = str(value)
    return named


def _first_fault(failure: BaseValidationError) -> str:
    def described(fault: BaseException, kind: type | None) -> str:
        return str(fault) if isinstance(fault, InvalidInput) else format_exception(fault, kind)

    return transform_error(failure, "report", described)[0]


def _text(data: object, _kind: object) -> str:
    if not isinstance(data, str | int | float | Decimal):
        raise InvalidInput("text", "a text or a number", repr(data)[:80])
    return str(data)


def _whole(data: object, _kind: object) -> int:
    if type(data) is not int:
        raise InvalidInput("count", "a whole number", repr(data)[:80])
    return data


def _truth(data: object, _kind: object) -> bool:
    if type(data) is not bool:
        raise InvalidInput("verdict", "true or false", repr(data)[:80])
    return data


def _number(data: object, _kind: object) -> float:
    if not isinstance(data, int | float) or not isfinite(data):
        raise InvalidInput("number", "a finite number", repr(data)[:80])
    return float(data)


def _converter() -> Converter:
    converter = Converter()
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(Decimal, lambda data, _: parse_decimal(_text(data, str), "number"))
    converter.register_structure_hook(datetime, lambda data, _: time_of(_text(data, str)))
    converter.register_structure_hook(date, lambda data, _: date.fromisoformat(_text(data, str)[:10]))
    converter.register_structure_hook_func(lambda kind: kind is object, lambda data, _: data)
    begins, ends = override(rename="from"), override(rename="to")
    for kind in (Period, Step, Breach):
        converter.register_structure_hook(kind, make_dict_structure_fn(kind, converter, begins=begins, ends=ends))
    return converter


_CONVERTER = _converter()
