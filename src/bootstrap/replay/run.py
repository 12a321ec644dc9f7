"""The main job: recorded history through all six services, in virtual time, from deposit to the last payout."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from attrs import define

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.simulator.world import World
from ballast.adapters.sqlite.database import open_database
from ballast.adapters.system.log import set_up_log
from ballast.bootstrap.container import build_desk
from ballast.bootstrap.outside import Recorded, build_world, open_market
from ballast.bootstrap.replay.report import Ran, build_report
from ballast.bootstrap.replay.scenario import Flow, Scenario
from ballast.bootstrap.replay.watcher import Watcher
from ballast.bootstrap.settings import Settings
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ROUND_DOWN, ZERO, divide
from ballast.ports.clock import Clock
from ballast.services.control.status import save_status
from ballast.services.desk import Desk
from ballast.services.runner import Runner

USER = "depositor"
HOLDER = "replay"
_TOLD_EVERY = timedelta(hours=3)
_MINUTE_S = 60

Progress = Callable[[float, str], None]
Act = Callable[[], Awaitable[None]]


@define
class Replay:
    """One replay under way: the world, the desk, and the watcher over both."""

    scenario: Scenario
    clock: Clock
    world: World
    desk: Desk
    watcher: Watcher
    progress: Progress

    async def run(self) -> None:
        """Let users come and go while the services run, then pay everybody out and run on to the end of the data."""
        runner = Runner(self.desk, self.watcher.services())
        await runner.start()
        progress = asyncio.create_task(self._tell())
        try:
            for at, act in self._happenings():
                await self._until(at)
                await act()
            await self._until(self.scenario.end)
        finally:
            progress.cancel()
            await runner.stop()
        await self.watcher.finish()
        await save_status(self.desk)

    def _happenings(self) -> list[tuple[datetime, Act]]:
        """Return what users do, in order; on the same day deposits come first."""
        scenario = self.scenario
        rows: list[tuple[datetime, Act]] = [(scenario.time_of(flow), self._deposit(flow)) for flow in scenario.deposits]
        rows += [(scenario.time_of(flow), self._withdraw(flow)) for flow in scenario.withdrawals]
        rows.sort(key=lambda row: row[0])
        return [*rows, (self.scenario.winds_up, self._withdraw_all)]

    def _deposit(self, flow: Flow) -> Act:
        async def act() -> None:
            self.world.call("vault", "deposit", USER, Amount(BTC, flow.btc))

        return act

    def _withdraw(self, flow: Flow) -> Act:
        async def act() -> None:
            marks = (await self.desk.observe()).marks
            shares = divide(flow.btc, self.desk.share_price_btc(marks), SHARE.scale, ROUND_DOWN)
            self._request(Amount(SHARE, shares))

        return act

    async def _withdraw_all(self) -> None:
        while self.desk.state.operations and self.clock.now() < self.scenario.end:
            await self.clock.sleep(_MINUTE_S)
        owned = self.world.parts["vault"].books.shares.get(USER, ZERO)
        if owned:
            self._request(Amount(SHARE, owned))

    def _request(self, shares: Amount) -> None:
        owned: Decimal = self.world.parts["vault"].books.shares.get(USER, ZERO)
        if shares.quantity > owned:
            raise InvalidInput("--withdraw", f"at most the {owned} shares that exist by then", str(shares))
        self.world.call("vault", "request_withdrawal", USER, shares)

    async def _until(self, at: datetime) -> None:
        await self.clock.sleep((at - self.clock.now()).total_seconds())

    async def _tell(self) -> None:
        start, whole = self.scenario.start, self.scenario.end - self.scenario.start
        while True:
            done = (self.clock.now() - start) / whole
            self.progress(done, f"{self.clock.now():%Y-%m-%d %H:%M}")
            await self.clock.sleep(_TOLD_EVERY.total_seconds())


def _make_folder(out: Path) -> None:
    """Make the folder, without the journal of an earlier replay."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for leftover in out.glob("journal.sqlite*"):
            leftover.unlink()
    except OSError as failure:
        raise InvalidInput("--out", "a folder that can be written", f"{out}: {failure.strerror}") from failure


def replay(scenario: Scenario, recorded: Recorded, settings: Settings, progress: Progress) -> dict[str, object]:
    """Run a scenario and return the report; journal and log stay in the scenario's folder for whoever wants to look.

    Raises InvalidInput for a folder that cannot be written.
    """
    _make_folder(scenario.out)
    database = open_database(scenario.out / "journal.sqlite", durable=False)
    began = time.perf_counter()

    async def main(clock: VirtualClock) -> dict[str, object]:
        set_up_log(clock, log)
        world = build_world(recorded, open_market(recorded), clock, settings, scenario.seed, scenario.start)
        alerts = MemoryAlerts()
        desk = build_desk(
            outside="simulated", world=world, clock=clock, strategy=settings.strategy, told=alerts, database=database,
            alone=True, holder=HOLDER,
        )  # fmt: skip
        watcher = Watcher(desk, scenario.end - scenario.start)
        await Replay(scenario, clock, world, desk, watcher, progress).run()
        seconds = time.perf_counter() - began
        return await build_report(Ran(scenario, world, desk, watcher, alerts), recorded, seconds)

    with closing(database), (scenario.out / "log.jsonl").open("w", encoding="utf-8") as log:
        return run_virtual(main, scenario.start, speed=scenario.speed)
