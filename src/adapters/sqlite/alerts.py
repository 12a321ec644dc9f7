"""Which alerts stand, in a SQLite file: six processes over one store call a person once."""

import sqlite3

from attrs import define, field

from ballast.adapters.common.codec import time_text
from ballast.adapters.sqlite.database import Database
from ballast.domain.kernel.errors import BallastError
from ballast.ports.alerts import Alert, Alerts

_STAND = "INSERT OR IGNORE INTO alerts (key, severity, text, time) VALUES (?, ?, ?, ?)"
_CLEAR = "DELETE FROM alerts WHERE key = ?"
# What a store can answer instead of storing; ValueError is text that UTF-8 cannot carry. None of it may reach trading.
_STORE_FAULTS = (BallastError, ValueError)


@define
class SqliteAlerts:
    """Pass an alert on to `deliver` when no process that shares the file told its condition yet."""

    _database: Database
    _deliver: Alerts
    # Conditions that are over but could not be cleared in the store yet: they go with the next write that succeeds.
    _over: set[str] = field(factory=set[str], init=False)

    async def tell(self, alert: Alert) -> None:
        """Deliver an alert unless its condition stands; when the store fails, deliver: better twice than never."""
        try:
            first = self._database.write(lambda connection: self._stand(connection, alert))
        except _STORE_FAULTS:
            await self._deliver.tell(alert)
            return
        self._over.clear()
        if first:
            # Another process may have ended the condition this one told last time.
            await self._deliver.clear(alert.key)
            await self._deliver.tell(alert)

    async def clear(self, key: str) -> None:
        """Say that a condition is over; when the store fails, with the next call that reaches it."""
        self._over.add(key)
        try:
            self._database.write(self._end)
        except _STORE_FAULTS:
            return
        finally:
            await self._deliver.clear(key)
        self._over.clear()

    def _stand(self, connection: sqlite3.Connection, alert: Alert) -> bool:
        """Return whether the condition was not standing."""
        self._end(connection)
        columns = (alert.key, alert.severity.value, alert.text, time_text(alert.time))
        return connection.execute(_STAND, columns).rowcount == 1

    def _end(self, connection: sqlite3.Connection) -> None:
        connection.executemany(_CLEAR, [(key,) for key in sorted(self._over)])
