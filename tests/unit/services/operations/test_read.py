"""Listing operations: newest first, page by page, and nothing for what is asked wrongly."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.builders import START, desk_at, stage
from tests.unit.services.records import opened

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import InvalidInput, NotKnown
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import OperationClosed, OperationKind, Outcome
from ballast.services.desk import Desk
from ballast.services.operations.read import get, list_operations

D = Decimal
COUNT = 7


async def desk_with_operations(count: int = COUNT) -> Desk:
    """Operations one second apart, every second one closed, entries and corrections by turns."""
    clock = MemoryClock(START)
    desk = desk_at(clock, stage(clock).world)
    for index in range(count):
        name = f"op{index}"
        kind = OperationKind.ENTRY if index % 3 else OperationKind.CORRECTION
        await desk.record("test", [opened(kind, name)], name)
        if index % 2:
            await desk.record("test", [OperationClosed(name, Outcome.COMPLETED, ZERO)], name)
        clock.advance(timedelta(seconds=1))
    return desk


async def listed(desk: Desk, size: int, *kinds: OperationKind, open_only: bool = False) -> list[list[str]]:
    """Return the ids of every page."""
    pages: list[list[str]] = []
    token = ""
    while True:
        page = await list_operations(desk, kinds, size, token, open_only=open_only)
        pages.append([record.id for record in page.operations])
        token = page.next_token
        if not token:
            return pages


@given(st.integers(1, COUNT + 2))
async def test_pages_of_any_size_neither_repeat_nor_lose(size: int) -> None:
    pages = await listed(await desk_with_operations(), size)
    assert [name for page in pages for name in page] == [f"op{index}" for index in reversed(range(COUNT))]
    assert all(len(page) == size for page in pages[:-1])
    assert 0 < len(pages[-1]) <= size


async def test_only_the_asked_kinds_and_only_open_ones_where_asked() -> None:
    desk = await desk_with_operations()
    assert await listed(desk, 50, OperationKind.CORRECTION) == [["op6", "op3", "op0"]]
    assert await listed(desk, 50, open_only=True) == [["op6", "op4", "op2", "op0"]]
    assert await listed(desk, 50, OperationKind.CORRECTION, open_only=True) == [["op6", "op0"]]
    assert await listed(desk, 50, OperationKind.EXIT) == [[]]


async def test_no_size_means_fifty() -> None:
    pages = await listed(await desk_with_operations(60), 0)
    assert [len(page) for page in pages] == [50, 10]


@pytest.mark.parametrize("size", [-1, 501, 10**12])
async def test_a_page_of_no_or_too_many_rows_is_refused(size: int) -> None:
    with pytest.raises(InvalidInput, match="page_size: expected 0 to 500"):
        await list_operations(await desk_with_operations(1), (), size, "")


@pytest.mark.parametrize("token", ["op99", " ", "0", "x" * 1_000])
async def test_a_token_that_no_page_gave_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput, match="page_token"):
        await list_operations(await desk_with_operations(3), (), 2, token)


async def test_an_operation_is_read_by_its_id() -> None:
    desk = await desk_with_operations(2)
    assert (await get(desk, "op1")).id == "op1"
    with pytest.raises(NotKnown, match="operation 'op2'"):
        await get(desk, "op2")
