"""The composition root: every use case under every profile, because type checkers do not see into it."""

from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from typing import cast

import pytest
from dependency_injector.errors import Error
from tests.unit.builders import START
from tests.unit.services.scenes import MovingMarket, world_at

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.memory.journal import MemoryJournal
from ballast.adapters.memory.lease import MemoryLease
from ballast.adapters.memory.status_store import MemoryStatusStore
from ballast.adapters.memory.venue import MemoryVenue
from ballast.adapters.sqlite.alerts import SqliteAlerts
from ballast.adapters.sqlite.database import open_database
from ballast.adapters.sqlite.journal import SqliteJournal
from ballast.adapters.sqlite.lease import SqliteLease
from ballast.adapters.sqlite.status_store import SqliteStatusStore
from ballast.bootstrap.container import Container, build_desk, build_runner
from ballast.ports.venue import Venue
from ballast.services.desk import Desk
from ballast.services.runner import SERVICES
from ballast.services.settings import StrategySettings

OUTSIDES = tuple(Container.pool.providers)
STORED = {
    (False, True): (MemoryJournal, MemoryStatusStore, MemoryLease, MemoryAlerts),
    (False, False): (MemoryJournal, MemoryStatusStore, MemoryLease, MemoryAlerts),
    (True, True): (SqliteJournal, SqliteStatusStore, MemoryLease, MemoryAlerts),
    (True, False): (SqliteJournal, SqliteStatusStore, SqliteLease, SqliteAlerts),
}


def desk_of(
    opened: ExitStack, folder: Path, outside: str, *, stored: bool, alone: bool, account: Venue | None = None
) -> Desk:
    clock = MemoryClock(START)
    return build_desk(
        outside=outside,
        world=world_at(clock, MovingMarket()),
        clock=clock,
        strategy=StrategySettings(tranches=3),
        told=MemoryAlerts(),
        database=opened.enter_context(closing(open_database(folder / "store"))) if stored else None,
        alone=alone,
        holder="test",
        account=account,
    )


@pytest.mark.parametrize(("outside", "stored", "alone"), list(product(OUTSIDES, (False, True), (False, True))))
async def test_every_profile_builds_a_desk_at_which_every_service_can_work(
    tmp_path: Path, outside: str, *, stored: bool, alone: bool
) -> None:
    with ExitStack() as opened:
        desk = desk_of(opened, tmp_path, outside, stored=stored, alone=alone)
        kinds = tuple(type(port) for port in (desk.journal, desk.status_store, desk.lease, desk.alerts))
        assert kinds == STORED[stored, alone]
        assert desk.alone is (alone or not stored)
        assert (desk.holder, desk.settings.tranches) == ("test", 3)
        runner = build_runner(desk)
        for name in SERVICES:
            await runner.run_now(name)
        assert desk.state.exposure is not None
        assert await desk.journal.head() == desk.state.sequence > 0


def test_an_exchange_account_stands_in_for_the_simulated_venue(tmp_path: Path) -> None:
    account = MemoryVenue(MemoryClock(START), {}, {})
    with ExitStack() as opened:
        assert desk_of(opened, tmp_path, OUTSIDES[0], stored=False, alone=True, account=account).venue is account


def test_chains_and_prices_know_the_same_profiles_and_the_venue_one_more() -> None:
    selectors = (Container.pool, Container.treasury, Container.vault, Container.prices)
    assert {tuple(selector.providers) for selector in selectors} == {OUTSIDES}
    assert set(Container.venue.providers) == {*OUTSIDES, "exchange"}


def test_a_profile_that_is_not_in_the_table_is_an_error(tmp_path: Path) -> None:
    with ExitStack() as opened, pytest.raises(Error, match="has no"):
        desk_of(opened, tmp_path, "moon", stored=False, alone=True)


def test_two_desks_share_nothing_but_what_they_were_given(tmp_path: Path) -> None:
    with ExitStack() as opened:
        first, second = (desk_of(opened, tmp_path, OUTSIDES[0], stored=False, alone=True) for _ in range(2))
        for name in ("journal", "lease", "status_store", "venue", "state"):
            assert cast("object", getattr(first, name)) is not getattr(second, name)


def test_the_lease_and_the_journal_of_one_desk_know_the_same_fences(tmp_path: Path) -> None:
    with ExitStack() as opened:
        desk = desk_of(opened, tmp_path, OUTSIDES[0], stored=False, alone=True)
        assert vars_of(desk.lease) is vars_of(desk.journal)


def vars_of(port: object) -> object:
    return getattr(port, "_fences")  # noqa: B009 - what both hide is the point


def test_a_runner_runs_the_named_services_in_their_order(tmp_path: Path) -> None:
    with ExitStack() as opened:
        desk = desk_of(opened, tmp_path, OUTSIDES[0], stored=False, alone=True)
        assert [service.name for service in build_runner(desk).services] == list(SERVICES)
        assert [service.name for service in build_runner(desk, ("exit", "entry")).services] == ["exit", "entry"]
