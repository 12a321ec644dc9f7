"""The main status document: a view of the journal, stored for readers."""

from typing import Protocol

from attrs import frozen


@frozen
class StatusDocument:
    """The strategy's status as of a journal sequence; `body` is JSON text with sorted keys."""

    sequence: int
    body: str


class StatusStore(Protocol):
    """Keep one document per strategy.

    Laws:
    1. `load` returns what was saved last, exactly; None before the first save.
    2. A save with a sequence older than the stored one changes nothing: the view never goes back.
    """

    async def save(self, strategy: str, document: StatusDocument) -> None:
        """Store the document."""
        ...

    async def load(self, strategy: str) -> StatusDocument | None:
        """Return the stored document."""
        ...
