"""The same recorded day gives the same journal, to the digest: again, and under another seed of Python's hashes."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.builders import DATA

DAY = ("--from", "2026-04-20", "--to", "2026-04-21", "--deposit", "1=10")
PROGRAM = "from ballast.bootstrap.main import main; main()"


def digest_of(out: Path, *options: str, hash_seed: int = 0) -> str:
    """Replay the day in a process of its own and return the digest over its whole journal."""
    environment = {**os.environ, "PYTHONPATH": str(DATA.parent / ".dev"), "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", PROGRAM, "replay", *DAY, *options, "--out", str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stdout + ended.stderr
    with closing(sqlite3.connect(out / "journal.sqlite")) as store:
        (digest,) = store.execute("SELECT digest FROM journal ORDER BY sequence DESC LIMIT 1").fetchone()
    return str(digest)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> str:
    return digest_of(tmp_path_factory.mktemp("first"))


def test_the_same_replay_gives_the_same_journal_again(first: str, tmp_path: Path) -> None:
    assert digest_of(tmp_path / "again") == first


def test_the_order_of_hashes_changes_nothing(first: str, tmp_path: Path) -> None:
    assert digest_of(tmp_path / "hashed", hash_seed=4_711) == first


def test_another_seed_of_the_world_gives_another_journal(first: str, tmp_path: Path) -> None:
    assert digest_of(tmp_path / "seeded", "--seed", "2") != first
