"""The laws of ports/journal.py, on every adapter."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

import attrs
import pytest
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.capabilities import require_claim
from tests.contract.rigs import Rig, each, prove
from tests.contract.stores import store
from tests.unit.adapters.events import START, draft, drafts

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.memory.fences import Fences
from ballast.adapters.memory.journal import MemoryJournal
from ballast.adapters.memory.lease import MemoryLease
from ballast.adapters.sqlite.journal import SqliteJournal
from ballast.adapters.sqlite.lease import SqliteLease
from ballast.domain.kernel.errors import InvalidInput, NotAllowed, Stale
from ballast.domain.ledger.events import HedgeBaseRaised
from ballast.ports.journal import Draft, Fence, Journal
from ballast.ports.lease import Lease

TTL_S = 60


@define
class World:
    """Grants leases, and opens the journal again: beside the first (`another`), or after closing it (`restart`)."""

    clock: MemoryClock
    lease: Lease
    another: Callable[[], Journal]
    restart: Callable[[], Journal]

    async def grant(self) -> Fence:
        """Grant a new lease of one name to a new holder."""
        self.clock.advance(timedelta(seconds=TTL_S))
        fence = await self.lease.take("service", "holder", TTL_S)
        assert fence is not None
        return fence


def unclaimed() -> Journal:
    """Stand where an adapter has no second look at its journal."""
    raise NotImplementedError


@asynccontextmanager
async def memory(_scratch: Path) -> AsyncGenerator[tuple[Journal, World]]:
    """Build the journal in a list."""
    fences, clock = Fences(), MemoryClock(START)
    yield MemoryJournal(fences), World(clock, MemoryLease(clock, fences), unclaimed, unclaimed)


@asynccontextmanager
async def sqlite(scratch: Path, *, durable: bool = True) -> AsyncGenerator[tuple[Journal, World]]:
    """Build the journal in a file."""
    with store(scratch, durable=durable) as opened:
        first, clock = opened(), MemoryClock(START)

        def another() -> Journal:
            return SqliteJournal(opened())

        def restart() -> Journal:
            first.close()
            return another()

        yield SqliteJournal(first), World(clock, SqliteLease(first, clock), another, restart)


RIGS: Sequence[Rig[Journal, World]] = [
    Rig("memory", memory),
    Rig("sqlite", sqlite),
    Rig("sqlite-fast", lambda scratch: sqlite(scratch, durable=False)),
]
JournalRig = Rig[Journal, World]


async def reasons(journal: Journal) -> list[str]:
    """Return what the journal says, in order."""
    return [getattr(record.event, "reason", "") for record in await journal.read(0, 1000)]


@each(RIGS)
async def test_law_1_an_empty_journal_has_head_0_and_nothing_to_read(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        assert await journal.head() == 0
        assert await journal.read(0, 10) == ()


@each(RIGS)
async def test_law_1_sequences_count_from_1_without_gaps_over_appends(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        first = await journal.append([draft("a"), draft("b")])
        nothing = await journal.append([])
        second = await journal.append([draft("c")])
        assert [record.sequence for record in (*first, *nothing, *second)] == [1, 2, 3]
        assert await journal.head() == 3


@each(RIGS)
async def test_law_1_an_append_that_fails_at_its_last_event_leaves_nothing(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        await journal.append([draft("before")])
        unwritable = attrs.evolve(draft(), event=HedgeBaseRaised(Decimal("NaN"), "not a number"))
        with pytest.raises(InvalidInput):
            await journal.append([draft("lost"), unwritable])
        await journal.append([draft("after")])
        assert await reasons(journal) == ["before", "after"]
        assert await journal.head() == 2


@each(RIGS)
async def test_law_1_what_was_appended_outlives_a_restart(rig: JournalRig, tmp_path: Path) -> None:
    require_claim("journal", rig.adapter, "restart")
    async with rig.open(tmp_path) as (journal, world):
        before = await journal.append([draft("a"), draft("b")])
        again = world.restart()
        assert await again.read(0, 10) == before
        assert [record.sequence for record in await again.append([draft("c")])] == [3]


@each(RIGS)
async def test_law_1_two_processes_write_one_order(rig: JournalRig, tmp_path: Path) -> None:
    require_claim("journal", rig.adapter, "processes")
    async with rig.open(tmp_path) as (journal, world):
        other = world.another()
        for number in range(5):
            await journal.append([draft(f"one {number}")])
            await other.append([draft(f"two {number}")])
        assert await journal.read(0, 100) == await other.read(0, 100)
        assert await reasons(journal) == [f"{name} {number}" for number in range(5) for name in ("one", "two")]


@each(RIGS)
async def test_law_2_an_append_after_the_last_sequence_happens(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        await journal.append([draft("a")], after=0)
        await journal.append([draft("b"), draft("c")], after=1)
        assert await reasons(journal) == ["a", "b", "c"]


@each(RIGS)
@pytest.mark.parametrize("after", [0, 1, 3])
async def test_law_2_an_append_after_another_sequence_changes_nothing(
    rig: JournalRig, tmp_path: Path, after: int
) -> None:
    async with rig.open(tmp_path) as (journal, _):
        await journal.append([draft("a"), draft("b")])
        with pytest.raises(Stale):
            await journal.append([draft("c")], after=after)
        assert await reasons(journal) == ["a", "b"]


@each(RIGS)
async def test_law_2_of_two_processes_that_read_the_same_head_one_appends(rig: JournalRig, tmp_path: Path) -> None:
    require_claim("journal", rig.adapter, "processes")
    async with rig.open(tmp_path) as (journal, world):
        other = world.another()
        seen = await other.head()
        await journal.append([draft("first")], after=seen)
        with pytest.raises(Stale):
            await other.append([draft("second")], after=seen)
        assert await reasons(other) == ["first"]


@each(RIGS)
async def test_law_3_the_newest_lease_may_append(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, world):
        await world.grant()
        newest = await world.grant()
        await journal.append([draft("a")], fence=newest)
        await journal.append([draft("b")], fence=newest)
        assert await reasons(journal) == ["a", "b"]


@each(RIGS)
async def test_law_3_an_older_lease_may_not_append_even_before_the_newest_did(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, world):
        older = await world.grant()
        await journal.append([draft("a")], fence=older)
        await world.grant()
        with pytest.raises(NotAllowed):
            await journal.append([draft("b")], fence=older)
        assert await reasons(journal) == ["a"]


@each(RIGS)
async def test_law_3_a_fence_seen_once_shuts_out_the_older_ones(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        await journal.append([draft("a")], fence=Fence("elsewhere", 7))
        with pytest.raises(NotAllowed):
            await journal.append([draft("b")], fence=Fence("elsewhere", 6))
        await journal.append([draft("c")], fence=Fence("other name", 1))
        assert await reasons(journal) == ["a", "c"]


@each(RIGS)
async def test_law_3_an_append_that_is_stale_does_not_raise_the_fence(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        with pytest.raises(Stale):
            await journal.append([draft("a")], after=5, fence=Fence("elsewhere", 7))
        await journal.append([draft("b")], fence=Fence("elsewhere", 6))
        assert await reasons(journal) == ["b"]


@each(RIGS)
@settings(max_examples=15, deadline=None)
@given(history=st.lists(st.lists(drafts, max_size=3), max_size=4), limit=st.integers(1, 4))
def test_law_4_pages_give_back_exactly_what_was_appended(
    rig: JournalRig, history: list[list[Draft]], limit: int
) -> None:
    async def law(journal: Journal, _world: World) -> None:
        written = [record for batch in history for record in await journal.append(batch)]
        read = list(await journal.read(0, limit))
        while page := await journal.read(len(read), limit):
            assert len(page) <= limit
            read += page
        assert read == written
        assert [Draft(made.time, made.actor, made.operation, made.event) for made in read] == list(chain(*history))

    prove(rig, law)


@each(RIGS)
async def test_law_4_reading_beyond_the_head_gives_nothing(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        await journal.append([draft("a")])
        assert await journal.read(1, 10) == ()
        assert await journal.read(99, 10) == ()


@each(RIGS)
@pytest.mark.parametrize(("after", "limit"), [(-1, 1), (0, 0)])
async def test_a_page_outside_the_bounds_is_refused(rig: JournalRig, tmp_path: Path, after: int, limit: int) -> None:
    async with rig.open(tmp_path) as (journal, _):
        with pytest.raises(InvalidInput):
            await journal.read(after, limit)


@each(RIGS)
async def test_law_5_the_same_history_has_these_digests_in_every_adapter(rig: JournalRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (journal, _):
        await journal.append([draft("a", operation="en1"), draft("b")])
        await journal.append([draft("ü")])
        # Written down: a change of the record's text would make every stored journal unreadable.
        assert [record.digest for record in await journal.read(0, 10)] == [
            "7e1ccb5af960a6bdfecc793d09c2b40316fbe5a9015e027b9f3d4c6bea2a1d5f",
            "97ffd89a1721f2dc7243eaf4e85f9c8b23bfd5a638b4879a3db55d64365648a7",
            "efe38354792d77e17016d39b4055e861f923dbac725fa97c1b379d4807ad374c",
        ]
