"""Two processes that relieve each other, and six that share one store and behave as one."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from attrs import define, evolve
from tests.unit.builders import START, USER, quick_settings
from tests.unit.services.scenes import MovingMarket, check_sums, differences, world_at

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.simulator.settings import WorldSettings
from ballast.adapters.simulator.world import World
from ballast.adapters.sqlite.database import open_database
from ballast.bootstrap.container import build_desk, build_runner
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE
from ballast.domain.kernel.errors import NotAllowed
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import ExposureMeasured, HedgeBaseRaised, OperationKind, PauseSet
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.open import open_operation
from ballast.services.runner import SERVICES, Runner
from ballast.services.settings import StrategySettings

D = Decimal
STRATEGY = StrategySettings(tranches=2)
MINUTE_S = 60
ResultT = TypeVar("ResultT")


@define
class Shared:
    """One store and one world, for as many processes as a test starts."""

    clock: VirtualClock
    world: World
    market: MovingMarket
    store: Path
    alerts: MemoryAlerts
    opened: ExitStack
    strategy: StrategySettings = STRATEGY

    def process(self, holder: str, *services: str) -> Runner:
        database = self.opened.enter_context(closing(open_database(self.store)))
        desk = build_desk(
            outside="simulated",
            world=self.world,
            clock=self.clock,
            strategy=self.strategy,
            told=self.alerts,
            database=database,
            alone=False,
            holder=holder,
        )
        return build_runner(desk, services or tuple(SERVICES))

    async def until(self, holds: Callable[[], object], limit_s: int = 7_200) -> None:
        for _ in range(limit_s):
            if holds():
                return
            await self.clock.sleep(1)
        raise AssertionError(f"still not so after {limit_s} s; told: {self.alerts.told}")

    def deposit(self, btc: str) -> None:
        self.world.call("vault", "deposit", USER, Amount(BTC, D(btc)))

    def shares(self) -> Decimal:
        owned: Decimal = self.world.parts["vault"].books.shares.get(USER, ZERO)
        return owned

    def claims(self) -> Decimal:
        paid: Decimal = self.world.parts["vault"].books.claims_btc.get(USER, ZERO)
        return paid


def share(story: Callable[[Shared], Awaitable[ResultT]], store: Path, delays: WorldSettings | None = None) -> ResultT:
    async def main(clock: VirtualClock) -> ResultT:
        market = MovingMarket()
        with ExitStack() as opened:
            return await story(Shared(clock, world_at(clock, market, delays), market, store, MemoryAlerts(), opened))

    return run_virtual(main, START)


async def die(runner: Runner) -> None:
    """End a process without a word: its leases stay as they are."""
    for task in runner.tasks:
        task.cancel()
    await asyncio.gather(*runner.tasks, return_exceptions=True)


async def came_and_went(
    shared: Shared, processes: tuple[Runner, ...]
) -> tuple[list[OperationRecord], Decimal, Decimal]:
    """Enter, leave in part, leave: return the operations, the shares made and the BTC paid out."""
    for process in processes:
        await process.start()
    reader = shared.process("reader").desk
    shared.deposit("4")
    await shared.until(shared.shares)
    made = shared.shares()
    await shared.clock.sleep(5 * MINUTE_S)
    shared.world.call("vault", "request_withdrawal", USER, Amount(SHARE, D(1)))
    await shared.until(shared.claims)
    await shared.clock.sleep(5 * MINUTE_S)
    shared.world.call("vault", "request_withdrawal", USER, Amount(SHARE, shared.shares()))
    await shared.until(lambda: not shared.world.parts["vault"].books.share_supply)
    await shared.clock.sleep(5 * MINUTE_S)
    for process in processes:
        await process.stop()
    await reader.recover()
    check_sums(reader)
    assert await differences(reader) == {}
    assert shared.world.parts["venue"].repeated_ids == 0
    assert not reader.state.operations
    return list(reader.state.closed.values()), made, shared.claims()


def kinds(operations: list[OperationRecord]) -> list[str]:
    return sorted(record.kind.value for record in operations)


def test_six_processes_with_one_service_each_end_like_one_process_with_all(tmp_path: Path) -> None:
    async def six(shared: Shared) -> tuple[list[OperationRecord], Decimal, Decimal]:
        return await came_and_went(shared, tuple(shared.process(name, name) for name in SERVICES))

    async def one(shared: Shared) -> tuple[list[OperationRecord], Decimal, Decimal]:
        return await came_and_went(shared, (shared.process("one"),))

    apart, together = share(six, tmp_path / "six"), share(one, tmp_path / "one")
    assert kinds(apart[0]) == kinds(together[0])
    assert apart[1] == together[1]
    assert abs(apart[2] - together[2]) < D("1e-7")


@pytest.mark.parametrize("latency_ms", [{}, {"venue": 70, "pool": 110, "treasury": 130, "prices": 50, "vault": 90}])
def test_six_processes_never_take_each_others_work_for_a_contradiction(
    tmp_path: Path, latency_ms: dict[str, int]
) -> None:
    """While one process trades, another that looks must not find the outside different from the record."""

    async def story(shared: Shared) -> None:
        looking_often = evolve(STRATEGY.intervals, exposure_s=3, fee_hedge_s=7)
        shared.strategy = evolve(STRATEGY, intervals=looking_often)
        processes = [shared.process(name, name) for name in SERVICES]
        for process in processes:
            await process.start()
        shared.deposit("4")
        await shared.until(shared.shares)
        assert [alert for alert in shared.alerts.told if alert.key == "reconciliation"] == []
        for process in processes:
            await process.stop()

    share(story, tmp_path / "six", evolve(quick_settings(), latency_ms=latency_ms))


def test_of_two_processes_only_the_one_with_the_lease_acts(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        first, second = shared.process("first", "exposure"), shared.process("second", "exposure")
        await first.start()
        await second.start()
        await shared.clock.sleep(10 * MINUTE_S)
        rows = await first.desk.journal.read(0, 1_000)
        assert [row.event.at for row in rows if isinstance(row.event, ExposureMeasured)] == [
            START + timedelta(minutes=minute) for minute in range(10)
        ]
        await first.stop()
        await second.stop()

    share(story, tmp_path / "store")


def test_the_second_process_takes_over_when_the_lease_of_a_dead_one_has_ended(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        first, second = shared.process("first"), shared.process("second")
        await first.start()
        shared.deposit("4")
        await shared.until(lambda: first.desk.state.operations)
        await die(first)
        await second.start()
        await shared.until(shared.shares)
        entries = list(second.desk.state.closed.values()) + list(second.desk.state.operations.values())
        assert [record.kind for record in entries if record.kind is OperationKind.ENTRY] == [OperationKind.ENTRY]
        assert second.desk.fences["entry"].number > first.desk.fences["entry"].number
        assert shared.world.parts["venue"].repeated_ids == 0
        await second.stop()

    share(story, tmp_path / "store")


def test_nobody_acts_before_the_lease_of_a_dead_process_has_ended(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        first, second = shared.process("first", "exposure"), shared.process("second", "exposure")
        await first.start()
        await shared.clock.sleep(1)
        await die(first)
        assert await second.run_now("exposure") is None
        await shared.clock.sleep(STRATEGY.lease_s - 2)
        assert await second.run_now("exposure") is None
        await shared.clock.sleep(2)
        assert await second.run_now("exposure") is not None

    share(story, tmp_path / "store")


def test_a_process_that_stops_gives_its_leases_back_at_once(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        first, second = shared.process("first", "exposure"), shared.process("second", "exposure")
        await first.start()
        await shared.clock.sleep(1)
        await first.stop()
        assert await second.run_now("exposure") is not None

    share(story, tmp_path / "store")


def test_a_holder_that_slept_past_its_lease_is_refused_by_the_fence(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        sleeper, other = shared.process("sleeper", "exposure"), shared.process("other", "exposure")
        assert await sleeper.run_now("exposure") is not None
        await shared.clock.sleep(STRATEGY.lease_s + 1)
        assert await other.run_now("exposure") is not None
        head = await other.desk.journal.head()
        with pytest.raises(NotAllowed, match="exposure acts under lease 1, the newest is 2"):
            await SERVICES["exposure"].tick(sleeper.desk)
        with pytest.raises(NotAllowed):
            await sleeper.desk.record("exposure", [HedgeBaseRaised(D(1), "late")])
        assert await other.desk.journal.head() == head

    share(story, tmp_path / "store")


@pytest.mark.parametrize("name", SERVICES)
def test_an_operation_is_opened_under_the_lease_of_the_service_that_carries_it(tmp_path: Path, name: str) -> None:
    async def story(shared: Shared) -> None:
        actor, kind = SERVICES[name].actor, SERVICES[name].kinds[0]
        sleeper, other = shared.process("sleeper").desk, shared.process("other").desk
        for desk in (sleeper, other):
            fence = await desk.lease.take(actor, desk.holder, STRATEGY.lease_s)
            assert fence is not None
            desk.fences[actor] = fence
            await shared.clock.sleep(STRATEGY.lease_s + 1)
        with pytest.raises(NotAllowed, match=f"{actor} acts under lease 1"):
            await open_operation(sleeper, kind, "late", Amount(BTC, D(1)))
        await open_operation(other, kind, "in time", Amount(BTC, D(1)))

    share(story, tmp_path / "store")


def test_a_tick_that_lasts_longer_than_its_lease_keeps_it(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        async def slow(desk: Desk) -> None:
            await desk.clock.sleep(5 * STRATEGY.lease_s)
            await desk.record("exposure", [HedgeBaseRaised(ZERO, "at last")])

        first, second = shared.process("first", "exposure"), shared.process("second", "exposure")
        first.services = (evolve(SERVICES["exposure"], tick=slow),)
        await first.start()
        for _ in range(4):
            await shared.clock.sleep(STRATEGY.lease_s)
            assert await second.run_now("exposure") is None
        await shared.clock.sleep(2 * STRATEGY.lease_s)
        assert await second.desk.journal.head() == 1
        await first.stop()

    share(story, tmp_path / "store")


def test_a_pause_in_one_process_holds_for_all(tmp_path: Path) -> None:
    async def story(shared: Shared) -> None:
        entry, control = shared.process("entry", "entry"), shared.process("control", "exposure")
        await entry.start()
        await control.desk.record("operator", [PauseSet("entry", paused=True, reason="drill")])
        shared.deposit("4")
        await shared.clock.sleep(10 * MINUTE_S)
        assert entry.desk.state.paused == {"entry": "drill"}
        assert not entry.desk.state.operations
        await entry.stop()

    share(story, tmp_path / "store")
