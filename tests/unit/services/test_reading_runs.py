"""The newest runs of the periodic services, and what a run would find now."""

import pytest
from tests.unit.builders import START, desk_at, stage

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import NotKnown
from ballast.services.desk import Desk
from ballast.services.exposure import last as exposure
from ballast.services.exposure.preview import preview as preview_exposure
from ballast.services.exposure.tick import tick as run_exposure
from ballast.services.fee_hedge import last as fee_hedge
from ballast.services.fee_hedge.preview import preview as preview_fee_hedge
from ballast.services.fee_hedge.tick import tick as run_fee_hedge
from ballast.services.rebalancing.preview import preview as preview_collateral
from ballast.services.reserve.preview import preview as preview_reserve


def quiet_desk() -> Desk:
    clock = MemoryClock(START)
    return desk_at(clock, stage(clock).world)


async def test_before_the_first_run_there_is_none() -> None:
    desk = quiet_desk()
    for newest in (exposure.last, fee_hedge.last):
        with pytest.raises(NotKnown):
            await newest(desk)


async def test_after_a_run_it_is_the_newest() -> None:
    desk = quiet_desk()
    await run_exposure(desk)
    taken = await run_fee_hedge(desk)
    assert (await exposure.last(desk)).at == START
    assert await fee_hedge.last(desk) == taken


async def test_watching_gives_each_newer_run_once() -> None:
    desk = quiet_desk()
    await run_exposure(desk)
    watching = exposure.watch_last(desk)
    first = await anext(watching)
    await run_exposure(desk)
    second = await anext(watching)
    await run_exposure(desk)
    third = await anext(watching)
    assert len({id(first), id(second), id(third)}) == 3
    assert third is desk.state.exposure


async def test_a_preview_finds_what_a_run_would_and_records_nothing() -> None:
    desk = quiet_desk()
    found = await preview_exposure(desk)
    taken = await preview_fee_hedge(desk)
    assert (await preview_collateral(desk)).below is False
    assert (await preview_reserve(desk)).short is False
    assert await desk.journal.head() == 0
    assert found.action == "preview"
    await run_exposure(desk)
    assert found.assets == (await exposure.last(desk)).assets
    assert taken == await run_fee_hedge(desk)
