"""Reading the Jupiter pool."""

from typing import Protocol

from ballast.domain.pool.state import PoolState


class Pool(Protocol):
    """Read the whole pool at one moment. Minting and redeeming go through the treasury, which owns the tokens.

    Laws:
    1. One answer is one moment: pool, custodies, feeds and supply belong together.
    2. Every answer has proved itself (layout, addresses, sums); a failed proof raises, it never answers zero.
    3. Raises Unreachable when there is no answer.
    """

    async def state(self) -> PoolState:
        """Return the pool as it is now."""
        ...
