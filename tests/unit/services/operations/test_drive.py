"""Carrying operations on: retrying what is refused, parking what does not help, holding what is paused."""

from decimal import Decimal
from functools import partial
from itertools import pairwise

import pytest
from attrs import evolve
from tests.unit.builders import quick_settings
from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC
from ballast.domain.ledger.events import ActionSent, OperationKind, OrdersSent
from ballast.services.control.pause import set_pause
from ballast.services.settings import StrategySettings

D = Decimal
ENTRY = OperationKind.ENTRY
SLOW = quick_settings(durations_s=30)
# Longer than the minute for which the pool's prices are read, so that each attempt is priced anew.
LOCKED = evolve(quick_settings(), time_lock_s=90)


async def refuse_mints(scene: Scene, times: int) -> None:
    """Let the pool's JLP become dearer than an order allows, as often as one is waiting to be executed."""
    for attempt in range(times):
        await scene.until(partial(waiting_mint, scene, attempt))
        scene.market.move(BTC="1.01", ETH="1.01", SOL="1.01")
        await scene.until(partial(ended_mint, scene, attempt))


def waiting_mint(scene: Scene, attempt: int) -> bool:
    return any(len(record.actions[0, "mint0"]) == attempt + 1 for record in scene.sent("mint0"))


def ended_mint(scene: Scene, attempt: int) -> bool:
    return not waiting_mint(scene, attempt)


@pytest.mark.parametrize("times", [1, 4])
def test_a_refused_mint_is_tried_again_at_todays_price_until_it_goes_through(times: int) -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await refuse_mints(scene, times)
        await scene.until(lambda: scene.closed(ENTRY))
        attempts = scene.closed(ENTRY)[0].actions[0, "mint0"]
        assert [attempt.settled and attempt.settled.confirmed for attempt in attempts] == [False] * times + [True]
        assert len({attempt.sent.intent for attempt in attempts}) == times + 1
        least = [attempt.sent.receive_min for attempt in attempts]
        assert all(earlier and later and later < earlier for earlier, later in pairwise(least))
        await scene.quiet()
        await scene.check_whole()

    play(story, running=("entry",), delays=LOCKED)


def test_a_mint_refused_too_often_parks_the_entry_and_a_person_is_told_how_to_go_on() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await refuse_mints(scene, 5)
        await scene.until(lambda: scene.desk.state.paused)
        entry = scene.open(ENTRY)[0]
        scope = f"operation:{entry.id}"
        assert set(scene.desk.state.paused) == {scope}
        told = [alert.text for alert in scene.alerts.told if alert.key == scope]
        assert len(told) == 1
        assert "mint0 was refused 5 times, last: least amount received" in told[0]
        assert f"ballast resume {scope}" in told[0]
        await scene.wait(600)
        assert len(entry.actions[0, "mint0"]) == 5
        await set_pause(scene.desk, "r-1", "operator", scope, "the market is calm", paused=False)
        assert scope not in scene.desk.state.alerts
        await scene.until(lambda: scene.closed(ENTRY))
        await scene.quiet()
        await scene.check_whole()
        assert scene.desk.state.alerts == scene.desk.state.paused == {}

    play(story, running=("entry",), delays=LOCKED)


def test_an_entry_that_was_resumed_is_parked_again_only_after_as_many_refusals_as_before() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await refuse_mints(scene, 2)
        await scene.until(lambda: scene.desk.state.paused)
        scope = f"operation:{scene.open(ENTRY)[0].id}"
        await set_pause(scene.desk, "r-1", "operator", scope, "try again", paused=False)
        for attempt in (2, 3):
            await scene.until(partial(waiting_mint, scene, attempt))
            assert scope not in scene.desk.state.paused
            scene.market.move(BTC="1.01", ETH="1.01", SOL="1.01")
        await scene.until(lambda: scope in scene.desk.state.paused)

    play(story, running=("entry",), strategy=StrategySettings(tranches=1, attempts_max=2), delays=LOCKED)


def test_another_amount_arriving_than_left_halts_everything() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.until(lambda: scene.sent("forward"))
        under_way = scene.world.parts["transit"]._under_way
        await scene.until(lambda: under_way)
        (reference,) = under_way
        under_way[reference] = Amount(BTC, D("1.99"))
        await scene.until(lambda: "all" in scene.desk.state.paused)
        assert "2 BTC left, 1.99 BTC arrived" in scene.desk.state.paused["all"]

    play(story, running=("entry",))


