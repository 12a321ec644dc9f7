"""The whole story over real sockets: the exchange adapter against the loopback exchange, the rest simulated.

Everything takes seconds instead of minutes; nothing else differs from a replay but that ccxt, HTTP and WebSockets stand
between the services and the venue, and that time is real.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from attrs import define, evolve, frozen

from ballast.adapters.exchange.keys import Keys
from ballast.adapters.exchange.settings import ExchangeSettings as AccountSettings
from ballast.adapters.exchange.venue import open_venue
from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.recorded.shifted import ShiftedMarket
from ballast.adapters.simulator.exchange.exchange import DEPOSIT_ADDRESSES, Exchange, ExchangeSettings
from ballast.adapters.simulator.exchange.server import serving
from ballast.adapters.simulator.exchange.signing import Credentials
from ballast.adapters.simulator.settings import ROUTES, WorldSettings
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.adapters.simulator.world import World
from ballast.adapters.sqlite.database import open_database
from ballast.adapters.system.clock import SystemClock
from ballast.bootstrap.container import build_desk, build_runner
from ballast.bootstrap.outside import Recorded, open_market, read_inputs
from ballast.bootstrap.settings import Inputs
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE, USDC
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.reconcile import ours
from ballast.services.settings import Intervals, StrategySettings

USER = "depositor"
DEPOSIT = Amount(BTC, Decimal(2))
PATIENCE_S = 240
_KEYS = Keys("localkey", "local-secret")
_SECONDS = Intervals(entry_s=3, exposure_s=10, fee_hedge_s=60, rebalancing_s=20, exit_s=3, reserve_s=20, work_s=2)
_QUICK = WorldSettings(
    routes=tuple(evolve(route, duration_s=2) for route in ROUTES),
    approval_delay_s=1,
    approval_jitter_s=1,
    time_lock_s=2,
    confirm_s=1,
    final_s=2,
    transaction_s=1,
)
STRATEGY = StrategySettings(tranches=2, intervals=_SECONDS)

Told = Callable[[str], None]


@frozen
class Outcome:
    """What the story came to: the operations in order, what was paid out, and the exchange's own count."""

    operations: tuple[OperationRecord, ...]
    paid: Amount
    orders_repeated: int
    differences: int

    @property
    def whole(self) -> bool:
        """Say whether everything ended, once, and the record equals the exchange."""
        return not self.orders_repeated and not self.differences and all(not row.open for row in self.operations)


@frozen
class Credits:
    """The world's view of the exchange: where transfers to it arrive."""

    exchange: Exchange

    def credit(self, now: datetime, amount: Amount, reference: str) -> None:
        """Book an arrival as the exchange does."""
        self.exchange.wallets.deposit(amount, reference, now)


@define
class Stage:
    """The running parts of the story."""

    world: World
    exchange: Exchange
    desk: Desk


async def tell_story(folder: Path, told: Told) -> Outcome:
    """Deposit, let the services work, withdraw everything; raises InvariantError when it does not end in time."""
    async with _stage(folder, read_inputs(Inputs())) as stage:
        runner = build_runner(stage.desk)
        await runner.start()
        try:
            stage.world.call("vault", "deposit", USER, DEPOSIT)
            told(f"{DEPOSIT} deposited; the entry trades on the exchange")
            await _until(stage, lambda: stage.desk.state.share_supply > 0 and not stage.desk.state.operations)
            shares: Decimal = stage.world.parts["vault"].books.shares[USER]
            told(f"entered for {shares} shares; everything goes out again")
            stage.world.call("vault", "request_withdrawal", USER, Amount(SHARE, shares))
            await _until(stage, lambda: bool(_claims(stage)) and not stage.desk.state.operations)
        finally:
            await runner.stop()
        return await _outcome(stage)


@asynccontextmanager
async def _stage(folder: Path, recorded: Recorded) -> AsyncGenerator[Stage, None]:
    clock = SystemClock()
    start = clock.now()
    market = ShiftedMarket.starting(open_market(recorded), recorded.info.start, start)
    world = World(clock, market, recorded.pool, _QUICK, seed=1, start=start)
    fees = STRATEGY.fees
    settings = ExchangeSettings(
        credentials=Credentials(_KEYS.api_key, _KEYS.secret),
        spot={},
        margin={},
        deposit_addresses=DEPOSIT_ADDRESSES,
        whitelist={STRATEGY.addresses.treasury: USDC, STRATEGY.addresses.contract: BTC},
        venue=VenueSettings(withdrawal_fees={BTC: fees.btc_withdrawal, USDC: fees.usdc_withdrawal}),
    )
    exchange = Exchange(recorded.data, market, clock, settings, world.parts["transit"].depart)
    world.attach("venue", Credits(exchange))
    async with serving(exchange) as (base_url, _):
        networks = {STRATEGY.addresses.treasury: "SOL", STRATEGY.addresses.contract: "BTC"}
        account = AccountSettings(store=folder / "account.sqlite", networks=networks, base_url=base_url)
        async with open_venue(account, _KEYS, clock) as venue:
            database = open_database(folder / "journal.sqlite")
            try:
                desk = build_desk(
                    outside="simulated",
                    world=world,
                    clock=clock,
                    strategy=STRATEGY,
                    told=MemoryAlerts(),
                    database=database,
                    alone=True,
                    holder="local",
                    account=venue,
                )
                yield Stage(world, exchange, desk)
            finally:
                database.close()


async def _until(stage: Stage, reached: Callable[[], bool]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not reached():
                await stage.desk.clock.sleep(1)
    except TimeoutError:
        held = "; ".join(stage.desk.state.alerts.values()) or "no alert stands"
        raise InvariantError(f"the story did not go on within {PATIENCE_S} s: {held}") from None


def _claims(stage: Stage) -> dict[str, Decimal]:
    claims: dict[str, Decimal] = stage.world.parts["vault"].books.claims_btc
    return claims


async def _outcome(stage: Stage) -> Outcome:
    desk = stage.desk
    record, said = ours(desk), (await desk.observe()).balances()
    differences = sum(quantity != record.get(key, ZERO) for key, quantity in said.items())
    paid = Amount(BTC, sum(_claims(stage).values(), ZERO))
    return Outcome(tuple(desk.state.closed.values()), paid, stage.exchange.engine.repeated_ids, differences)
