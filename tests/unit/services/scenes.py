"""Whole strategies in virtual time: a simulated outside, a desk, all services running, and a story told by a test."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from attrs import define, evolve, field
from tests.unit.builders import DATA, START, USER, SteadyMarket, desk_at, quick_settings, recorded_pool

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.simulator.settings import WorldSettings
from ballast.adapters.simulator.venue.recorded import recorded_exchange
from ballast.adapters.simulator.world import World
from ballast.domain.execution.order import Order, OrderReport
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, HEDGED, SHARE, Asset
from ballast.domain.kernel.events import Envelope
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.pool.state import PoolState
from ballast.ports.clock import Clock
from ballast.services.desk import Desk
from ballast.services.exposure.measure import exposure_of
from ballast.services.operations.reconcile import ours
from ballast.services.runner import SERVICES, Runner
from ballast.services.settings import StrategySettings

D = Decimal
LIMIT_S = 3_600
ResultT = TypeVar("ResultT")


@define
class MovingMarket(SteadyMarket):
    """Prices that a test moves; `oracle_factor` sets the oracles apart from the venue."""

    oracle_factor: Decimal = D(1)

    def move(self, **factors: str) -> None:
        """Multiply prices by coin: move(BTC="0.9")."""
        for name, factor in factors.items():
            self.prices[Asset[name]] *= D(factor)

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        return self.prices[asset] * self.oracle_factor, self.stopped or at


def world_at(
    clock: Clock, market: SteadyMarket, delays: WorldSettings | None = None, pool: PoolState | None = None
) -> World:
    """Build everything outside, in which things take seconds unless the delays say otherwise."""
    world = World(clock, market, pool or recorded_pool(), delays or quick_settings(), seed=1, start=clock.now())
    world.attach("venue", recorded_exchange(DATA, market, world.parts["transit"].depart, seed=1))
    return world


def pool_earning(fee_apr_bps: int) -> PoolState:
    """Return the recorded pool with another yield on everything it holds."""
    state = recorded_pool()
    return evolve(state, pool=evolve(state.pool, apr=evolve(state.pool.apr, fee_apr_bps=fee_apr_bps)))


@define
class Told:
    """A venue that tells which orders it was sent and what it answered, before anybody else learns it."""

    venue: Any
    placed: list[tuple[Order, OrderReport]] = field(factory=list[tuple[Order, OrderReport]])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.venue, name)

    async def place(self, order: Order) -> OrderReport:
        report: OrderReport = await self.venue.place(order)
        self.placed.append((order, report))
        return report


@define
class Scene:
    """One process with its services at work."""

    clock: VirtualClock
    market: MovingMarket
    world: World
    desk: Desk
    alerts: MemoryAlerts
    runner: Runner
    venue: Told

    async def wait(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    async def until(self, holds: Callable[[], object], limit_s: int = LIMIT_S) -> None:
        """Let virtual time pass, second by second, until something holds; fail when it never does."""
        for _ in range(limit_s):
            if holds():
                return
            await self.clock.sleep(1)
        raise AssertionError(f"still not so after {limit_s} s; alerts: {self.desk.state.alerts}")

    async def entered(self, btc: str = "2") -> OperationRecord:
        """Deposit and wait until the shares are made and everything has settled down."""
        before = len(self.closed(OperationKind.ENTRY))
        self.deposit(btc)
        await self.until(lambda: len(self.closed(OperationKind.ENTRY)) > before)
        await self.quiet()
        return self.closed(OperationKind.ENTRY)[-1]

    async def glide(self, steps: int = 12, /, **factors: str) -> None:
        """Let prices move by factors, one step a minute, just before the pool takes its prices of the minute."""
        roots = {name: D(factor).ln() / steps for name, factor in factors.items()}
        for _ in range(steps):
            await self.wait(60 - self.clock.now().timestamp() % 60 - 0.5)
            self.market.move(**{name: str(root.exp().quantize(D("1e-6"))) for name, root in roots.items()})
            await self.wait(1)

    async def quiet(self) -> None:
        """Wait until no operation is open, over two looks of every service."""
        await self.wait(130)
        await self.until(lambda: not self.desk.state.operations)

    def deposit(self, btc: str) -> str:
        key: str = self.world.call("vault", "deposit", USER, Amount(BTC, D(btc)))
        return key

    def withdraw(self, shares: Decimal) -> str:
        key: str = self.world.call("vault", "request_withdrawal", USER, Amount(SHARE, shares))
        return key

    def shares(self) -> Decimal:
        owned: Decimal = self.world.parts["vault"].books.shares.get(USER, ZERO)
        return owned

    def claims(self) -> Decimal:
        paid: Decimal = self.world.parts["vault"].books.claims_btc.get(USER, ZERO)
        return paid

    def closed(self, *kinds: OperationKind) -> list[OperationRecord]:
        return [record for record in self.desk.state.closed.values() if record.kind in kinds]

    def open(self, *kinds: OperationKind) -> list[OperationRecord]:
        return list(self.desk.state.open_of(*kinds))

    def sent(self, step: str) -> list[OperationRecord]:
        """Return the open operations that have an unproved action of a step."""
        waiting = ((record, record.unresolved_action()) for record in self.desk.state.operations.values())
        return [record for record, action in waiting if action is not None and action.sent.step == step]

    async def drifts(self) -> dict[Asset, Decimal]:
        """Measure the drift in coins without what is pending."""
        rows = (await exposure_of(self.desk, await self.desk.observe())).rows
        return {row.asset: row.drift - row.pending for row in rows}

    async def check_whole(self) -> None:
        """Check what must hold at any quiet moment: the record is the outside's, and nothing was accepted twice."""
        check_sums(self.desk)
        assert self.world.parts["venue"].repeated_ids == 0
        assert await differences(self.desk) == {}

    async def journal(self) -> list[Envelope]:
        return list(await self.desk.journal.read(0, 1_000_000))

    def perps(self) -> dict[Asset, Decimal]:
        contracts = self.world.parts["venue"].holdings.contracts
        return {coin: contracts[coin].quantity for coin in HEDGED}


def play(
    story: Callable[[Scene], Awaitable[ResultT]],
    *,
    strategy: StrategySettings | None = None,
    delays: WorldSettings | None = None,
    market: MovingMarket | None = None,
    pool: PoolState | None = None,
    running: tuple[str, ...] = tuple(SERVICES),
) -> ResultT:
    """Let a story happen while services run, and return what it returns."""

    async def main(clock: VirtualClock) -> ResultT:
        prices = market or MovingMarket()
        world = world_at(clock, prices, delays, pool)
        alerts = MemoryAlerts()
        desk = desk_at(clock, world, strategy=strategy, alerts=alerts)
        venue: Any = Told(desk.venue)
        desk.venue = venue
        runner = Runner(desk, tuple(SERVICES[name] for name in running))
        await runner.start()
        try:
            return await story(Scene(clock, prices, world, desk, alerts, runner, venue))
        finally:
            await runner.stop()

    return run_virtual(main, START)


def check_sums(desk: Desk) -> None:
    sums: dict[Asset, Decimal] = {}
    for (_, asset), quantity in desk.state.balances.items():
        sums[asset] = sums.get(asset, ZERO) + quantity
    assert not {asset: total for asset, total in sums.items() if total}


async def differences(desk: Desk) -> dict[tuple[Place, Asset], Decimal]:
    """Return where the ledger differs from what venue and treasury say, by how much."""
    record, seen = ours(desk), (await desk.observe()).balances()
    apart = {key: quantity - record.get(key, ZERO) for key, quantity in seen.items()}
    return {key: difference for key, difference in apart.items() if difference}
