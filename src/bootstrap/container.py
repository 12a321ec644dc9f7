"""The composition root's table: which adapter stands behind each port. Only this file knows dependency-injector."""

from typing import Any

from dependency_injector import containers, providers

from ballast.adapters.memory.fences import Fences
from ballast.adapters.memory.journal import MemoryJournal
from ballast.adapters.memory.lease import MemoryLease
from ballast.adapters.memory.status_store import MemoryStatusStore
from ballast.adapters.simulator.access import Access
from ballast.adapters.simulator.pool import SimulatedPool
from ballast.adapters.simulator.prices import SimulatedPrices
from ballast.adapters.simulator.treasury import SimulatedTreasury
from ballast.adapters.simulator.vault import SimulatedVaultContract
from ballast.adapters.simulator.venue.port import SimulatedVenue
from ballast.adapters.sqlite.alerts import SqliteAlerts
from ballast.adapters.sqlite.database import Database
from ballast.adapters.sqlite.journal import SqliteJournal
from ballast.adapters.sqlite.lease import SqliteLease
from ballast.adapters.sqlite.status_store import SqliteStatusStore
from ballast.ports.alerts import Alerts
from ballast.ports.clock import Clock
from ballast.ports.venue import Venue
from ballast.services.desk import Desk
from ballast.services.runner import SERVICES, Runner, Service
from ballast.services.settings import StrategySettings


class Container(containers.DeclarativeContainer):
    """Ports by profile.

    `config.outside` picks chains and prices, `config.venue` the venue (`account` is an opened one), `config.store`
    journal and status, `config.sharing` whether leases and alerts must hold between processes.
    """

    config = providers.Configuration(strict=True)
    strategy = providers.Dependency(instance_of=StrategySettings)
    clock: providers.Dependency[Any] = providers.Dependency()
    world: providers.Dependency[Any] = providers.Dependency()
    database: providers.Dependency[Any] = providers.Dependency()
    told: providers.Dependency[Any] = providers.Dependency()
    account: providers.Dependency[Any] = providers.Dependency()

    fences = providers.Singleton(Fences)
    venue = providers.Selector(config.venue, simulated=providers.Singleton(SimulatedVenue, world), exchange=account)
    pool = providers.Selector(config.outside, simulated=providers.Singleton(SimulatedPool, world))
    treasury = providers.Selector(config.outside, simulated=providers.Singleton(SimulatedTreasury, world))
    vault = providers.Selector(config.outside, simulated=providers.Singleton(SimulatedVaultContract, world))
    prices = providers.Selector(config.outside, simulated=providers.Singleton(SimulatedPrices, world))
    journal = providers.Selector(
        config.store,
        memory=providers.Singleton(MemoryJournal, fences),
        sqlite=providers.Singleton(SqliteJournal, database),
    )
    status_store = providers.Selector(
        config.store,
        memory=providers.Singleton(MemoryStatusStore),
        sqlite=providers.Singleton(SqliteStatusStore, database),
    )
    lease = providers.Selector(
        config.sharing,
        alone=providers.Singleton(MemoryLease, clock, fences),
        shared=providers.Singleton(SqliteLease, database, clock),
    )
    alerts = providers.Selector(
        config.sharing,
        alone=told,
        shared=providers.Singleton(SqliteAlerts, database, told),
    )
    desk = providers.Singleton(
        Desk,
        clock=clock,
        venue=venue,
        pool=pool,
        treasury=treasury,
        vault=vault,
        prices=prices,
        journal=journal,
        status_store=status_store,
        lease=lease,
        alerts=alerts,
        settings=strategy,
        holder=config.holder,
        alone=config.alone,
    )


def build_desk(
    *,
    outside: str,
    world: Access,
    clock: Clock,
    strategy: StrategySettings,
    told: Alerts,
    database: Database | None,
    alone: bool,
    holder: str,
    account: Venue | None = None,
) -> Desk:
    """Put a desk together over a SQLite store or, without a database, memory; `alone`, or with other processes.

    `account` is an exchange account opened by its own adapter, None for the simulated venue.
    """
    container = Container(
        strategy=strategy,
        clock=providers.Object(clock),
        world=providers.Object(world),
        database=providers.Object(database),
        told=providers.Object(told),
        account=providers.Object(account),
    )
    container.config.from_dict(
        {
            "outside": outside,
            "venue": outside if account is None else "exchange",
            "store": "memory" if database is None else "sqlite",
            "sharing": "alone" if alone or database is None else "shared",
            "alone": alone or database is None,
            "holder": holder,
        }
    )
    desk: Desk = container.desk()
    return desk


def build_runner(desk: Desk, names: tuple[str, ...] = tuple(SERVICES)) -> Runner:
    """Return a runner of the named services over a desk."""
    chosen: tuple[Service, ...] = tuple(SERVICES[name] for name in names)
    return Runner(desk, chosen)
