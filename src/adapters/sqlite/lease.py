"""Leases in a SQLite file, with numbers that outlive every process."""

import sqlite3
from datetime import UTC, datetime, timedelta

from attrs import frozen

from ballast.adapters.common.fencing import check_take
from ballast.adapters.sqlite.database import Database
from ballast.ports.clock import Clock
from ballast.ports.journal import Fence

_HELD = "SELECT holder, number, until_us FROM leases WHERE name = ?"
_HOLD = "INSERT OR REPLACE INTO leases (name, holder, number, until_us) VALUES (?, ?, ?, ?)"
_RELEASE = "DELETE FROM leases WHERE name = ? AND holder = ?"
_GRANT = """INSERT INTO fences (name, number) VALUES (?, 1)
            ON CONFLICT (name) DO UPDATE SET number = number + 1 RETURNING number"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_US_PER_S = 1_000_000


@frozen
class SqliteLease:
    """Grant leases to all processes that share the file; time is the clock's, which they must share too."""

    _database: Database
    _clock: Clock

    async def take(self, name: str, holder: str, ttl_s: int) -> Fence | None:
        """Take or renew a lease for `ttl_s` (>= 1) seconds; None when somebody else holds it."""
        check_take(name, holder, ttl_s)
        now_us = (self._clock.now() - _EPOCH) // _MICROSECOND

        def work(connection: sqlite3.Connection) -> Fence | None:
            number = _number(connection, name, holder, now_us)
            if number is None:
                return None
            connection.execute(_HOLD, (name, holder, number, now_us + ttl_s * _US_PER_S))
            return Fence(name, number)

        return self._database.write(work)

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back; nothing happens unless this holder has it."""
        self._database.write(lambda connection: connection.execute(_RELEASE, (name, holder)))


def _number(connection: sqlite3.Connection, name: str, holder: str, now_us: int) -> int | None:
    """Return the number to hold the lease under: the standing one, a new one, or None when it is somebody else's."""
    held_by, number, until_us = connection.execute(_HELD, (name,)).fetchone() or ("", 0, now_us)
    if until_us <= now_us:
        ((granted,),) = connection.execute(_GRANT, (name,)).fetchall()
        return int(granted)
    return int(number) if held_by == holder else None
