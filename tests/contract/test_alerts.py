"""The laws of ports/alerts.py, on every adapter."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import structlog
from attrs import define
from structlog.typing import EventDict
from tests.contract.capabilities import require_claim
from tests.contract.rigs import Rig, each
from tests.contract.stores import store
from tests.unit.adapters.events import START

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.sqlite.alerts import SqliteAlerts
from ballast.adapters.system.alerts import LogAlerts
from ballast.ports.alerts import Alert, Alerts, Severity


@define
class World:
    """Shows the keys that reached a person, breaks the delivery, and opens the same alerts again."""

    delivered: Callable[[], list[str]]
    break_delivery: Callable[[], None]
    another: Callable[[], Alerts]
    restart: Callable[[], Alerts]


def unclaimed() -> Any:
    """Stand for what an adapter cannot do by its nature."""
    raise NotImplementedError


def _keys(alerts: MemoryAlerts) -> list[str]:
    return [alert.key for alert in alerts.told]


@asynccontextmanager
async def memory(_scratch: Path) -> AsyncGenerator[tuple[Alerts, World]]:
    """Build alerts in a list."""
    alerts = MemoryAlerts()
    yield alerts, World(lambda: _keys(alerts), unclaimed, unclaimed, unclaimed)


@asynccontextmanager
async def sqlite(scratch: Path) -> AsyncGenerator[tuple[Alerts, World]]:
    """Build alerts in a file; each opening has its own delivery, and `delivered` joins them."""
    people: list[MemoryAlerts] = []

    def delivery() -> Alerts:
        people.append(MemoryAlerts())
        return people[-1]

    with store(scratch) as opened:
        first = opened()

        def another() -> Alerts:
            return SqliteAlerts(opened(), delivery())

        def restart() -> Alerts:
            first.close()
            return another()

        yield (
            SqliteAlerts(first, delivery()),
            World(lambda: list(chain(*map(_keys, people))), first.close, another, restart),
        )


@asynccontextmanager
async def system(_scratch: Path) -> AsyncGenerator[tuple[Alerts, World]]:
    """Build alerts in the log."""
    lines: list[EventDict] = []
    broken: list[OSError] = []

    def write(_logger: object, _method: str, line: EventDict) -> EventDict:
        if broken:
            raise broken[0]
        lines.append(line)
        raise structlog.DropEvent

    log = structlog.wrap_logger(None, processors=[write], wrapper_class=structlog.make_filtering_bound_logger(0))
    world = World(
        lambda: [line["condition"] for line in lines], lambda: broken.append(OSError("gone")), unclaimed, unclaimed
    )
    yield LogAlerts(log), world


RIGS: Sequence[Rig[Alerts, World]] = [Rig("memory", memory), Rig("sqlite", sqlite), Rig("system", system)]
AlertsRig = Rig[Alerts, World]


def alert(key: str, text: str = "look") -> Alert:
    """Return an alert of a condition."""
    return Alert(key, Severity.CRITICAL, text, START)


@each(RIGS)
async def test_law_1_a_delivery_that_fails_does_not_raise(rig: AlertsRig, tmp_path: Path) -> None:
    require_claim("alerts", rig.adapter, "failure")
    async with rig.open(tmp_path) as (alerts, world):
        world.break_delivery()
        await alerts.tell(alert("floor"))
        await alerts.clear("floor")
        await alerts.tell(alert("floor"))


@each(RIGS)
async def test_law_1_clearing_what_never_stood_does_not_raise(rig: AlertsRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (alerts, world):
        await alerts.clear("floor")
        assert world.delivered() == []


@each(RIGS)
async def test_law_1_text_that_utf_8_cannot_carry_does_not_raise(rig: AlertsRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (alerts, world):
        await alerts.tell(alert("floor", "\ud800"))
        assert world.delivered() == ["floor"]


@each(RIGS)
async def test_law_2_a_condition_is_delivered_once_while_it_stands(rig: AlertsRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (alerts, world):
        await alerts.tell(alert("floor"))
        await alerts.tell(alert("reserve"))
        await alerts.tell(alert("floor", "other words"))
        assert world.delivered() == ["floor", "reserve"]


@each(RIGS)
async def test_law_2_a_condition_is_delivered_again_after_clear(rig: AlertsRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (alerts, world):
        await alerts.tell(alert("floor"))
        await alerts.clear("reserve")
        await alerts.tell(alert("floor"))
        await alerts.clear("floor")
        await alerts.tell(alert("floor"))
        assert world.delivered() == ["floor", "floor"]


@each(RIGS)
async def test_law_2_a_condition_that_stands_is_not_delivered_by_another_process(
    rig: AlertsRig, tmp_path: Path
) -> None:
    require_claim("alerts", rig.adapter, "processes")
    async with rig.open(tmp_path) as (alerts, world):
        other = world.another()
        await alerts.tell(alert("floor"))
        await other.tell(alert("floor"))
        assert world.delivered() == ["floor"]


@each(RIGS)
async def test_law_2_a_condition_that_another_process_cleared_is_delivered_again(
    rig: AlertsRig, tmp_path: Path
) -> None:
    require_claim("alerts", rig.adapter, "processes")
    async with rig.open(tmp_path) as (alerts, world):
        other = world.another()
        await alerts.tell(alert("floor"))
        await other.clear("floor")
        await alerts.tell(alert("floor"))
        assert world.delivered() == ["floor", "floor"]


@each(RIGS)
async def test_law_2_a_condition_stands_over_a_restart(rig: AlertsRig, tmp_path: Path) -> None:
    require_claim("alerts", rig.adapter, "restart")
    async with rig.open(tmp_path) as (alerts, world):
        await alerts.tell(alert("floor"))
        again = world.restart()
        await again.tell(alert("floor"))
        await again.clear("floor")
        await again.tell(alert("floor"))
        assert world.delivered() == ["floor", "floor"]
