"""Canonical JSON: exact both ways, and nothing written that could not be read."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.adapters.events import numbers, times

from ballast.adapters.common.codec import decode, encode, time_of, time_text
from ballast.domain.kernel.asset import BTC, SOL, Asset
from ballast.domain.kernel.errors import InvalidInput


@frozen
class Sample:
    """One field of each plain kind."""

    word: str
    number: Decimal
    count: int
    flag: bool
    at: datetime
    asset: Asset
    maybe: Decimal | None = None


@frozen
class Mark:
    """A number and numbers by asset."""

    value: Decimal
    by_asset: dict[Asset, Decimal]


SAMPLE = Sample("a", Decimal("1.50"), 7, True, datetime(2026, 4, 1, tzinfo=UTC), SOL)  # noqa: FBT003  # attrs field
TEXT = '{"asset":"SOL","at":"2026-04-01T00:00:00+00:00","count":7,"flag":true,"maybe":null,"number":"1.50","word":"a"}'


def test_the_text_has_sorted_keys_no_whitespace_and_numbers_as_text() -> None:
    assert encode(SAMPLE) == TEXT
    assert decode(TEXT, Sample) == SAMPLE


def test_the_text_does_not_depend_on_the_order_a_dict_was_filled_in() -> None:
    one, two = {SOL: Decimal(1), BTC: Decimal(2)}, {BTC: Decimal(2), SOL: Decimal(1)}
    assert encode(Mark(Decimal(0), one)) == encode(Mark(Decimal(0), two))


@given(numbers)
def test_a_number_keeps_its_value_and_its_trailing_zeros(number: Decimal) -> None:
    again = decode(encode(Mark(number, {BTC: number})), Mark)
    assert (str(again.value), str(again.by_asset[BTC])) == (str(number), str(number))


@given(times)
def test_a_time_keeps_its_microseconds(time: datetime) -> None:
    assert time_of(time_text(time)) == time


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_not_written(number: str) -> None:
    with pytest.raises(InvalidInput, match="a finite decimal"):
        encode(Mark(Decimal(number), {}))


@pytest.mark.parametrize(
    "time",
    [
        datetime(2026, 4, 1),  # noqa: DTZ001  # the naive time is the point
        datetime(2026, 4, 1, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_time_that_is_not_aware_utc_is_not_written(time: datetime) -> None:
    with pytest.raises(InvalidInput, match="aware UTC"):
        time_text(time)


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ('"word":"a"', '"word":1', "word"),
        ('"number":"1.50"', '"number":1', "number"),
        ('"number":"1.50"', '"number":"1_50"', "number"),
        ('"number":"1.50"', '"number":" 1.50"', "number"),
        ('"number":"1.50"', '"number":"NaN"', "number"),
        ('"number":"1.50"', '"number":"one"', "number"),
        ('"count":7', '"count":"7"', "count"),
        ('"count":7', '"count":true', "count"),
        ('"flag":true', '"flag":1', "flag"),
        ('"asset":"SOL"', '"asset":"DOGE"', "one of BTC, ETH, SOL"),
        ('"asset":"SOL"', '"asset":["SOL"]', "asset"),
        ("+00:00", "", "aware UTC"),
        ("+00:00", "+02:00", "aware UTC"),
        ("2026-04-01T", "2026-04-01 ", "ISO 8601 in UTC"),
        ("2026-04-01T", "yesterday ", "ISO 8601 in UTC"),
        ('"maybe":null', '"maybe":null,"more":1', "more"),
        ('"count":7,', "", "count"),
    ],
)
def test_a_wrong_value_is_refused_by_its_path(written: str, instead: str, fault: str) -> None:
    assert written in TEXT
    with pytest.raises(InvalidInput) as refusal:
        decode(TEXT.replace(written, instead), Sample)
    assert refusal.value.field == "Sample"
    assert fault in refusal.value.found


@pytest.mark.parametrize("text", ["", "{", '{"count":1.5}', '{"count":NaN}', '{"count":Infinity}', "[" * 100_000])
def test_text_that_is_no_json_without_floats_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        decode(text, Sample)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda part: st.lists(part, max_size=3)))
def test_json_of_another_shape_is_refused(data: object) -> None:
    with pytest.raises(InvalidInput):
        decode(encode(data), Sample)
