"""Ids that cannot be derived: a holder's name, a log reference."""

from typing import Protocol


class Ids(Protocol):
    """Draw fresh names.

    Laws:
    1. No two calls return the same text, also across processes.
    2. The text is 1 to 32 of a-z 0-9 -.
    """

    def fresh(self) -> str:
        """Return a name nobody used before."""
        ...
