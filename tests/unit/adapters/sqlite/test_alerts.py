"""Alerts over a store that fails: better twice than never."""

from pathlib import Path

import pytest
from tests.unit.adapters.events import START

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.sqlite import database as module
from ballast.adapters.sqlite.alerts import SqliteAlerts
from ballast.adapters.sqlite.database import open_database
from ballast.ports.alerts import Alert, Severity

ALERT = Alert("floor", Severity.CRITICAL, "look", START)


async def test_an_alert_is_delivered_although_the_store_is_gone(tmp_path: Path) -> None:
    database, people = open_database(tmp_path / "store.db"), MemoryAlerts()
    database.close()
    await SqliteAlerts(database, people).tell(ALERT)
    assert people.told == [ALERT]


async def test_a_condition_that_ended_while_the_store_was_held_is_told_when_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_TIMEOUT_S", 0)
    path, people = tmp_path / "store.db", MemoryAlerts()
    database = open_database(path)
    alerts = SqliteAlerts(database, people)
    await alerts.tell(ALERT)
    holder = open_database(path, durable=False)
    holder.write(lambda connection: connection.execute("DELETE FROM fences"))
    await alerts.clear(ALERT.key)
    holder.close()
    await alerts.tell(ALERT)
    await alerts.tell(ALERT)
    assert people.told == [ALERT, ALERT]
    database.close()
