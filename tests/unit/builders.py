"""Small worlds for tests: a flat market, the recorded pool, every simulated part, and a desk over any store."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from attrs import define, field, frozen

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.simulator.settings import ROUTES, Route, WorldSettings
from ballast.adapters.simulator.venue.recorded import recorded_exchange
from ballast.adapters.simulator.world import World
from ballast.adapters.sqlite.database import Database
from ballast.adapters.svm.assembly import load_pool_state
from ballast.bootstrap.container import build_desk
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, SOL, Asset
from ballast.domain.pool.state import PoolState
from ballast.ports.clock import Clock
from ballast.services.desk import Desk
from ballast.services.settings import StrategySettings

DATA = Path(__file__).resolve().parents[2] / "data"
START = datetime(2026, 4, 27, 8, 1, tzinfo=UTC)
USER = "depositor"


@define
class SteadyMarket:
    """Prices that stand still until a test moves them; a price has the time it is asked at unless `stopped`."""

    prices: dict[Asset, Decimal] = field(
        factory=lambda: {BTC: Decimal(77600), ETH: Decimal(2317), SOL: Decimal("85.40")}
    )
    rate: Decimal | None = Decimal("0.0001")
    stopped: datetime | None = None

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        return self.prices[asset], self.stopped or at

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        return self.prices[asset]

    def extremes(self, asset: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        return self.prices[asset], self.prices[asset]

    def funding_rate(self, asset: Asset, at: datetime) -> Decimal | None:
        on_time = at.hour % 8 == 0 and at.minute == 0 and at.second == 0
        return self.rate if on_time else None

    def usdc_usd(self) -> Decimal:
        return Decimal("0.9999")


@frozen
class Stage:
    """A world and the market that drives it."""

    world: World
    market: SteadyMarket

    def deposit(self, btc: str) -> str:
        key: str = self.world.call("vault", "deposit", USER, Amount(BTC, Decimal(btc)))
        return key


def recorded_pool() -> PoolState:
    return load_pool_state([DATA / "jlp" / "beethoven-2026-04"])


def quick_settings(durations_s: int = 5) -> WorldSettings:
    """World settings in which everything takes seconds."""
    routes = tuple(Route(route.address, route.receiver, route.asset, durations_s) for route in ROUTES)
    return WorldSettings(
        routes=routes, approval_delay_s=2, approval_jitter_s=1, time_lock_s=3, confirm_s=2, final_s=4, transaction_s=2
    )


def stage(clock: Clock, settings: WorldSettings | None = None, market: SteadyMarket | None = None) -> Stage:
    market = market or SteadyMarket()
    world = World(clock, market, recorded_pool(), settings or quick_settings(), seed=1, start=clock.now())
    world.attach("venue", recorded_exchange(DATA, market, world.parts["transit"].depart, seed=1))
    return Stage(world, market)


def desk_at(
    clock: Clock,
    world: World,
    database: Database | None = None,
    strategy: StrategySettings | None = None,
    alerts: MemoryAlerts | None = None,
) -> Desk:
    return build_desk(
        outside="simulated",
        world=world,
        clock=clock,
        strategy=strategy or StrategySettings(tranches=1),
        told=alerts or MemoryAlerts(),
        database=database,
        alone=True,
        holder="test",
    )
