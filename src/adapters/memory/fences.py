"""The newest fencing number of each name: what a lease grants and a journal checks."""

from attrs import define, field

from ballast.adapters.common.fencing import check_fence
from ballast.ports.journal import Fence


@define
class Fences:
    """Share one instance between the lease and the journal that it guards."""

    _newest: dict[str, int] = field(factory=dict[str, int], init=False)

    def grant(self, name: str) -> int:
        """Return a number greater than every earlier one of the name."""
        self._newest[name] = self._newest.get(name, 0) + 1
        return self._newest[name]

    def admit(self, fence: Fence) -> None:
        """Raise NotAllowed for a fence older than the newest seen under its name."""
        check_fence(fence, self._newest.get(fence.name, 0))
        self._newest[fence.name] = fence.number
