"""What every journal adapter does alike: events as text, the chained digest, and the checks of a page."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import cast

from attrs import frozen

from ballast.adapters.common.codec import encode, parsed, structured, time_of, time_text
from ballast.domain.kernel.errors import InvalidInput, InvariantError, Stale
from ballast.domain.kernel.events import Envelope, Event
from ballast.domain.ledger import events as vocabulary
from ballast.ports.journal import Draft

# The digest before the first record: as long as any other, so that no length needs a special case.
GENESIS = "0" * 64
_COUNT_LIMIT = 2**63


def _event_types() -> dict[str, type[Event]]:
    found = (kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, Event))
    return {kind.__name__: kind for kind in found if kind is not Event}


EVENT_TYPES: Mapping[str, type[Event]] = _event_types()


def encode_event(event: Event) -> str:
    """Return `{"ClassName":{fields}}` as canonical JSON; raises InvalidInput for a class outside the vocabulary."""
    name = type(event).__name__
    if EVENT_TYPES.get(name) is not type(event):
        raise InvalidInput("event", "a class of ballast.domain.ledger.events", name)
    return f'{{"{name}":{encode(event)}}}'


def decode_event(text: str) -> Event:
    """Read what `encode_event` wrote; raises InvalidInput for an unknown class or field, or a wrong value."""
    tagged = cast("dict[str, object]", parsed(text, "event"))
    if type(tagged) is not dict or len(tagged) != 1:
        raise InvalidInput("event", "an object with the event's class as its one key", text[:80])
    name, data = next(iter(tagged.items()))
    kind = EVENT_TYPES.get(name)
    if kind is None:
        raise InvalidInput("event", "a class of ballast.domain.ledger.events", repr(name))
    return structured(data, kind)


def record_digest(previous: str, sequence: int, *, time: datetime, actor: str, operation: str, encoded: str) -> str:
    """Return the hex SHA-256 over the predecessor's digest (hex) and one record.

    The two free texts carry their lengths, so that no character can move from one to the next unseen.
    """
    text = f"{previous}\n{sequence}\n{time_text(time)}\n{len(actor)}:{actor}{len(operation)}:{operation}{encoded}"
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        raise InvalidInput("actor or operation", "text that UTF-8 can carry", repr((actor, operation))) from None


@frozen
class Head:
    """The last record of a journal: its sequence (0 for none) and its digest."""

    sequence: int = 0
    digest: str = GENESIS

    @classmethod
    def at(cls, record: Envelope) -> "Head":
        """Return the head of a journal that ends with a record."""
        return cls(record.sequence, record.digest)

    def check(self, after: int | None) -> None:
        """Raise Stale when the writer expected another last sequence; None expects nothing."""
        if after is not None and after != self.sequence:
            raise Stale("journal", f"last sequence {after}", str(self.sequence))


def seal(head: Head, drafts: Iterable[Draft]) -> Iterator[tuple[Envelope, str]]:
    """Yield each draft as the envelope that follows the head, with its encoded event."""
    sequence, digest = head.sequence, head.digest
    for draft in drafts:
        sequence += 1
        encoded = encode_event(draft.event)
        digest = record_digest(
            digest, sequence, time=draft.time, actor=draft.actor, operation=draft.operation, encoded=encoded
        )
        yield Envelope(sequence, draft.time, draft.actor, draft.operation, draft.event, digest), encoded


@frozen
class Row:
    """One record as a store keeps it; `time` and `event` are the texts the digest was made of."""

    sequence: int
    time: str
    actor: str
    operation: str
    event: str
    digest: str


def unseal(head: Head, rows: Iterable[Row]) -> Iterator[Envelope]:
    """Yield stored records as the envelopes that follow the head.

    Raises InvariantError naming the sequence where one is missing or where the digest does not prove the record.
    """
    for row in rows:
        time = time_of(row.time)
        expected = record_digest(
            head.digest, head.sequence + 1, time=time, actor=row.actor, operation=row.operation, encoded=row.event
        )
        if (row.sequence, row.digest) != (head.sequence + 1, expected):
            raise InvariantError(f"journal record {head.sequence + 1} is missing or changed", found=str(row.sequence))
        yield Envelope(row.sequence, time, row.actor, row.operation, decode_event(row.event), row.digest)
        head = Head(row.sequence, row.digest)


def check_page(after: int, limit: int) -> None:
    """Raise InvalidInput unless `after` >= 0 and `limit` >= 1, both below 2**63 (what every store can count)."""
    if not 0 <= after < _COUNT_LIMIT:
        raise InvalidInput("after", "a sequence of 0 or more", str(after))
    if not 1 <= limit < _COUNT_LIMIT:
        raise InvalidInput("limit", "1 or more", str(limit))
