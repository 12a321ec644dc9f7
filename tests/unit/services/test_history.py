"""The journal read backwards."""

from collections.abc import Sequence

import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.services.records import NOON

from ballast.adapters.memory.journal import MemoryJournal
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.ledger.events import AlertRaised, PauseSet
from ballast.ports.journal import Draft, Journal
from ballast.services.history import SCAN_MAX, History, newest


@define
class Readable:
    """The part of a desk that history needs."""

    journal: Journal


async def journal_of(pauses: Sequence[bool]) -> Readable:
    """A journal with a pause named by its sequence where told, and an alert everywhere else."""
    journal = MemoryJournal()
    events = [
        PauseSet(str(index + 1), paused=True, reason="r") if is_pause else AlertRaised("k", "t")
        for index, is_pause in enumerate(pauses)
    ]
    await journal.append([Draft(NOON, "test", "", event) for event in events])
    return Readable(journal)


async def page(desk: Readable, size: int, token: str = "") -> History[PauseSet]:
    return await newest(desk, PauseSet, size, token)  # type: ignore[arg-type]


def scopes(history: History[PauseSet]) -> list[int]:
    return [int(event.scope) for event in history.events]


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5))
async def test_pages_together_are_all_events_of_the_kind_newest_first(pauses: list[bool], size: int) -> None:
    desk = await journal_of(pauses)
    seen: list[int] = []
    token = ""
    for _ in range(len(pauses) + 1):
        found = await page(desk, size, token)
        assert len(found.events) <= size
        seen += scopes(found)
        token = found.next_token
        if not token:
            break
    assert not token
    assert seen == [index + 1 for index, is_pause in reversed([*enumerate(pauses)]) if is_pause]


async def test_one_call_looks_at_no_more_than_its_bound_and_the_next_goes_on() -> None:
    desk = await journal_of([True, *[False] * (SCAN_MAX + 10)])
    first = await page(desk, 5)
    assert (first.events, first.next_token) == ((), "11")
    second = await page(desk, 5, first.next_token)
    assert (scopes(second), second.next_token) == ([1], "")


async def test_an_empty_journal_is_one_empty_page() -> None:
    assert await page(await journal_of([]), 0) == History((), "")


@pytest.mark.parametrize(
    ("size", "token", "field"), [(-1, "", "page_size"), (501, "", "page_size"), (1, "4", "page_token")]
)
async def test_a_page_that_cannot_be_is_refused(size: int, token: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await page(await journal_of([True] * 3), size, token)
    assert refused.value.field == field
