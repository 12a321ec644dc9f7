"""Canonical JSON of domain values: one text per value, sorted keys, no whitespace, no float.

Decimal and time travel as text, an enum by its value, an attrs class by its fields. Values that could not be read back
(NaN, naive times) are refused when they are written.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import NoReturn, TypeVar, cast

from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError
from cattrs.v import format_exception as describe

from ballast.domain.kernel.errors import InvalidInput

ValueT = TypeVar("ValueT")

_NO_OFFSET = timedelta(0)


def time_text(time: datetime) -> str:
    """Return a time as ISO 8601 with the offset +00:00; raises InvalidInput unless it is aware UTC."""
    if time.tzinfo is not UTC and time.utcoffset() != _NO_OFFSET:
        raise InvalidInput("time", "aware UTC", repr(time))
    return time.isoformat()


def time_of(text: str) -> datetime:
    """Read what `time_text` wrote; raises InvalidInput for any other text."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("time", "ISO 8601 in UTC", repr(text[:40])) from None
    if time_text(time) != text:
        raise InvalidInput("time", "ISO 8601 in UTC", repr(text[:40]))
    return time


def encode(value: object) -> str:
    """Return the canonical JSON of an attrs value; raises InvalidInput for a number or time that has no place in it."""
    return _JSON.encode(_CONVERTER.unstructure(value))


def decode(text: str, kind: type[ValueT]) -> ValueT:
    """Read a value of a class; raises InvalidInput naming the class and the path of what is wrong."""
    return structured(parsed(text, kind.__name__), kind)


def parsed(text: str, name: str) -> object:
    """Read JSON without floats; raises InvalidInput naming what was read."""
    try:
        return cast("object", json.loads(text, parse_float=_no_float, parse_constant=_no_float))
    except (ValueError, RecursionError) as failure:
        raise InvalidInput(name, "JSON", str(failure)) from None


def structured(data: object, kind: type[ValueT]) -> ValueT:
    """Build a value of a class from parsed JSON; raises InvalidInput naming the class and the path of what is wrong."""
    if type(data) is not dict:
        raise InvalidInput(kind.__name__, "a JSON object", repr(data)[:80])
    try:
        return _CONVERTER.structure(data, kind)
    except BaseValidationError as failure:
        raise InvalidInput(kind.__name__, "its declared fields", _first_fault(failure, kind.__name__)) from failure


def _first_fault(failure: BaseValidationError, name: str) -> str:
    return transform_error(failure, name, _describe)[0]


def _describe(failure: BaseException, kind: type | None) -> str:
    return str(failure) if isinstance(failure, InvalidInput) else describe(failure, kind)


def _no_float(text: str) -> NoReturn:
    raise InvalidInput("number", "an integer or decimal text", text)


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise InvalidInput("number", "a finite decimal", str(value))
    return str(value)


def _decimal_of(data: object, _kind: object) -> Decimal:
    text = _text(data, str)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise InvalidInput("number", "a decimal", repr(text)) from None
    if not value.is_finite() or str(value) != text:
        raise InvalidInput("number", "a finite decimal as it is written here", repr(text))
    return value


def _enum_of(data: object, kind: type[Enum]) -> Enum:
    try:
        return kind(_text(data, str))
    except ValueError:
        known = ", ".join(str(member.value) for member in kind)
        raise InvalidInput(kind.__name__, f"one of {known}", repr(data)) from None


def _exactly(expected: type[ValueT]) -> Callable[[object, object], ValueT]:
    """Return a reader that takes a JSON value as it is: cattrs itself would turn 1 into "1" and "" into False."""

    def read(data: object, _kind: object) -> ValueT:
        if type(data) is not expected:
            raise InvalidInput("value", f"a JSON {expected.__name__}", repr(data)[:80])
        return data

    return read


_text = _exactly(str)


def _is_enum(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(Decimal, _decimal_text)
    converter.register_unstructure_hook(datetime, time_text)
    converter.register_structure_hook(Decimal, _decimal_of)
    converter.register_structure_hook(datetime, lambda data, _: time_of(_text(data, str)))
    converter.register_structure_hook_func(_is_enum, _enum_of)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(int, _exactly(int))
    converter.register_structure_hook(bool, _exactly(bool))
    return converter


_CONVERTER = _converter()
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False)
