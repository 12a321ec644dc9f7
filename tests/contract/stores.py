"""SQLite stores that a rig can open twice, as two processes would, or again, as a restart would."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ballast.adapters.sqlite.database import Database, open_database


@contextmanager
def store(scratch: Path, *, durable: bool = True) -> Generator[Callable[[], Database]]:
    """Give a function that opens one store; everything it opened is closed at the end."""
    with ExitStack() as opened:

        def open_again() -> Database:
            database = open_database(scratch / "store.db", durable=durable)
            opened.callback(database.close)
            return database

        yield open_again
