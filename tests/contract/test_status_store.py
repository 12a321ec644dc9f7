"""The laws of ports/status_store.py, on every adapter."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.capabilities import require_claim
from tests.contract.rigs import Rig, each, prove
from tests.contract.stores import store

from ballast.adapters.memory.status_store import MemoryStatusStore
from ballast.adapters.sqlite.status_store import SqliteStatusStore
from ballast.ports.status_store import StatusDocument, StatusStore


@define
class World:
    """Opens the same store again: beside the first (`another`), or after closing it (`restart`)."""

    another: Callable[[], StatusStore]
    restart: Callable[[], StatusStore]


def unclaimed() -> StatusStore:
    """Stand where an adapter has no second look at its documents."""
    raise NotImplementedError


@asynccontextmanager
async def memory(_scratch: Path) -> AsyncGenerator[tuple[StatusStore, World]]:
    """Build a store in a dict."""
    yield MemoryStatusStore(), World(unclaimed, unclaimed)


@asynccontextmanager
async def sqlite(scratch: Path, *, durable: bool = True) -> AsyncGenerator[tuple[StatusStore, World]]:
    """Build a store in a file."""
    with store(scratch, durable=durable) as opened:
        first = opened()

        def another() -> StatusStore:
            return SqliteStatusStore(opened())

        def restart() -> StatusStore:
            first.close()
            return another()

        yield SqliteStatusStore(first), World(another, restart)


RIGS: Sequence[Rig[StatusStore, World]] = [
    Rig("memory", memory),
    Rig("sqlite", sqlite),
    Rig("sqlite-fast", lambda scratch: sqlite(scratch, durable=False)),
]
StatusRig = Rig[StatusStore, World]


@each(RIGS)
async def test_law_1_nothing_is_loaded_before_the_first_save(rig: StatusRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (documents, _):
        assert await documents.load("btc") is None


@each(RIGS)
@settings(max_examples=20, deadline=None)
@given(strategy=st.text(), body=st.text())
def test_law_1_the_document_comes_back_exactly(rig: StatusRig, strategy: str, body: str) -> None:
    async def law(documents: StatusStore, _world: World) -> None:
        await documents.save(strategy, StatusDocument(1, body))
        assert await documents.load(strategy) == StatusDocument(1, body)

    prove(rig, law)


@each(RIGS)
async def test_law_1_strategies_have_their_own_documents(rig: StatusRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (documents, _):
        await documents.save("one", StatusDocument(1, "1"))
        await documents.save("two", StatusDocument(2, "2"))
        assert await documents.load("one") == StatusDocument(1, "1")


@each(RIGS)
async def test_law_1_the_last_save_of_one_sequence_counts(rig: StatusRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (documents, _):
        await documents.save("btc", StatusDocument(3, "early"))
        await documents.save("btc", StatusDocument(3, "late"))
        assert await documents.load("btc") == StatusDocument(3, "late")


@each(RIGS)
async def test_law_1_another_process_loads_what_one_saved(rig: StatusRig, tmp_path: Path) -> None:
    require_claim("status_store", rig.adapter, "processes")
    async with rig.open(tmp_path) as (documents, world):
        await documents.save("btc", StatusDocument(3, "seen"))
        assert await world.another().load("btc") == StatusDocument(3, "seen")


@each(RIGS)
async def test_law_1_the_document_outlives_a_restart(rig: StatusRig, tmp_path: Path) -> None:
    require_claim("status_store", rig.adapter, "restart")
    async with rig.open(tmp_path) as (documents, world):
        await documents.save("btc", StatusDocument(3, "kept"))
        assert await world.restart().load("btc") == StatusDocument(3, "kept")


@each(RIGS)
async def test_law_2_an_older_sequence_changes_nothing(rig: StatusRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (documents, _):
        await documents.save("btc", StatusDocument(9, "new"))
        await documents.save("btc", StatusDocument(8, "old"))
        assert await documents.load("btc") == StatusDocument(9, "new")
        await documents.save("btc", StatusDocument(10, "newer"))
        assert await documents.load("btc") == StatusDocument(10, "newer")
