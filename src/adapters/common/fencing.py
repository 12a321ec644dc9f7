"""The checks every lease and every fenced store makes alike."""

from ballast.domain.kernel.errors import InvalidInput, NotAllowed
from ballast.ports.journal import Fence


def check_take(name: str, holder: str, ttl_s: int) -> None:
    """Raise InvalidInput for an empty name or holder, or a lease of less than a second."""
    for field, text in (("name", name), ("holder", holder)):
        if not text:
            raise InvalidInput(field, "a text that is not empty", repr(text))
    if ttl_s < 1:
        raise InvalidInput("ttl_s", "1 or more", str(ttl_s))


def check_fence(fence: Fence, newest: int) -> None:
    """Raise NotAllowed when a newer lease than the writer's was granted."""
    if fence.number < newest:
        raise NotAllowed(
            f"{fence.name} acts under lease {fence.number}, the newest is {newest}",
            name=fence.name, number=str(fence.number), newest=str(newest),
        )  # fmt: skip
