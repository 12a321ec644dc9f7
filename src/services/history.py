"""The journal read backwards: the newest events of one kind first."""

from typing import Generic, TypeVar

from attrs import frozen

from ballast.domain.kernel.events import Envelope, Event
from ballast.services.desk import READ_PAGE, Desk
from ballast.services.paging import page_size_of, position_of

# What one call may look at, so that a rare kind in a long journal cannot hold the loop up.
SCAN_MAX = 2_000

EventT = TypeVar("EventT", bound=Event)


@frozen
class History(Generic[EventT]):
    """Events, newest first; `next_token` is empty once the beginning was reached, also on a page without events."""

    events: tuple[EventT, ...]
    next_token: str


async def newest(desk: Desk, kind: type[EventT], page_size: int, page_token: str) -> History[EventT]:
    """Return a page of the events of one kind, looking at no more than SCAN_MAX events of the journal.

    `page_size` is 1 to 500, 0 means 50; `page_token` is the last page's `next_token`. Raises InvalidInput otherwise.
    """
    wanted = page_size_of(page_size)
    head = await desk.journal.head()
    end = position_of(page_token, otherwise=head, most=head)
    least = max(0, end - SCAN_MAX)
    found: list[EventT] = []
    while end > least and len(found) < wanted:
        start = max(least, end - READ_PAGE)
        page = await desk.journal.read(start, end - start)
        end = _collect(page, kind, wanted, found)
    return History(tuple(found), str(end) if end else "")


def _collect(page: tuple[Envelope, ...], kind: type[EventT], wanted: int, found: list[EventT]) -> int:
    """Add a page's events of a kind until there are enough; returns the sequence before the last one looked at."""
    for envelope in reversed(page):
        if isinstance(envelope.event, kind):
            found.append(envelope.event)
            if len(found) == wanted:
                return envelope.sequence - 1
    return page[0].sequence - 1
