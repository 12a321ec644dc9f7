"""The record against the outside: what is booked, what holds, and what is only a look that came too late."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.builders import desk_at, quick_settings
from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import USDC
from ballast.domain.kernel.errors import RuleBroken, Stale
from ballast.domain.ledger.events import IncomePosted, OperationKind
from ballast.ports.venue import IncomeKind
from ballast.services.operations.reconcile import book_and_compare
from ballast.services.settings import StrategySettings

D = Decimal
LATE = evolve(quick_settings(), latency_ms={"venue": 70, "pool": 110, "treasury": 130, "prices": 50, "vault": 90})


def test_a_difference_nobody_can_explain_holds_and_is_told_with_both_sides() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        scene.world.call("venue", "credit", Amount(USDC, D(5)), "a gift")
        with pytest.raises(RuleBroken, match=r"USDC at venue_spot: ours [0-9.E-]+, theirs [0-9.]+"):
            await book_and_compare(scene.desk, await scene.desk.observe(), "exposure")
        assert "reconciliation" in scene.desk.state.alerts

    play(story, running=("entry",))


def test_a_difference_while_something_is_in_flight_may_be_its_doing() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.until(lambda: scene.sent("mint0"))
        seen = await scene.desk.observe()
        scene.world.call("venue", "credit", Amount(USDC, D(5)), "a gift")
        await scene.wait(1)
        assert await book_and_compare(scene.desk, await scene.desk.observe(), "exposure") is not seen
        assert scene.desk.state.alerts == {}

    play(story, running=("entry",), delays=quick_settings(durations_s=30))


def test_an_old_look_is_no_contradiction_when_the_record_has_gone_on_since() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        old = await scene.desk.observe()
        await scene.entered("2")
        with pytest.raises(Stale, match="look at the outside"):
            await book_and_compare(scene.desk, old, "exposure")
        assert scene.desk.state.alerts == {}

    play(story, running=("entry",))


def test_what_another_process_has_done_and_recorded_is_no_contradiction() -> None:
    async def story(scene: Scene) -> None:
        other = desk_at(scene.clock, scene.world)
        other.journal, other.alone = scene.desk.journal, False
        await other.recover()
        await scene.entered("2")
        with pytest.raises(Stale, match="look at the outside"):
            await book_and_compare(other, await other.observe(), "exposure")
        assert other.state.alerts == {}
        assert other.state.sequence == scene.desk.state.sequence
        await book_and_compare(other, await other.observe(), "exposure")

    play(story, running=("entry",))


def test_a_look_that_takes_time_while_others_trade_alarms_nobody() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("20")
        await scene.until(lambda: scene.closed(OperationKind.ENTRY))
        await scene.quiet()
        await scene.check_whole()
        assert [alert for alert in scene.alerts.told if alert.key == "reconciliation"] == []

    often = evolve(StrategySettings().intervals, exposure_s=1)
    play(story, running=("entry", "exposure"), delays=LATE, strategy=evolve(StrategySettings(), intervals=often))


def test_income_is_booked_once_whoever_looks_and_at_the_venues_own_cursor() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        scene.world.parts["venue"].holdings.margin[USDC] += D("1.25")
        passage = scene.world.parts["venue"]._passage
        passage.income.post(IncomeKind.FUNDING, USDC, Amount(USDC, D("1.25")), scene.clock.now())
        for _ in range(3):
            await book_and_compare(scene.desk, await scene.desk.observe(), "exposure")
            await scene.wait(1)
        posted = [row.event for row in await scene.journal() if isinstance(row.event, IncomePosted)]
        assert [event.cursor for event in posted] == [1]
        await scene.check_whole()

    play(story, running=("entry",))


def test_of_two_that_book_the_same_income_one_must_look_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        other = desk_at(scene.clock, scene.world)
        other.journal, other.alone = scene.desk.journal, False
        await other.recover()
        scene.world.parts["venue"].holdings.margin[USDC] += D("1.25")
        passage = scene.world.parts["venue"]._passage
        passage.income.post(IncomeKind.FUNDING, USDC, Amount(USDC, D("1.25")), scene.clock.now())
        await book_and_compare(scene.desk, await scene.desk.observe(), "exposure")
        with pytest.raises(Stale):
            await book_and_compare(other, await other.observe(), "fee_hedge")
        await other.refresh()
        await book_and_compare(other, await other.observe(), "fee_hedge")
        posted = [row.event for row in await scene.journal() if isinstance(row.event, IncomePosted)]
        assert len(posted) == 1

    play(story, running=("entry",))
