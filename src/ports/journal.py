"""The journal: the one truth of what Ballast did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from ballast.domain.kernel.events import Envelope, Event


@frozen
class Draft:
    """An event about to be recorded; the journal adds sequence and digest."""

    time: datetime
    actor: str
    operation: str
    event: Event


@frozen
class Fence:
    """Proof of a lease: the store refuses a writer whose number is older than the newest it has seen."""

    name: str
    number: int


class Journal(Protocol):
    """Append and read, in one order for everybody.

    Laws:
    1. Sequences count from 1 without gaps; one append is all or nothing, and durable when it returns.
    2. With `after`, the append happens only if that is still the last sequence; else it raises Stale, nothing changed.
    3. With a fence older than the newest granted under its name, it raises NotAllowed and nothing changed.
    4. What was read equals what was appended, exactly, in order; pages neither repeat nor lose.
    5. Each digest is SHA-256 over the predecessor's digest and the record; the same history has the same digests
       in every adapter.
    """

    async def append(
        self, drafts: Sequence[Draft], *, after: int | None = None, fence: Fence | None = None
    ) -> tuple[Envelope, ...]:
        """Record events."""
        ...

    async def read(self, after: int, limit: int) -> tuple[Envelope, ...]:
        """Return up to `limit` (>= 1) events whose sequence is greater than `after` (>= 0)."""
        ...

    async def head(self) -> int:
        """Return the last sequence, 0 for an empty journal."""
        ...
