"""One file, one writer, and a clear word about every file that is not ours."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.unit.adapters.events import draft

from ballast.adapters.sqlite import database as module
from ballast.adapters.sqlite.database import SCHEMA_VERSION, Database, open_database
from ballast.adapters.sqlite.journal import SqliteJournal
from ballast.domain.kernel.errors import InvalidInput, InvariantError, Unreachable

WAL_FULL = ("wal", 2)
WAL_OFF = ("wal", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file that is not there yet."""
    return tmp_path / "store.db"


def put(database: Database, key: str) -> None:
    """Write one row."""
    database.write(lambda connection: connection.execute("INSERT INTO fences VALUES (?, 1)", (key,)))


def keys(database: Database) -> list[str]:
    """Return what `put` wrote."""
    return [name for (name,) in database.read("SELECT name FROM fences ORDER BY rowid")]


def seen_by_others(path: Path) -> int:
    """Count the committed rows, as another process sees them."""
    with sqlite3.connect(path) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM fences").fetchone()
    connection.close()
    return int(rows)


@pytest.mark.parametrize(("durable", "settings"), [(True, WAL_FULL), (False, WAL_OFF)])
def test_a_durable_store_is_fsynced_and_the_other_one_is_not(
    path: Path, *, durable: bool, settings: tuple[str, int]
) -> None:
    database = open_database(path, durable=durable)
    ((journal_mode,),) = database.read("PRAGMA journal_mode")
    ((synchronous,),) = database.read("PRAGMA synchronous")
    database.close()
    assert (journal_mode, synchronous) == settings


def test_a_durable_write_is_seen_by_others_when_it_returns(path: Path) -> None:
    database = open_database(path)
    put(database, "a")
    assert seen_by_others(path) == 1
    database.close()


def test_fast_writes_are_committed_by_the_thousand_and_at_the_end(path: Path) -> None:
    database = open_database(path, durable=False)
    for number in range(1001):
        put(database, str(number))
        assert number >= 999 or number % 100 or seen_by_others(path) == 0
    assert len(keys(database)) == 1001
    assert seen_by_others(path) == 1000
    database.close()
    assert seen_by_others(path) == 1001


@pytest.mark.parametrize("durable", [True, False])
def test_a_write_that_raises_leaves_what_was_before_it(path: Path, *, durable: bool) -> None:
    database = open_database(path, durable=durable)
    put(database, "before")

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO fences VALUES ('half', 1)")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.write(broken)
    put(database, "after")
    assert keys(database) == ["before", "after"]
    database.close()


def test_closing_twice_is_closing_once(path: Path) -> None:
    database = open_database(path, durable=False)
    put(database, "a")
    database.close()
    database.close()
    assert seen_by_others(path) == 1


def test_a_file_that_another_process_holds_is_unreachable_and_unchanged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_TIMEOUT_S", 0)
    waiting, holder = open_database(path), open_database(path, durable=False)
    put(holder, "held")
    with pytest.raises(Unreachable, match=f"{path} is held"):
        put(waiting, "refused")
    with pytest.raises(Unreachable, match=f"{path} is held"):
        open_database(path)
    holder.close()
    put(waiting, "later")
    assert keys(waiting) == ["held", "later"]
    waiting.close()


def test_eight_openers_of_a_new_file_make_one_store(path: Path) -> None:
    def opener(number: int) -> None:
        database = open_database(path)
        put(database, str(number))
        database.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(opener, range(8)))
    assert seen_by_others(path) == 8


def test_a_file_of_a_newer_version_is_refused_by_its_name(path: Path) -> None:
    open_database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(InvalidInput, match=f"{path}: .*schema version 1, found schema version 2"):
        open_database(path)


def test_a_file_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(InvalidInput, match=f"{path}: .*another program"):
        open_database(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be taken for one" * 30, b"SQLite format 3\0" + b"x" * 2000]
)
def test_a_file_that_is_no_database_is_refused_by_its_name(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=f"{path}: .*file is not a database"):
        open_database(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "store.db"
    with pytest.raises(InvalidInput, match=str(path)):
        open_database(path)


def blank_the_middle(path: Path) -> None:
    """Overwrite two pages of a file with zeros."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = bytes(8192)
    path.write_bytes(content)


async def filled(path: Path, records: int) -> None:
    """Write a journal of some records."""
    database = open_database(path, durable=False)
    await SqliteJournal(database).append([draft(f"reason {number}") for number in range(records)])
    database.close()


async def test_a_damaged_page_halts_the_reader(path: Path) -> None:
    await filled(path, 500)
    blank_the_middle(path)
    database = open_database(path)
    with pytest.raises(InvariantError, match=r"store .* fails|record \d+ is missing"):
        await SqliteJournal(database).read(0, 1000)
    database.close()


@pytest.mark.parametrize(
    ("forgery", "sequence"),
    [
        ("UPDATE journal SET event = replace(event, 'reason 7', 'reason 8') WHERE sequence = 8", 8),
        ("UPDATE journal SET actor = 'somebody else' WHERE sequence = 3", 3),
        ("DELETE FROM journal WHERE sequence = 5", 5),
        ("DELETE FROM journal WHERE sequence = 1", 1),
    ],
)
async def test_a_record_that_was_changed_or_removed_halts_the_reader(path: Path, forgery: str, sequence: int) -> None:
    await filled(path, 10)
    database = open_database(path)
    database.write(lambda connection: connection.execute(forgery))
    with pytest.raises(InvariantError, match=f"record {sequence} is missing or changed"):
        await SqliteJournal(database).read(0, 100)
    with pytest.raises(InvariantError, match=f"record {sequence} is missing or changed"):
        await SqliteJournal(database).read(sequence - 1, 1)
    database.close()


async def test_a_page_after_a_removed_record_halts_the_reader(path: Path) -> None:
    await filled(path, 10)
    database = open_database(path)
    database.write(lambda connection: connection.execute("DELETE FROM journal WHERE sequence = 5"))
    with pytest.raises(InvariantError, match="record 6 is missing or changed"):
        await SqliteJournal(database).read(5, 1)
    database.close()


def test_a_closed_store_is_a_clear_failure(path: Path) -> None:
    database = open_database(path)
    database.close()
    with pytest.raises(InvariantError, match=f"store {path} fails"):
        keys(database)
