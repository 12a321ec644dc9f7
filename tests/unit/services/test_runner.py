"""Services in their loops: on the grid of their intervals, held by what goes wrong, and never ended by it."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import define, evolve
from tests.unit.builders import START
from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.errors import InvariantError, RuleBroken, Unreachable
from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.runner import SERVICES, Runner, Service

D = Decimal
MINUTE_S = 60


@define
class Flaky:
    """A journal that cannot be written for a while."""

    journal: Any
    failures: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.journal, name)

    async def append(self, *args: Any, **kwargs: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise Unreachable("the store is locked")
        return await self.journal.append(*args, **kwargs)


def running(scene: Scene) -> list[str]:
    return [task.get_name() for task in scene.runner.tasks if not task.done()]


@pytest.mark.parametrize("failures", [1, 2, 25])
def test_services_outlive_a_journal_that_cannot_be_written_and_a_person_is_told(failures: int) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        flaky: Any = Flaky(scene.desk.journal, failures)
        scene.desk.journal = flaky
        await scene.wait(40 * MINUTE_S)
        assert running(scene) == list(SERVICES)
        assert any("the store is locked" in alert.text for alert in scene.alerts.told)
        await scene.quiet()
        assert scene.desk.state.alerts == {}
        await scene.check_whole()

    play(story)


def test_a_broken_invariant_pauses_everything_and_the_loops_go_on() -> None:
    async def story(scene: Scene) -> None:
        async def broken(_desk: Desk) -> None:
            raise InvariantError("two and two are five")

        scene.runner.services = (evolve(SERVICES["reserve"], tick=broken),)
        await scene.runner.start()
        await scene.wait(1)
        assert scene.desk.state.paused == {"all": "two and two are five"}
        assert [alert.key for alert in scene.alerts.told] == ["held:reserve"]
        assert running(scene) == ["reserve"]

    play(story, running=())


def test_an_unforeseen_fault_pauses_everything_too_and_its_text_is_not_shown_to_anybody() -> None:
    async def story(scene: Scene) -> None:
        async def faulty(_desk: Desk) -> None:
            raise ZeroDivisionError("a secret")

        scene.runner.services = (evolve(SERVICES["reserve"], tick=faulty),)
        await scene.runner.start()
        await scene.wait(1)
        assert scene.desk.state.paused == {"all": "unforeseen ZeroDivisionError in reserve"}
        assert "a secret" not in str(scene.alerts.told)

    play(story, running=())


def test_a_condition_is_told_once_and_taken_back_when_it_is_over_also_by_a_new_process() -> None:
    async def story(scene: Scene) -> None:
        scene.market.oracle_factor = D("1.1")
        await scene.wait(5 * MINUTE_S)
        assert [alert.key for alert in scene.alerts.told].count("held:exposure") == 1
        await scene.runner.stop()
        scene.market.oracle_factor = D(1)
        fresh = Runner(scene.desk, scene.runner.services)
        await fresh.start()
        await scene.wait(MINUTE_S)
        assert scene.desk.state.alerts == {}
        await fresh.stop()

    play(story, running=("exposure",))


def test_a_service_looks_on_the_grid_of_its_interval_and_oftener_while_it_works() -> None:
    async def story(scene: Scene) -> None:
        looks: list[float] = []

        async def look(desk: Desk) -> None:
            looks.append((desk.clock.now() - START).total_seconds())
            await desk.clock.sleep(7)

        scene.runner.services = (Service("entry", "entry", look, (OperationKind.ENTRY,)),)
        await scene.runner.start()
        await scene.wait(200)
        assert looks == [0, 60, 120, 180]

    play(story, running=())


def test_a_run_now_that_finds_a_broken_invariant_pauses_everything_and_raises_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_desk: Desk) -> None:
        raise InvariantError("two and two are five")

    async def story(scene: Scene) -> None:
        with pytest.raises(InvariantError, match="two and two"):
            await scene.runner.run_now("reserve")
        assert scene.desk.state.paused == {"all": "two and two are five"}

    monkeypatch.setitem(SERVICES, "reserve", evolve(SERVICES["reserve"], tick=broken))
    play(story, running=())


def test_a_run_now_waits_for_the_running_tick_and_returns_its_own_finding() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        found = await scene.runner.run_now("reserve")
        assert found is not None
        await scene.wait(1)
        scene.market.oracle_factor = D("1.1")
        with pytest.raises(RuleBroken, match="venue and oracle"):
            await scene.runner.run_now("exposure")
        assert scene.desk.state.paused == {}

    play(story)
