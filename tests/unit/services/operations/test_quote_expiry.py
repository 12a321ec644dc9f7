"""Acting on a quote only while it holds."""

from datetime import timedelta

import pytest
from tests.unit.builders import START, desk_at, stage
from tests.unit.services.records import ID, opened

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import Stale
from ballast.services.operations.quote_expiry import check_quote

SECOND = timedelta(seconds=1)


async def test_a_quote_holds_until_its_expiry_and_not_at_it() -> None:
    clock = MemoryClock(START)
    desk = desk_at(clock, stage(clock).world)
    await check_quote(desk, "r1", None)
    await check_quote(desk, "r1", START + SECOND)
    with pytest.raises(Stale):
        await check_quote(desk, "r1", START)


async def test_a_request_that_was_answered_keeps_its_answer_after_the_quote_expired() -> None:
    clock = MemoryClock(START)
    desk = desk_at(clock, stage(clock).world)
    await desk.record("entry", [opened(request_id="r1")], ID)
    await check_quote(desk, "r1", START - SECOND)
    with pytest.raises(Stale):
        await check_quote(desk, "r2", START - SECOND)
