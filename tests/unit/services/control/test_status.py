"""The main status document."""

import json
from decimal import Decimal
from typing import Any

from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.asset import BTC
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.state import StrategyState
from ballast.services.control.pause import set_pause
from ballast.services.control.status import save_status, status_of

D = Decimal


async def status(scene: Scene) -> Any:
    return await save_status(scene.desk)


def test_it_says_what_is_held_what_is_open_and_what_it_is_worth() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        scene.deposit("1")
        await scene.until(lambda: scene.open(OperationKind.ENTRY))
        found = await status(scene)
        marks = (await scene.desk.observe()).marks
        assert D(found["share_supply"]) == scene.shares()
        assert D(found["claims_btc"]) == scene.desk.state.claims_btc
        assert [row["kind"] for row in found["operations"]] == ["entry"]
        assert D(found["balances"]["venue_margin"]["BTC-PERP"]) == scene.perps()[BTC]
        assert D(found["now"]["nav_usd"]) == scene.desk.nav_usd(marks)
        assert found["now"]["healthy"] is True

    play(story)


def test_it_is_a_view_that_the_journal_alone_makes_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await status(scene)
        rebuilt = StrategyState()
        for envelope in await scene.journal():
            rebuilt.apply(envelope)
        assert rebuilt == scene.desk.state
        stored = await scene.desk.status_store.load(scene.desk.settings.strategy)
        assert stored is not None
        assert json.loads(stored.body) == status_of(rebuilt)
        assert stored.sequence == rebuilt.sequence

    play(story)


def test_a_pause_or_an_alert_is_not_healthy() -> None:
    async def story(scene: Scene) -> None:
        assert (await status(scene))["now"]["healthy"] is True
        await set_pause(scene.desk, "p-1", "operator", "exit", "drill", paused=True)
        assert (await status(scene))["now"]["healthy"] is False
        await set_pause(scene.desk, "p-2", "operator", "exit", "over", paused=False)
        await scene.desk.alert("test", "key", "text")
        assert (await status(scene))["now"]["healthy"] is False
        await scene.desk.clear("test", "key")
        assert (await status(scene))["now"]["healthy"] is True

    play(story, running=())


def test_what_cannot_be_valued_now_is_said_and_not_guessed() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        scene.market.stopped = scene.clock.now()
        await scene.wait(181)
        found = await status(scene)
        assert found["now"]["healthy"] is False
        assert "is stale" in found["now"]["why"]
        assert "nav_usd" not in found["now"]
        assert D(found["share_supply"]) == scene.shares()

    play(story, running=("entry",))


def test_a_request_that_waits_says_why() -> None:
    async def story(scene: Scene) -> None:
        key = scene.deposit("0.001")
        await scene.wait(130)
        waiting = (await status(scene))["now"]["waiting"]
        assert list(waiting) == [key]
        assert "0.01 to 1000 BTC" in waiting[key]

    play(story, running=("entry",))
