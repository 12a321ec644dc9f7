"""Orders that are sent once, proved, and held back when a rail says so."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import define, evolve, field
from tests.unit.builders import START
from tests.unit.services.scenes import Scene, play

from ballast.domain.execution.order import Order, OrderReport, OrderState, TimeInForce
from ballast.domain.execution.rails import Caps
from ballast.domain.kernel.asset import BTC
from ballast.domain.ledger.events import LegsClosed, OperationKind, OrderSettled, OrdersSent
from ballast.ports.clock import Clock
from ballast.services.settings import StrategySettings

D = Decimal
ENTRY = OperationKind.ENTRY
ONE_TRANCHE = StrategySettings(tranches=1)
TRADED = D("1.4")


async def traded(scene: Scene) -> None:
    """Wait until the first step of trading, selling BTC and buying as many perpetuals, has ended."""
    scene.deposit("2")
    await scene.until(lambda: any(record.legs_closed(0, "trade") for record in scene.open(ENTRY)))


def check_traded_once(scene: Scene) -> None:
    """Check that the venue holds what one complete trade makes, whatever its answers were."""
    legs = scene.open(ENTRY)[0].legs[0, "trade"].legs
    assert {leg.done for leg in legs.values()} == {TRADED}
    assert scene.perps()[BTC] == TRADED
    assert scene.world.parts["venue"].repeated_ids == 0
    counts = Counter(order.client_id for order, _ in scene.venue.placed)
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("faults", [["lost_answer"], ["lost_answer"] * 2, ["late:30"], ["late:30", "late:59"]])
def test_an_order_whose_answer_is_lost_or_late_is_one_order(faults: list[str]) -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan("venue.place", *faults)
        await traded(scene)
        check_traded_once(scene)

    play(story, strategy=ONE_TRANCHE, running=("entry",))


@define
class Shy:
    """A venue that never answers, loses its first orders on their way, and shows the others only after a while."""

    venue: Any
    clock: Clock
    hidden_s: int
    lost: int
    placed: dict[str, datetime] = field(factory=dict[str, datetime])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.venue, name)

    async def place(self, order: Order) -> OrderReport:
        self.placed[order.client_id] = self.clock.now()
        if len(self.placed) > self.lost:
            await self.venue.place(order)
        return OrderReport(order.client_id, OrderState.UNRESOLVED)

    async def order(self, symbol: str, client_id: str) -> OrderReport | None:
        if self.clock.now() - self.placed[client_id] < timedelta(seconds=self.hidden_s):
            return None
        found: OrderReport | None = await self.venue.order(symbol, client_id)
        return found


@pytest.mark.parametrize(("hidden_s", "lost"), [(59, 0), (0, 1), (30, 2)])
def test_an_order_nobody_knows_is_waited_for_and_only_then_made_up_for(hidden_s: int, lost: int) -> None:
    async def story(scene: Scene) -> None:
        shy: Any = Shy(scene.desk.venue, scene.clock, hidden_s, lost)
        scene.desk.venue = shy
        await traded(scene)
        check_traded_once(scene)
        refused = [row for row in await scene.journal() if _refused(row.event)]
        assert len(refused) == lost
        for row in refused:
            assert isinstance(row.event, OrderSettled)
            assert row.time - shy.placed[row.event.intent] >= timedelta(seconds=ONE_TRANCHE.order_visible_s)

    play(story, strategy=ONE_TRANCHE, running=("entry",))


@pytest.mark.parametrize("fault", ["lost_answer", "late:45"])
def test_nothing_else_is_sent_for_legs_with_an_unproved_order(fault: str) -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan("venue.place", *[fault] * 6)
        await traded(scene)
        unproved: set[str] = set()
        for row in await scene.journal():
            if isinstance(row.event, OrdersSent):
                assert not unproved
                unproved = {order.intent for order in row.event.orders}
            elif isinstance(row.event, OrderSettled):
                unproved.remove(row.event.intent)

    play(story, strategy=ONE_TRANCHE, running=("entry",))


@pytest.mark.parametrize("faults", [["unreachable"], ["unreachable"] * 5, ["refuse:-2019"], ["refuse:-1008"] * 4])
def test_an_order_that_was_not_taken_is_made_up_for_under_another_id(faults: list[str]) -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan("venue.place", *faults)
        await traded(scene)
        check_traded_once(scene)
        refused = [row.event for row in await scene.journal() if _refused(row.event)]
        assert len(refused) == len(faults)

    play(story, strategy=ONE_TRANCHE, running=("entry",))


def _refused(event: object) -> bool:
    return isinstance(event, OrderSettled) and event.state is OrderState.REFUSED


def test_legs_the_venue_keeps_refusing_are_handed_back_with_the_reason() -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan("venue.place", *["refuse:-2019"] * 40)
        scene.deposit("2")
        await scene.until(lambda: any(record.legs_closed(0, "trade") for record in scene.open(ENTRY)))
        closed = [row.event for row in await scene.journal() if isinstance(row.event, LegsClosed)]
        assert closed[0].reason == "the venue refused 20 orders"

    play(story, strategy=ONE_TRANCHE, running=("entry",))


def test_the_two_legs_of_a_trade_are_never_further_apart_than_one_slice() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("20")
        await scene.until(lambda: any((0, "trade") in record.legs for record in scene.open(ENTRY)))
        legs = scene.open(ENTRY)[0].legs[0, "trade"].legs
        slice_btc = ONE_TRANCHE.terms.slice_notional_max / D(70_000)
        rounds = 0
        while not scene.open(ENTRY)[0].legs_closed(0, "trade"):
            assert abs(legs["sellspot"].done - legs["buyperp"].done) <= slice_btc
            rounds += 1
            await scene.wait(1)
        assert rounds > 5
        assert legs["sellspot"].done == legs["buyperp"].done == 14

    play(story, strategy=ONE_TRANCHE, running=("entry",))


def test_makers_rest_first_and_what_nobody_took_is_taken() -> None:
    async def story(scene: Scene) -> None:
        await traded(scene)
        check_traded_once(scene)
        kinds = [order.time_in_force for order, _ in scene.venue.placed]
        assert kinds[:2] == [TimeInForce.POST_ONLY] * 2
        assert TimeInForce.IOC in kinds
        states = [row.event.state for row in await scene.journal() if isinstance(row.event, OrderSettled)]
        assert OrderState.CANCELLED in states

    patient = evolve(ONE_TRANCHE.terms, maker_first=True, maker_wait_s=D(5))
    play(story, strategy=evolve(ONE_TRANCHE, terms=patient), running=("entry",))


def test_a_resting_order_whose_answer_was_lost_is_cancelled_and_counted_for_what_it_filled() -> None:
    async def story(scene: Scene) -> None:
        scene.world.faults.plan("venue.place", "lost_answer", "lost_answer")
        scene.world.faults.plan("venue.cancel", "lost_answer")
        await traded(scene)
        check_traded_once(scene)

    patient = evolve(ONE_TRANCHE.terms, maker_first=True, maker_wait_s=D(5))
    play(story, strategy=evolve(ONE_TRANCHE, terms=patient), running=("entry",))


def test_legs_hold_while_prices_cannot_be_trusted_and_go_on_when_they_can() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("20")
        await scene.until(lambda: len(scene.venue.placed) >= 4)
        scene.market.oracle_factor = D("1.02")
        await scene.wait(10)
        placed = len(scene.venue.placed)
        await scene.wait(120)
        assert len(scene.venue.placed) == placed
        assert any("venue and oracle within 100 bps" in text for text in scene.desk.state.alerts.values())
        scene.market.oracle_factor = D(1)
        await scene.until(lambda: len(scene.venue.placed) > placed)
        assert scene.desk.state.alerts == {}
        await scene.until(lambda: scene.closed(ENTRY))
        await scene.quiet()
        await scene.check_whole()

    play(story, strategy=ONE_TRANCHE, running=("entry",))


def test_the_minutes_cap_spreads_orders_over_minutes() -> None:
    caps = Caps(D(400_000), D(400_000), D(10**9))

    async def story(scene: Scene) -> None:
        await scene.entered("20")
        by_minute: Counter[timedelta] = Counter()
        for row in await scene.journal():
            if isinstance(row.event, OrdersSent):
                minute = (row.time - START) // timedelta(minutes=1) * timedelta(minutes=1)
                by_minute[minute] += int(sum(order.quantity * order.limit_price for order in row.event.orders))
        assert len(by_minute) > 5
        assert max(by_minute.values()) <= 400_000

    play(story, strategy=evolve(ONE_TRANCHE, caps=caps), running=("entry",))


def test_an_order_beyond_its_cap_is_never_sent_and_somebody_is_told() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("2")
        await scene.until(lambda: any("order cap" in text for text in scene.desk.state.alerts.values()))
        await scene.until(lambda: any(record.legs_closed(0, "trade") for record in scene.open(ENTRY)))
        assert scene.venue.placed == []
        assert "order cap" not in str(scene.desk.state.alerts)

    play(story, strategy=evolve(ONE_TRANCHE, caps=Caps(D(10_000), D(10**9), D(10**9))), running=("entry",))