@pytest.mark.parametrize("scope", ["all", "entry"])
@pytest.mark.parametrize("step", ["forward", "withdraw", "mint0", "fulfil"])
def test_a_pause_sends_nothing_new_but_proves_what_was_sent(scope: str, step: str) -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.until(lambda: scene.sent(step))
        await set_pause(scene.desk, "p-1", "operator", scope, "drill", paused=True)
        paused_at = scene.desk.state.sequence
        await scene.wait(1_500)
        later = [row.event for row in await scene.journal() if row.sequence > paused_at]
        assert not [event for event in later if isinstance(event, ActionSent | OrdersSent)]
        assert not scene.desk.state.in_flight()
        if step == "fulfil":
            assert scene.shares() > 0
            return
        assert scene.open(ENTRY)[0].confirmed(0, step) is not None
        await set_pause(scene.desk, "p-2", "operator", scope, "drill is over", paused=False)
        await scene.until(lambda: scene.closed(ENTRY))
        await scene.quiet()
        await scene.check_whole()
        assert scene.desk.state.alerts == {}

    play(story, running=("entry",), strategy=StrategySettings(tranches=1), delays=SLOW)


def test_a_paused_venue_is_sent_nothing_while_the_treasury_goes_on() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.until(lambda: scene.sent("withdraw"))
        await set_pause(scene.desk, "p-1", "operator", "venue", "drill", paused=True)
        placed = len(scene.venue.placed)
        await scene.until(lambda: scene.open(ENTRY)[0].confirmed(0, "mint0"))
        await scene.wait(120)
        assert len(scene.venue.placed) == placed
        assert any("holds: running" in text for text in scene.desk.state.alerts.values())
        await set_pause(scene.desk, "p-2", "operator", "venue", "drill is over", paused=False)
        await scene.until(lambda: scene.closed(ENTRY))
        assert scene.desk.state.alerts == {}

    play(story, running=("entry",), strategy=StrategySettings(tranches=1), delays=SLOW)


@pytest.mark.parametrize("scope", ["all", "entry"])
def test_no_deposit_is_taken_up_while_entries_are_paused(scope: str) -> None:
    async def story(scene: Scene) -> None:
        await set_pause(scene.desk, "p-1", "operator", scope, "drill", paused=True)
        scene.deposit("2")
        await scene.wait(600)
        assert not scene.desk.state.operations
        await set_pause(scene.desk, "p-2", "operator", scope, "drill is over", paused=False)
        await scene.until(lambda: scene.closed(ENTRY))

    play(story, running=("entry",))


def test_an_entry_goes_on_while_exits_are_paused() -> None:
    async def story(scene: Scene) -> None:
        await set_pause(scene.desk, "p-1", "operator", "exit", "drill", paused=True)
        await scene.entered("2")

    play(story)


@pytest.mark.parametrize("call", ["vault.submit", "treasury.submit", "venue.submit"])
def test_an_action_whose_answer_is_lost_is_done_once(call: str) -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan(call, "lost_answer", "lost_answer")
        entry = await scene.entered("2")
        assert all(len(attempts) == 1 for attempts in entry.actions.values())
        await scene.check_whole()

    play(story)


@pytest.mark.parametrize("call", ["vault.submit", "treasury.submit", "venue.submit"])
def test_an_action_that_never_arrived_is_sent_again_under_its_own_id(call: str) -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan(call, "unreachable")
        entry = await scene.entered("2")
        assert all(len(attempts) == 1 for attempts in entry.actions.values())
        assert [alert.text for alert in scene.alerts.told if call in alert.text]
        assert scene.desk.state.alerts == {}
        await scene.check_whole()

    play(story)


@pytest.mark.parametrize("call", ["venue.account", "pool.state", "treasury.balances", "prices.read", "vault.requests"])
def test_an_outage_of_anything_only_costs_time(call: str) -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        for step in ("forward", "mint0"):
            await scene.until(partial(scene.sent, step))
            scene.world.faults.plan(call, *["unreachable"] * 4)
        await scene.until(lambda: scene.closed(ENTRY))
        await scene.until(lambda: not scene.desk.state.alerts)
        await scene.quiet()
        await scene.check_whole()
        assert scene.desk.state.paused == {}

    play(story)
