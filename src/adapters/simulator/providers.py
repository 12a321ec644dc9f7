"""The pool's other liquidity providers: they bring USDC when it is scarce and take it when there is plenty.

Recorded accounts say what the pool held once, not who came later. Over weeks of other prices USDC alone would leave the
weight band, and every mint or redemption in it would be refused, which the fee discount keeps from happening: whoever
moves USDC towards its target pays least. So others are taken to act once it has moved half the band's width away, at
the pool's own fees, and no further than that.
"""

from ballast.domain.kernel.asset import USDC
from ballast.domain.pool.liquidity import mint, price_in_e8, redeem
from ballast.domain.pool.scale import BPS_PER_ONE, usd_divisor
from ballast.domain.pool.state import PoolState

_HALF = 2


def others_act(state: PoolState, aums_usd: tuple[int, ...]) -> PoolState:
    """Return the pool after the others' mint or redemption; the same object while USDC is near its target.

    `aums_usd` are the custodies' parts of the AUM in the mode Min (1e-6 dollars), in the pool's order.
    """
    address = state.address_of(USDC)
    index = state.index(address)
    custody, price_e8 = state.custodies[index], state.feeds[index].price_e8
    whole, held = sum(aums_usd), aums_usd[index]
    half_width = custody.target_ratio_bps * state.pool.token_weightage_buffer_bps // BPS_PER_ONE // _HALF
    low, high = custody.target_ratio_bps - half_width, custody.target_ratio_bps + half_width
    if held * BPS_PER_ONE < low * whole:
        usd = (low * whole - held * BPS_PER_ONE) // (BPS_PER_ONE - low)
        units = usd * usd_divisor(custody.decimals) // price_in_e8(custody, price_e8)
        return mint(state, address, units).state if units else state
    if held * BPS_PER_ONE > high * whole:
        usd = (held * BPS_PER_ONE - high * whole) // (BPS_PER_ONE - high)
        shares = usd * state.supply // whole
        return redeem(state, address, shares).state if shares else state
    return state
