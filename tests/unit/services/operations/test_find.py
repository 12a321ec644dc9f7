"""Operations of known kinds."""

import pytest
from tests.unit.builders import START, desk_at, stage
from tests.unit.services.records import ID, opened, sent

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import NotKnown
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import OperationClosed, OperationKind, Outcome, PauseSet
from ballast.services.desk import Desk
from ballast.services.operations.find import find, follow

ENTRY, EXIT = OperationKind.ENTRY, OperationKind.EXIT


async def desk_with_an_entry() -> Desk:
    clock = MemoryClock(START)
    desk = desk_at(clock, stage(clock).world)
    await desk.record("entry", [opened()], ID)
    return desk


async def test_an_operation_is_found_by_its_id_and_kind() -> None:
    assert (await find(await desk_with_an_entry(), ID, ENTRY)).id == ID


@pytest.mark.parametrize(("kind", "operation"), [(EXIT, ID), (ENTRY, "en2")])
async def test_an_id_of_nothing_or_of_another_kind_is_not_known(kind: OperationKind, operation: str) -> None:
    desk = await desk_with_an_entry()
    with pytest.raises(NotKnown):
        await find(desk, operation, kind)
    with pytest.raises(NotKnown):
        await anext(follow(desk, operation, kind))


async def test_the_end_is_read_even_when_it_comes_while_an_earlier_state_is_being_read() -> None:
    desk = await desk_with_an_entry()
    following = follow(desk, ID)
    assert (await anext(following)).open
    await desk.record("entry", [OperationClosed(ID, Outcome.COMPLETED, ZERO)], ID)
    assert [operation.open async for operation in following] == [False]


async def test_each_change_is_read_once_and_a_pause_is_a_change() -> None:
    desk = await desk_with_an_entry()
    following = follow(desk, ID, ENTRY)
    await anext(following)
    await desk.record("operator", [PauseSet(f"operation:{ID}", paused=True, reason="drill")])
    await anext(following)
    await desk.record("entry", [sent("release")], ID)
    assert (await anext(following)).unproved == ("en1.0.release.0",)
    await desk.record("entry", [OperationClosed(ID, Outcome.COMPLETED, ZERO)], ID)
    assert len([operation async for operation in following]) == 1
