"""Instances of the journal's vocabulary: drawn by hypothesis from the declared fields, and plain ones by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from ballast.adapters.common.record import EVENT_TYPES
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.events import Event
from ballast.domain.ledger.entry import Entry, Place, joined, move
from ballast.domain.ledger.events import PauseSet
from ballast.ports.journal import Draft

START = datetime(2026, 4, 1, 12, tzinfo=UTC)
_DIGITS = 10**40

times = st.datetimes(timezones=st.just(UTC))
_units = st.integers(-_DIGITS, _DIGITS)


def _number(units: int, power: int) -> Decimal:
    return Decimal(units).scaleb(power)


def _amount(asset: Asset, units: int) -> Amount:
    return Amount(asset, _number(units, -asset.scale))


numbers = st.builds(_number, _units, st.integers(-18, 6))
amounts = st.builds(_amount, st.sampled_from(Asset), _units)
_moves = st.builds(move, amounts, st.sampled_from(Place), st.sampled_from(Place))

_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    bool: st.booleans(),
    Decimal: numbers,
    datetime: times,
    Amount: amounts,
    Entry: st.lists(_moves, max_size=3).map(joined),
}


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Draw values of a declared type; NotImplementedError for one the vocabulary has not used before."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if _is_enum(kind):
        return st.sampled_from(kind)
    if attrs.has(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{name: instances(hints[name]) for name in hints})
    return _generic(get_origin(kind), get_args(kind))


def _generic(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin is tuple and arguments[1:] == (...,):
        return st.lists(instances(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(instances(arguments[0]), instances(arguments[1]), max_size=3)
    if origin is UnionType:
        return st.one_of([st.none() if part is type(None) else instances(part) for part in arguments])
    raise NotImplementedError(f"{origin}[{arguments}]")


any_event: st.SearchStrategy[Event] = st.one_of([instances(EVENT_TYPES[name]) for name in sorted(EVENT_TYPES)])
drafts = st.builds(Draft, times, st.text(), st.text(), any_event)


def pause(reason: str = "test") -> PauseSet:
    """Return a small event that says something."""
    return PauseSet("all", paused=True, reason=reason)


def draft(reason: str = "test", *, operation: str = "") -> Draft:
    """Return a small draft."""
    return Draft(START, "tester", operation, pause(reason))
