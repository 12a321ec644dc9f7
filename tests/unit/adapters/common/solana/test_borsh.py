"""Borsh by description: reading is the reverse of writing, and what does not fit is refused by name."""

from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.borsh import (
    BOOL,
    I64,
    KEY,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    Codec,
    blob,
    checked,
    choice,
    option,
    raw,
    record,
    tagged,
    vector,
    whole,
)
from ballast.domain.kernel.errors import InvalidInput


@frozen
class Pair:
    left: int
    right: str | None


@frozen
class Single:
    value: bytes


PAIR = record(Pair, left=U16, right=option(TEXT))
EITHER = tagged((Pair, PAIR), (Single, record(Single, value=blob(U8))))
pairs = st.builds(Pair, st.integers(0, 2**16 - 1), st.none() | st.text(max_size=20))
CODECS: list[tuple[Codec[Any], st.SearchStrategy[Any]]] = [
    (U8, st.integers(0, 2**8 - 1)),
    (U32, st.integers(0, 2**32 - 1)),
    (U64, st.integers(0, 2**64 - 1)),
    (I64, st.integers(-(2**63), 2**63 - 1)),
    (whole(2, 1000), st.integers(0, 1000)),
    (BOOL, st.booleans()),
    (KEY, st.binary(min_size=32, max_size=32).map(Pubkey.from_bytes)),
    (raw(5), st.binary(min_size=5, max_size=5)),
    (choice("a", "b", "c"), st.sampled_from("abc")),
    (vector(PAIR, U8), st.lists(pairs, max_size=4).map(tuple)),
    (EITHER, pairs | st.builds(Single, st.binary(max_size=9))),
]


@pytest.mark.parametrize(("codec", "values"), CODECS)
@given(data=st.data())
@settings(deadline=None, max_examples=50)
def test_a_value_is_read_as_it_was_written(
    codec: Codec[Any], values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    value = data.draw(values)
    written = codec.encode(value, "value")
    assert codec.decode(written, "value") == value
    for wrong in (written[:-1], written + b"\0"):
        with pytest.raises(InvalidInput):
            codec.decode(wrong, "value")


def test_bytes_are_as_the_format_says() -> None:
    assert PAIR.encode(Pair(258, "é"), "pair").hex() == "0201" + "01" + "02000000" + "c3a9"
    assert EITHER.encode(Single(b"\xff"), "either").hex() == "01" + "01" + "ff"
    assert I64.encode(-2, "number").hex() == "fe" + 7 * "ff"


@pytest.mark.parametrize(
    ("codec", "data", "reason"),
    [
        (PAIR, "020102", "right.option at byte 2: expected at most 1, found 2"),
        (PAIR, "02010101000000ff", "right at byte 7: expected UTF-8 text"),
        (EITHER, "02", "kind at byte 0: expected at most 1, found 2"),
        (choice("a", "b"), "02", "at byte 0: expected at most 1, found 2"),
        (whole(1, 7), "08", "at byte 0: expected at most 7, found 8"),
        (vector(PAIR), "ffffffff000000", r"\[1\].left at byte 7: expected 2 more bytes, found 0"),
        (blob(U8), "05aa", "expected 5 more bytes, found 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_field_and_byte(codec: Codec[Any], data: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        codec.decode(bytes.fromhex(data), "bytes")


@pytest.mark.parametrize(
    ("codec", "value", "reason"),
    [
        (PAIR, Pair(65_536, None), r"pair\.left: expected an unsigned number of 2 bytes, found 65536"),
        (I64, 2**63, "pair: expected a signed number of 8 bytes"),
        (whole(1, 7), 8, "pair: expected at most 7, found 8"),
        (raw(5), b"1234", "pair: expected 5 bytes, found 4"),
        (blob(U8), bytes(256), r"pair\.length: expected an unsigned number of 1 bytes, found 256"),
        (EITHER, 5, "pair: expected one of Pair, Single, found int"),
    ],
)
def test_what_has_no_bytes_is_refused_by_name(codec: Codec[Any], value: object, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        codec.encode(value, "pair")


def test_a_rule_is_held_against_values_both_ways() -> None:
    def even(value: int, name: str) -> None:
        if value % 2:
            raise InvalidInput(name, "an even number", str(value))

    codec = checked(U8, even)
    assert codec.decode(codec.encode(4, "count"), "count") == 4
    with pytest.raises(InvalidInput, match="count: expected an even number, found 5"):
        codec.encode(5, "count")
    with pytest.raises(InvalidInput, match="an even number, found 5"):
        codec.decode(b"\5", "count")
