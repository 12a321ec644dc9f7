"""A connection that can be cut, so that whoever depends on it can be seen to cope."""

from attrs import define

from ballast.domain.kernel.errors import Unreachable


@define
class Line:
    """The way to one place; while it is not `up`, nothing reaches the place."""

    place: str
    up: bool = True

    def check(self) -> None:
        """Raise Unreachable while the line is cut."""
        if not self.up:
            raise Unreachable(f"{self.place}: no answer")
