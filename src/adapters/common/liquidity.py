"""A treasury's orders to the pool, settled by the pool's own mathematics."""

from datetime import datetime

from ballast.domain.kernel.amount import Amount, BaseUnits
from ballast.domain.kernel.asset import JLP
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.pool.limits import check_mint, check_redeem
from ballast.domain.pool.state import PoolState
from ballast.ports.treasury import Mint, Redeem


def settle(state: PoolState, order: Mint | Redeem, now: datetime) -> tuple[PoolState, Amount]:
    """Return the pool after an order at `now` (aware UTC), and what the order brings.

    Raises RuleBroken when the pool's limits or the order's least amount forbid it, InvalidInput for an amount that is
    not above zero, an asset the pool does not hold, or digits the chain cannot carry.
    """
    after, received = _mint(state, order, now) if isinstance(order, Mint) else _redeem(state, order, now)
    if received < order.receive_min:
        raise RuleBroken("least amount received", str(order.receive_min), str(received))
    return after, received


def _mint(state: PoolState, order: Mint, now: datetime) -> tuple[PoolState, Amount]:
    address = state.address_of(order.pay.asset)
    decimals = state.custodies[state.index(address)].decimals
    result = check_mint(state, address, BaseUnits.from_amount(order.pay, decimals).units, now)
    return result.state, BaseUnits(JLP, result.lp_out, JLP.scale).amount()


def _redeem(state: PoolState, order: Redeem, now: datetime) -> tuple[PoolState, Amount]:
    stable = order.receive_min.asset
    address = state.address_of(stable)
    result = check_redeem(state, address, BaseUnits.from_amount(order.pay, JLP.scale).units, now)
    decimals = state.custodies[state.index(address)].decimals
    return result.state, BaseUnits(stable, result.tokens_out, decimals).amount()
