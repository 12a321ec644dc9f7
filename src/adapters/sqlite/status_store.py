"""Status documents in a SQLite file."""

from attrs import frozen

from ballast.adapters.sqlite.database import Database
from ballast.ports.status_store import StatusDocument

_SAVE = """INSERT INTO status (strategy, sequence, body) VALUES (?, ?, ?)
           ON CONFLICT (strategy) DO UPDATE SET sequence = excluded.sequence, body = excluded.body
           WHERE excluded.sequence >= sequence"""
_LOAD = "SELECT sequence, body FROM status WHERE strategy = ?"


@frozen
class SqliteStatusStore:
    """Keep the newest document of each strategy for all processes that share the file."""

    _database: Database

    async def save(self, strategy: str, document: StatusDocument) -> None:
        """Store the document unless a newer one is there."""
        self._database.write(lambda connection: connection.execute(_SAVE, (strategy, document.sequence, document.body)))

    async def load(self, strategy: str) -> StatusDocument | None:
        """Return the stored document."""
        stored = self._database.read(_LOAD, strategy)
        return StatusDocument(*stored[0]) if stored else None
