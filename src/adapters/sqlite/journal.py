"""The journal in a SQLite file."""

import sqlite3
from collections.abc import Sequence

from attrs import frozen

from ballast.adapters.common.codec import time_text
from ballast.adapters.common.fencing import check_fence
from ballast.adapters.common.record import Head, Row, check_page, seal, unseal
from ballast.adapters.sqlite.database import Database
from ballast.domain.kernel.events import Envelope
from ballast.ports.journal import Draft, Fence

_HEAD = "SELECT sequence, digest FROM journal ORDER BY sequence DESC LIMIT 1"
_ONE = "SELECT sequence, digest FROM journal WHERE sequence = ?"
_PAGE = """SELECT sequence, time, actor, operation, event, digest FROM journal
           WHERE sequence > ? ORDER BY sequence LIMIT ?"""
_INSERT = "INSERT INTO journal (sequence, time, actor, operation, event, digest) VALUES (?, ?, ?, ?, ?, ?)"
_NEWEST_FENCE = "SELECT number FROM fences WHERE name = ?"
_SEE_FENCE = "INSERT OR REPLACE INTO fences (name, number) VALUES (?, ?)"


@frozen
class SqliteJournal:
    """Keep every record in a database that leases, status and alerts may share.

    The expected sequence, the fence and the append are one transaction; every record read is proved by its digest.
    """

    _database: Database

    async def append(
        self, drafts: Sequence[Draft], *, after: int | None = None, fence: Fence | None = None
    ) -> tuple[Envelope, ...]:
        """Record events; raises Stale, NotAllowed, InvalidInput or Unreachable, and then nothing changed."""

        def work(connection: sqlite3.Connection) -> tuple[Envelope, ...]:
            head = Head(*(connection.execute(_HEAD).fetchone() or ()))
            head.check(after)
            if fence is not None:
                _admit(connection, fence)
            sealed = tuple(seal(head, drafts))
            connection.executemany(_INSERT, [_columns(envelope, encoded) for envelope, encoded in sealed])
            return tuple(envelope for envelope, _ in sealed)

        return self._database.write(work)

    async def read(self, after: int, limit: int) -> tuple[Envelope, ...]:
        """Return up to `limit` records that follow a sequence; raises InvariantError when one is missing or changed."""
        check_page(after, limit)
        rows = self._database.read(_PAGE, after, limit)
        if not rows:
            return ()  # what a reader who is up to date asks before every answer
        known = self._database.read(_ONE, after)
        head = Head(*known[0]) if known else Head(after)
        return tuple(unseal(head, (Row(*row) for row in rows)))

    async def head(self) -> int:
        """Return the last sequence, 0 for an empty journal."""
        newest = self._database.read(_HEAD)
        return Head(*newest[0]).sequence if newest else 0


def _admit(connection: sqlite3.Connection, fence: Fence) -> None:
    (newest,) = connection.execute(_NEWEST_FENCE, (fence.name,)).fetchone() or (0,)
    check_fence(fence, newest)
    if fence.number > newest:
        connection.execute(_SEE_FENCE, (fence.name, fence.number))


def _columns(record: Envelope, encoded: str) -> tuple[int, str, str, str, str, str]:
    return record.sequence, time_text(record.time), record.actor, record.operation, encoded, record.digest
