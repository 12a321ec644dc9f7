"""A small simulated world with a market that is set by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from attrs import Factory, define, evolve, frozen
from tests.unit.domain.pool.builders import MILLION, custody, pool_state

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.settings import WorldSettings
from ballast.adapters.simulator.world import World
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, JLP, SOL, USDC, Asset
from ballast.domain.pool.state import PoolState

D = Decimal
START = datetime(2026, 4, 27, 12, tzinfo=UTC)
PRICES = {SOL: D(100), ETH: D(2000), BTC: D(80_000)}
HELD = {USDC: D(1_000_000), JLP: D(500_000)}
SETTINGS = WorldSettings(treasury_balances=HELD)


@define
class HandMarket:
    """Prices that hold until they are set; fresh whenever they are asked for, or of the time they were made."""

    prices: dict[Asset, Decimal] = Factory(lambda: dict(PRICES))
    made: dict[Asset, datetime] = Factory(dict[Asset, datetime])
    age_s: int = 0

    def set(self, asset: Asset, usd: Decimal, made: datetime) -> None:
        self.prices[asset], self.made[asset] = usd, made

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        price = self.prices.get(asset)
        return None if price is None else (price, self.made.get(asset, at - timedelta(seconds=self.age_s)))

    def usdc_usd(self) -> Decimal:
        return D("0.9999")


@frozen
class DriftMarket:
    """Prices that follow from the moment alone, up and down by the minute."""

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        minutes = (at - START) // timedelta(minutes=1)
        return PRICES[asset] * (1000 + minutes * 7 % 11) / 1000, at

    def usdc_usd(self) -> Decimal:
        return D("0.9999")


@define
class VenueStub:
    """The exchange as other parts see it: what arrives, and what it sends away."""

    depart: Callable[[datetime, Amount, str], str]
    balances: dict[Asset, Decimal] = Factory(dict[Asset, Decimal])
    minutes: list[datetime] = Factory(list[datetime])

    def advance(self, minute: datetime) -> None:
        self.minutes.append(minute)

    def credit(self, _now: datetime, amount: Amount, _reference: str) -> None:
        self.balances[amount.asset] = self.balances.get(amount.asset, D(0)) + amount.quantity

    def withdraw(self, now: datetime, amount: Amount, address: str) -> str:
        self.balances[amount.asset] = self.balances.get(amount.asset, D(0)) - amount.quantity
        return self.depart(now, amount, address)


def five_token_pool(*, fee_apr_bps: int = 0, supply: int = 10**14) -> PoolState:
    """400,000,000 dollars: SOL 40, ETH 10, BTC 20, USDC 30 %, each at its target; 100,000,000 JLP."""
    sol = custody(SOL, 9, owned=1_600_000 * 10**9, target_ratio_bps=4000)
    eth = custody(ETH, 8, owned=20_000 * 10**8, target_ratio_bps=1000)
    btc = custody(BTC, 8, owned=1_000 * 10**8, target_ratio_bps=2000)
    usdc = custody(USDC, 6, owned=120 * MILLION, target_ratio_bps=3000)
    sleeves = [(sol, 100 * 10**8), (eth, 2000 * 10**8), (btc, 80_000 * 10**8), (usdc, 10**8)]
    state = pool_state(sleeves, supply)
    return evolve(state, pool=evolve(state.pool, apr=evolve(state.pool.apr, fee_apr_bps=fee_apr_bps)))


@frozen
class Built:
    """A world with everything that a test moves."""

    world: World
    clock: MemoryClock
    market: HandMarket
    venue: VenueStub

    def wait(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))


def build(
    settings: WorldSettings = SETTINGS, pool: PoolState | None = None, *, seed: int = 1, start: datetime = START
) -> Built:
    """Build a world at a start time, with a stub in the exchange's place."""
    clock, market = MemoryClock(start), HandMarket()
    world = World(clock, market, pool or five_token_pool(), settings, seed=seed, start=start)
    venue = VenueStub(world.parts["transit"].depart)
    world.attach("venue", venue)
    return Built(world, clock, market, venue)
