"""Killed at any moment, the journal holds whole appends, in order, and every one it had acknowledged."""

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.adapters.events import draft

from ballast.adapters.sqlite.database import open_database
from ballast.adapters.sqlite.journal import SqliteJournal

KILLS = 10
BATCH = 3
# Appends batches for ever; after each it prints the batch's last sequence, which is the acknowledgement, and reads the
# newest records, which proves their chain and leaves the file to others for a while.
CHILD = """
import asyncio, sys
from pathlib import Path
from ballast.adapters.sqlite.database import open_database
from ballast.adapters.sqlite.journal import SqliteJournal
from tests.unit.adapters.events import draft

async def main(path, name, durable):
    journal = SqliteJournal(open_database(Path(path), durable=durable == "True"))
    batch = 0
    while True:
        records = await journal.append([draft(f"{name} {batch}")] * 3)
        print(records[-1].sequence, flush=True)
        await journal.read(max(0, records[-1].sequence - 90), 90)
        batch += 1

asyncio.run(main(*sys.argv[1:]))
"""


def started(path: Path, name: str, *, durable: bool) -> subprocess.Popen[str]:
    """Start a writer."""
    command = [sys.executable, "-c", CHILD, str(path), name, str(durable)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603  # CHILD


def killed(writer: subprocess.Popen[str], acknowledgements: int) -> int:
    """Kill a writer while it goes on after so many acknowledgements, and return the last it gave."""
    with writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledgements)]
        writer.kill()
        return int([*lines, *writer.stdout.readlines()][-1])


async def whole_batches(journal: SqliteJournal) -> int:
    """Prove the chain by reading it, prove that no append is half there, and return the head."""
    said = [record.event for record in await journal.read(0, 1_000_000)]
    for start in range(0, len(said), BATCH):
        assert said[start : start + BATCH] == [said[start]] * BATCH
    return len(said)


async def test_a_durable_journal_keeps_every_acknowledged_append_of_ten_killed_writers(tmp_path: Path) -> None:
    """Two write at a time, each is killed while it writes, and this process writes in between."""
    path = tmp_path / "store.db"
    database = open_database(path)
    journal = SqliteJournal(database)
    for pair in range(KILLS // 2):
        writers = [started(path, f"{pair} {side}", durable=True) for side in "ab"]
        for place, writer in enumerate(writers):
            acknowledged = killed(writer, 1 + 7 * (pair + place) % 23)
            assert await journal.head() >= acknowledged
            await journal.append([draft(f"parent {pair} {place}")] * BATCH)
    assert await whole_batches(journal) > KILLS * BATCH
    database.close()


async def test_a_fast_journal_loses_only_whole_appends_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    acknowledged = killed(started(path, "child", durable=False), 1500)
    database = open_database(path, durable=False)
    kept = await whole_batches(SqliteJournal(database))
    database.close()
    # Everything up to the last thousand appends is on file, the rest went with the process.
    assert acknowledged - 1000 * BATCH < kept <= acknowledged + BATCH
    assert kept % (1000 * BATCH) == 0
