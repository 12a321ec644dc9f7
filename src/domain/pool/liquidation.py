"""How the pool's delta jumps when positions are liquidated: its short gamma, made visible beforehand."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum

from attrs import frozen

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO, from_units
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.scale import BPS_PER_ONE, ceil_divide
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import pool_delta, short_tokens

MOVES_BPS = (-2000, -1500, -1000, -500, 0, 500, 1000, 1500, 2000)
_INDEX_SCALE = 10**9


class Side(Enum):
    """Which way a trader's position looks."""

    LONG = "long"
    SHORT = "short"


@frozen(kw_only=True)
class Position:
    """One open trader's position; `price` (entry) and every `_usd` are whole 1e-6 dollars, `size_usd` > 0.

    `locked` is token units of the collateral custody; `interest_snapshot_e9` its borrow index at the last update.
    """

    address: str
    owner: str
    custody: str
    collateral_custody: str
    side: Side
    price: int
    size_usd: int
    collateral_usd: int
    interest_snapshot_e9: int
    locked: int


@frozen(kw_only=True)
class LiquidationRow:
    """The whole pool's delta in one asset (tokens) after a price move, and how much of it liquidations changed."""

    move_bps: int
    delta: Decimal
    delta_change: Decimal


def liquidation_price(position: Position, custody: Custody, collateral: Custody) -> int:
    """Return the price (1e-6 dollars, >= 0) at which a position may be liquidated.

    Entry less (long) or plus (short) margin x entry / size, where margin is collateral less size / max leverage,
    closing fee, price impact and accrued borrow fee; the program's reference example. Raises InvalidInput for a
    custody without a leverage limit.
    """
    size, terms = position.size_usd, custody.terms
    if not terms.leverage_bps_max:
        raise InvalidInput(f"max leverage of custody {custody.address}", "more than zero", "0")
    impact_bps = size * BPS_PER_ONE // terms.impact_scalar_usd if terms.impact_scalar_usd else 0
    close_fee = ceil_divide(size * (terms.close_fee_bps + impact_bps), BPS_PER_ONE)
    borrowed = max(0, collateral.terms.interest_index_e9 - position.interest_snapshot_e9)
    maintenance = ceil_divide(size * BPS_PER_ONE, terms.leverage_bps_max)
    margin = position.collateral_usd - maintenance - close_fee - ceil_divide(borrowed * size, _INDEX_SCALE)
    room = margin * position.price // size
    return max(0, position.price - room if position.side is Side.LONG else position.price + room)


def liquidation_map(
    state: PoolState, address: str, positions: Iterable[Position], moves_bps: Sequence[int] = MOVES_BPS
) -> tuple[LiquidationRow, ...]:
    """Return the pool's delta through the custody at `address` after each price move (bps of the feed's price).

    A long that is liquidated frees its locked tokens (delta up into a fall), a short takes its S / entry away (delta
    down into a rally). The little that liquidators and refunds move in `owned` is left out. Positions in other
    custodies are ignored; raises InvalidInput for a collateral custody the pool does not have.
    """
    index = state.index(address)
    custody, price_e8 = state.custodies[index], state.feeds[index].price_e8
    own = [position for position in positions if position.custody == address]
    limits = [
        (position, liquidation_price(position, custody, state.custodies[state.index(position.collateral_custody)]))
        for position in own
    ]
    return tuple(_row(custody, price_e8, limits, move_bps) for move_bps in moves_bps)


def _row(custody: Custody, price_e8: int, limits: list[tuple[Position, int]], move_bps: int) -> LiquidationRow:
    moved_e12 = price_e8 * (BPS_PER_ONE + move_bps)
    gone = [position for position, price in limits if _is_reached(position.side, price * 10**6, moved_e12)]
    freed = sum(position.locked for position in gone if position.side is Side.LONG)
    unlocked = max(0, custody.owned_with_debt - custody.locked + freed)
    bought_back = sum((short_tokens(p.size_usd, p.price) for p in gone if p.side is Side.SHORT), ZERO)
    change = from_units(unlocked - custody.unlocked, custody.decimals) - bought_back
    return LiquidationRow(move_bps=move_bps, delta=pool_delta(custody) + change, delta_change=change)


def _is_reached(side: Side, limit_e12: int, price_e12: int) -> bool:
    return price_e12 <= limit_e12 if side is Side.LONG else price_e12 >= limit_e12
