"""Events as text, and the chain of digests that proves them."""

import hashlib
import re
from typing import Any

import attrs
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.events import START, drafts, instances, pause, times

from ballast.adapters.common.codec import time_text
from ballast.adapters.common.record import (
    EVENT_TYPES,
    GENESIS,
    Head,
    Row,
    check_page,
    decode_event,
    encode_event,
    record_digest,
    seal,
    unseal,
)  # fmt: skip
from ballast.domain.kernel.errors import InvalidInput, InvariantError
from ballast.domain.kernel.events import Event
from ballast.ports.journal import Draft

TEXT = '{"PauseSet":{"paused":true,"reason":"test","scope":"all"}}'


@frozen
class Foreign(Event):
    """An event outside the vocabulary."""


def _descendants(kind: type[Event]) -> set[type[Event]]:
    return {kind}.union(*(_descendants(child) for child in kind.__subclasses__()))


def test_the_registry_holds_every_event_class_of_the_package() -> None:
    shipped = {kind for kind in _descendants(Event) if kind.__module__.startswith("ballast.")} - {Event}
    assert set(EVENT_TYPES.values()) == shipped
    assert len(shipped) >= 15


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_every_event_class_comes_back_equal_and_as_the_same_text(name: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(instances(EVENT_TYPES[name]))
    def comes_back(event: Event) -> None:
        text = encode_event(event)
        assert decode_event(text) == event
        assert encode_event(decode_event(text)) == text

    comes_back()


def test_an_event_is_tagged_by_its_class() -> None:
    assert encode_event(pause()) == TEXT
    assert decode_event(TEXT) == pause()


def test_a_class_outside_the_vocabulary_is_not_written() -> None:
    with pytest.raises(InvalidInput, match="found Foreign"):
        encode_event(Foreign())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"Unheard":{}}', "'Unheard'"),
        ('{"PauseSet":{},"ValueTaken":{}}', "one key"),
        ("{}", "one key"),
        ("[]", "one key"),
        ("7", "one key"),
        ("null", "one key"),
        (TEXT.replace("scope", "scop"), "scop"),
        (TEXT.replace("true", '"true"'), "paused"),
        (TEXT[:-1], "JSON"),
    ],
)
def test_a_record_that_is_no_event_is_refused(text: str, fault: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(fault)):
        decode_event(text)


def test_an_entry_that_does_not_sum_to_zero_is_refused() -> None:
    entry = '{"postings":[{"asset":"BTC","place":"transit","quantity":"1"}]}'
    text = '{"IncomePosted":{"cursor":1,"entry":' + entry + ',"funding_usd":"0"}}'
    with pytest.raises(InvalidInput, match="sums to 1 BTC"):
        decode_event(text)


def test_the_digest_is_sha_256_over_predecessor_and_record() -> None:
    digest = record_digest(GENESIS, 1, time=START, actor="me", operation="en1", encoded=TEXT)
    record = "0" * 64 + "\n1\n2026-04-01T12:00:00+00:00\n2:me3:en1" + TEXT
    assert digest == hashlib.sha256(record.encode()).hexdigest()


UNSPEAKABLE: dict[str, Any] = {"actor": "\ud800"}
RECORD: dict[str, Any] = {"time": START, "actor": "me", "operation": "en1", "encoded": TEXT}


@pytest.mark.parametrize(
    "change",
    [
        {"time": START.replace(microsecond=1)}, {"actor": "mee", "operation": "n1"}, {"actor": ""}, {"operation": ""},
        {"operation": "en1{", "encoded": TEXT[1:]}, {"encoded": TEXT.replace("test", "tets")},
    ],
)  # fmt: skip
def test_a_change_of_any_part_changes_the_digest(change: dict[str, Any]) -> None:
    assert record_digest(GENESIS, 1, **RECORD) != record_digest(GENESIS, 1, **(RECORD | change))


def test_another_place_in_the_chain_changes_the_digest() -> None:
    first = record_digest(GENESIS, 1, **RECORD)
    assert len({first, record_digest(GENESIS, 2, **RECORD), record_digest(first, 1, **RECORD)}) == 3


def test_text_that_utf_8_cannot_carry_is_refused() -> None:
    with pytest.raises(InvalidInput, match="UTF-8"):
        record_digest(GENESIS, 1, **(RECORD | UNSPEAKABLE))


def rows(history: list[Draft]) -> list[Row]:
    """Return a sealed history as a store would keep it."""
    return [
        Row(made.sequence, time_text(made.time), made.actor, made.operation, encoded, made.digest)
        for made, encoded in seal(Head(), history)
    ]


histories = st.lists(drafts, min_size=2, max_size=4)


@settings(max_examples=40, deadline=None)
@given(histories)
def test_what_was_sealed_is_unsealed_equal_and_in_order(history: list[Draft]) -> None:
    records = list(unseal(Head(), rows(history)))
    assert [Draft(made.time, made.actor, made.operation, made.event) for made in records] == history
    assert [made.sequence for made in records] == list(range(1, len(history) + 1))
    assert list(unseal(Head.at(records[0]), rows(history)[1:])) == records[1:]


@settings(max_examples=60, deadline=None)
@given(histories, st.data())
def test_any_change_of_a_stored_record_shows(history: list[Draft], data: st.DataObject) -> None:
    stored = rows(history)
    place = data.draw(st.integers(0, len(stored) - 1))
    other: dict[str, Any] = {
        "sequence": stored[place].sequence + 1,
        "time": time_text(data.draw(times)),
        "actor": data.draw(st.text()),
        "operation": data.draw(st.text()),
        "event": encode_event(pause("forged")),
        "digest": GENESIS,
    }
    column = data.draw(st.sampled_from(sorted(other)))
    forged = attrs.evolve(stored[place], **{column: other[column]})
    if forged == stored[place]:
        return
    with pytest.raises(InvariantError, match=f"record {place + 1} is missing or changed"):
        list(unseal(Head(), [*stored[:place], forged, *stored[place + 1 :]]))


def test_a_missing_record_shows() -> None:
    stored = rows([Draft(START, "me", "", pause(str(number))) for number in range(3)])
    with pytest.raises(InvariantError, match="record 2 is missing"):
        list(unseal(Head(), [stored[0], stored[2]]))
    with pytest.raises(InvariantError, match="record 1 is missing"):
        list(unseal(Head(), stored[1:]))


@pytest.mark.parametrize(("after", "limit"), [(-1, 1), (0, 0), (0, -5), (2**63, 1), (0, 2**63)])
def test_a_page_outside_the_bounds_is_refused(after: int, limit: int) -> None:
    with pytest.raises(InvalidInput):
        check_page(after, limit)
