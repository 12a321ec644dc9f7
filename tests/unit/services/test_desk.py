"""The desk: one look at the outside, a state that only the journal changes, and alerts told once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.builders import START, desk_at, stage
from tests.unit.services.records import ID, opened

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import RuleBroken, Stale
from ballast.domain.ledger.events import HedgeBaseRaised, PauseSet
from ballast.services.desk import Desk

D = Decimal
RAISED = HedgeBaseRaised(D(1), "a drill")


def two_desks() -> tuple[MemoryClock, Desk, Desk]:
    """Two processes over one journal."""
    clock = MemoryClock(START)
    world = stage(clock).world
    first, second = desk_at(clock, world), desk_at(clock, world)
    second.journal = first.journal
    first.alone = second.alone = False
    return clock, first, second


async def test_services_that_look_at_the_same_moment_share_one_look() -> None:
    clock, desk, _ = two_desks()
    seen = await desk.observe()
    assert await desk.observe() is seen
    clock.advance(timedelta(microseconds=1))
    assert await desk.observe() is not seen


async def test_a_look_is_not_shared_beyond_anything_that_was_done() -> None:
    _, desk, other = two_desks()
    seen = await desk.observe()
    await desk.record("test", [RAISED])
    assert await desk.observe() is seen
    await desk.record("test", [opened()], ID)
    after = await desk.observe()
    assert after is not seen
    assert (seen.sequence, after.sequence) == (0, 2)
    await other.record("test", [RAISED])
    await desk.refresh()
    assert await desk.observe() is not after
    again = await desk.observe()
    desk.forget_look()
    assert await desk.observe() is not again


async def test_what_others_recorded_is_taken_in_before_ones_own() -> None:
    _, first, second = two_desks()
    await first.record("test", [RAISED])
    await second.record("test", [RAISED, RAISED])
    assert second.state.hedge_base == 3
    assert first.state.hedge_base == 1
    await first.refresh()
    assert first.state == second.state


async def test_a_decision_on_an_old_state_is_refused_and_changes_nothing() -> None:
    _, first, second = two_desks()
    await first.record("test", [RAISED])
    with pytest.raises(Stale, match="last sequence 0"):
        await second.record("test", [RAISED], decided_at=0)
    assert (second.state.hedge_base, await first.journal.head()) == (D(0), 1)


async def test_a_process_alone_does_not_look_for_the_records_of_others() -> None:
    _, first, second = two_desks()
    second.alone = True
    await first.record("test", [RAISED])
    await second.refresh()
    assert second.state.sequence == 0
    await second.recover()
    assert second.state.sequence == 1


async def test_a_long_journal_is_taken_in_whole() -> None:
    _, first, second = two_desks()
    await first.record("test", [RAISED] * 1_203)
    await second.recover()
    assert second.state == first.state
    assert second.state.hedge_base == 1_203


async def test_a_condition_is_recorded_and_told_once_until_it_is_over() -> None:
    clock = MemoryClock(START)
    alerts = MemoryAlerts()
    desk = desk_at(clock, stage(clock).world, alerts=alerts)
    for _ in range(3):
        await desk.alert("test", "key", "text")
    assert (await desk.journal.head(), len(alerts.told)) == (1, 1)
    for _ in range(3):
        await desk.clear("test", "key")
    assert (await desk.journal.head(), desk.state.alerts) == (2, {})
    await desk.alert("test", "key", "text")
    assert (await desk.journal.head(), len(alerts.told)) == (3, 2)


async def test_what_is_paused_says_why() -> None:
    _, desk, _ = two_desks()
    desk.check_running("entry", "venue")
    await desk.record("operator", [PauseSet("entry", paused=True, reason="drill")])
    desk.check_running("exit", "venue")
    with pytest.raises(RuleBroken, match="running: needs nothing paused, found entry is paused: drill"):
        desk.check_running("entry")


async def test_a_share_costs_one_before_there_is_any() -> None:
    _, desk, _ = two_desks()
    marks = (await desk.observe()).marks
    assert desk.share_price_btc(marks) == 1
    assert desk.nav_usd(marks) == desk.share_nav_btc(marks) == 0
    assert marks.prices[BTC] > 0
