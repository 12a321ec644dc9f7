"""Names by counting, so that a run gives the same ones again."""

from itertools import count

from attrs import define, field


@define
class MemoryIds:
    """Count names up from id-1; unique within one instance only."""

    _numbers: "count[int]" = field(factory=lambda: count(1), init=False)

    def fresh(self) -> str:
        """Return the next name."""
        return f"id-{next(self._numbers)}"
