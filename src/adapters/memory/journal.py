"""A journal in a list."""

from collections.abc import Sequence

from attrs import define, field

from ballast.adapters.common.record import Head, check_page, seal
from ballast.adapters.memory.fences import Fences
from ballast.domain.kernel.events import Envelope
from ballast.ports.journal import Draft, Fence


@define
class MemoryJournal:
    """Keep every record in memory; `fences` is shared with the lease that guards the writers."""

    _fences: Fences = field(factory=Fences)
    _records: list[Envelope] = field(factory=list[Envelope], init=False)
    _head: Head = field(factory=Head, init=False)

    async def append(
        self, drafts: Sequence[Draft], *, after: int | None = None, fence: Fence | None = None
    ) -> tuple[Envelope, ...]:
        """Record events; raises Stale, NotAllowed or InvalidInput, and then nothing changed."""
        self._head.check(after)
        sealed = tuple(envelope for envelope, _ in seal(self._head, drafts))
        if fence is not None:
            self._fences.admit(fence)
        self._records += sealed
        if sealed:
            self._head = Head.at(sealed[-1])
        return sealed

    async def read(self, after: int, limit: int) -> tuple[Envelope, ...]:
        """Return up to `limit` records that follow a sequence."""
        check_page(after, limit)
        return tuple(self._records[after : after + limit])

    async def head(self) -> int:
        """Return the last sequence, 0 for an empty journal."""
        return self._head.sequence
