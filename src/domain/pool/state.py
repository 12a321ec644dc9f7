"""The pool's own account, its price feeds, and everything together as it was seen at one moment."""

from datetime import datetime

from attrs import evolve, frozen

from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.custody import Custody


@frozen(kw_only=True)
class PoolFees:
    """The pool's fee settings. Multipliers are plain factors, the rest bps."""

    swap_multiplier: int
    stable_swap_multiplier: int
    add_remove_liquidity_bps: int
    swap_bps: int
    tax_bps: int
    stable_swap_bps: int
    stable_swap_tax_bps: int
    liquidation_reward_bps: int
    protocol_share_bps: int


@frozen(kw_only=True)
class PoolApr:
    """The pool's own yield figures; `realized_fee_usd` (1e-6 dollars) counts since `last_updated_time`."""

    last_updated_time: datetime
    fee_apr_bps: int
    realized_fee_usd: int


@frozen(kw_only=True)
class Pool:
    """The Pool account. Every `_usd` is whole 1e-6 dollars; `custodies` are addresses in the pool's order.

    `aum_usd` is a cache that keepers refresh (at `aum_updated_time`, `aum_refreshed_slot`): a cross-check, never the
    valuation.
    """

    address: str
    lp_mint: str
    custodies: tuple[str, ...]
    aum_usd: int
    aum_usd_max: int
    token_weightage_buffer_bps: int
    fees: PoolFees
    apr: PoolApr
    lp_price_change_bps_max: int
    aum_updated_time: datetime
    aum_refreshed_slot: int


@frozen(kw_only=True)
class Feed:
    """One published oracle price, in whole 1e-8 dollars for one whole token (> 0)."""

    address: str
    mint: str
    price_e8: int
    time: datetime


@frozen(kw_only=True)
class PoolState:
    """The pool as seen at one moment: `custodies` and `feeds` stand in the pool's order, one feed for each custody.

    `supply` is JLP in 1e-6 (> 0); `slot` and `time` are those of the observation. Raises InvalidInput when the parts
    do not belong together.
    """

    pool: Pool
    custodies: tuple[Custody, ...]
    feeds: tuple[Feed, ...]
    supply: int
    slot: int
    time: datetime

    def __attrs_post_init__(self) -> None:
        """Refuse parts that do not belong together."""
        if self.supply <= 0:
            raise InvalidInput("JLP supply", "more than zero", str(self.supply))
        found = tuple([custody.address for custody in self.custodies])
        if found != self.pool.custodies:
            raise InvalidInput("custodies", "the pool's, in its order: " + _list(self.pool.custodies), _list(found))
        wanted = tuple([custody.feed for custody in self.custodies])
        found = tuple([feed.address for feed in self.feeds])
        if found != wanted:
            raise InvalidInput("feeds", "those of the custodies, in their order: " + _list(wanted), _list(found))

    def index(self, address: str) -> int:
        """Return a custody's place in the pool; raises InvalidInput when the pool has no such custody."""
        if address not in self.pool.custodies:
            raise InvalidInput("custody", "one of " + _list(self.pool.custodies), address)
        return self.pool.custodies.index(address)

    def address_of(self, asset: Asset) -> str:
        """Return the address of an asset's custody; raises InvalidInput when the pool does not hold the asset."""
        for custody in self.custodies:
            if custody.asset is asset:
                return custody.address
        raise InvalidInput("asset", "one of " + _list(tuple(held.symbol for held in self.custodies)), asset.value)

    def with_custody(self, custody: Custody) -> "PoolState":
        """Return the state with one custody replaced by its successor."""
        index = self.index(custody.address)
        return evolve(self, custodies=(*self.custodies[:index], custody, *self.custodies[index + 1 :]))


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
