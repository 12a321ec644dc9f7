"""The pool's dynamic fee: cheaper when an order brings a custody to its target weight, dearer when it does not.

Formula: the program's reference code (facts of mint, redeem and swap fees); settings are read from the Pool account.
Vendor pages name other base rates for mint and redeem (10 and 2 bps); the chain's addRemoveLiquidityBps is used.
"""

from decimal import Decimal
from enum import Enum

from ballast.domain.kernel.number import ROUND_CEILING, ROUND_FLOOR, ZERO, divide
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.scale import BPS_PER_ONE, usd_divisor
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management

FEE_PLACES = 6


class Flow(Enum):
    """Which way tokens move, seen from the custody."""

    IN = "in"
    OUT = "out"


def mode_of(flow: Flow) -> PriceMode:
    """Return the valuation an order is settled at: Max when tokens come in, Min when they leave."""
    return PriceMode.MAX if flow is Flow.IN else PriceMode.MIN


def sleeve_usd(custody: Custody, price_e8: int) -> int:
    """Return a custody's value as the fee sees it (1e-6 dollars): raw price, shorts' PnL left out."""
    divisor = usd_divisor(custody.decimals)
    if custody.is_stable:
        return custody.owned_with_debt * price_e8 // divisor
    return max(0, custody.owned - custody.locked) * price_e8 // divisor + custody.guaranteed_usd


def target_usd(state: PoolState, address: str, flow: Flow) -> int:
    """Return the value a custody should have (1e-6 dollars), rounded down."""
    aum = assets_under_management(state, mode_of(flow))
    return aum * state.custodies[state.index(address)].target_ratio_bps // BPS_PER_ONE


def dynamic_fee_bps(base_bps: int, tax_bps: int, target: int, before: int, after: int) -> Decimal:
    """Return the fee of moving a sleeve from `before` to `after` with its `target` (all 1e-6 dollars), in bps.

    Nearer to the target: base less tax x |before - target| / target, not below 0. Otherwise base plus tax x the mean
    of both distances (at most the target) / target. 0 without a target. Six places, rounded in the pool's favour.
    """
    if not target:
        return ZERO
    gap_before, gap_after = abs(before - target), abs(after - target)
    if gap_after < gap_before:
        return max(base_bps - divide(Decimal(tax_bps * gap_before), Decimal(target), FEE_PLACES, ROUND_FLOOR), ZERO)
    both_gaps = min(gap_before + gap_after, 2 * target)
    return base_bps + divide(Decimal(tax_bps * both_gaps), Decimal(2 * target), FEE_PLACES, ROUND_CEILING)


def liquidity_fee_bps(state: PoolState, address: str, usd: int, flow: Flow) -> Decimal:
    """Return the fee for minting (IN) or redeeming (OUT) `usd` (1e-6 dollars) through one custody, in bps."""
    fees = state.pool.fees
    rates = (fees.add_remove_liquidity_bps, fees.tax_bps, fees.swap_multiplier)
    return _leg_bps(state, address, usd, flow, rates)


def swap_fee_bps(state: PoolState, address_in: str, address_out: str, usd: int) -> Decimal:
    """Return the fee of swapping `usd` (1e-6 dollars) through the pool: the dearer of its two legs, in bps."""
    fees = state.pool.fees
    rates = (fees.swap_bps, fees.tax_bps, fees.swap_multiplier)
    if all(state.custodies[state.index(address)].is_stable for address in (address_in, address_out)):
        rates = (fees.stable_swap_bps, fees.stable_swap_tax_bps, fees.stable_swap_multiplier)
    legs = ((address_in, Flow.IN), (address_out, Flow.OUT))
    return max(_leg_bps(state, address, usd, flow, rates) for address, flow in legs)


def discounted_usd_max(state: PoolState, address: str, flow: Flow) -> int:
    """Return the largest mint or redemption (1e-6 dollars) that still gets the discount, 0 when none does.

    The fee moves the sleeve by multiplier x usd, so the discount lasts while that stays under twice the distance to
    the target. A redemption cannot move it below 0: from more than twice the target the whole sleeve is discounted.
    """
    index = state.index(address)
    before = sleeve_usd(state.custodies[index], state.feeds[index].price_e8)
    target = target_usd(state, address, flow)
    distance = target - before if flow is Flow.IN else before - target
    if distance <= 0 or not target:
        return 0
    if flow is Flow.OUT and before > 2 * target:
        return before
    return (2 * distance - 1) // state.pool.fees.swap_multiplier


def _leg_bps(state: PoolState, address: str, usd: int, flow: Flow, rates: tuple[int, int, int]) -> Decimal:
    base_bps, tax_bps, multiplier = rates
    index = state.index(address)
    before = sleeve_usd(state.custodies[index], state.feeds[index].price_e8)
    moved = multiplier * usd
    after = before + moved if flow is Flow.IN else max(0, before - moved)
    return dynamic_fee_bps(base_bps, tax_bps, target_usd(state, address, flow), before, after)
