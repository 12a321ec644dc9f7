"""A pool that stands still, its time too, until it is traded with or told otherwise."""

from attrs import define, field

from ballast.adapters.common.liquidity import settle
from ballast.adapters.memory.line import Line
from ballast.domain.kernel.amount import Amount
from ballast.domain.pool.proof import prove_pool
from ballast.domain.pool.state import PoolState
from ballast.ports.treasury import Mint, Redeem


@define
class MemoryPool:
    """Hold one state, which is proved each time it is asked for."""

    current: PoolState
    line: Line = field(factory=lambda: Line("pool"))

    async def state(self) -> PoolState:
        """Return the pool as it is now; raises InvalidInput when its figures contradict each other."""
        self.line.check()
        return prove_pool(self.current)

    def settle(self, order: Mint | Redeem) -> Amount:
        """Mint or redeem at the moment the state is of; raises as `adapters.common.liquidity.settle`."""
        self.current, received = settle(self.current, order, self.current.time)
        return received
