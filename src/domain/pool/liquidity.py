"""Minting and redeeming JLP: what comes out, what it costs, and the pool afterwards.

Every rounding favours the pool. A stable that comes in counts at most 1 dollar, one that leaves at least 1: the
program's own price for that step is not published, and this reading never promises more than it pays.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TypeVar

from attrs import evolve, frozen

from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.kernel.number import ROUND_CEILING, round_to_places
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.fees import Flow, discounted_usd_max, liquidity_fee_bps
from ballast.domain.pool.scale import BPS_PER_ONE, ceil_divide, usd_divisor
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management, pegged

AMOUNT_LIMIT = "PoolAmountLimit (6024)"


@frozen(kw_only=True)
class MintResult:
    """Tokens paid into one custody (`tokens_in`, `fee`: token units) for JLP (`lp_out`: 1e-6), and the pool after it.

    `usd` is the order's value before the fee (1e-6 dollars); `fee` is part of `tokens_in`.
    """

    tokens_in: int
    lp_out: int
    usd: int
    fee: int
    fee_bps: Decimal
    state: PoolState

    @property
    def received(self) -> int:
        """Return what the order is made for: JLP in 1e-6."""
        return self.lp_out


@frozen(kw_only=True)
class RedeemResult:
    """JLP burnt (`lp_in`: 1e-6) for tokens (`tokens_out`, `fee`: token units), and the pool after it.

    `usd` is the order's value before the fee (1e-6 dollars); `fee` has been taken off `tokens_out`.
    """

    lp_in: int
    tokens_out: int
    usd: int
    fee: int
    fee_bps: Decimal
    state: PoolState

    @property
    def received(self) -> int:
        """Return what the order is made for: token units."""
        return self.tokens_out


_Result = TypeVar("_Result", MintResult, RedeemResult)


def price_in_e8(custody: Custody, price_e8: int) -> int:
    """Return the price a token counts at when it comes in: a stable's at most 1 dollar."""
    return pegged(price_e8, PriceMode.MIN) if custody.is_stable else price_e8


def price_out_e8(custody: Custody, price_e8: int) -> int:
    """Return the price a token counts at when it leaves: a stable's at least 1 dollar."""
    return pegged(price_e8, PriceMode.MAX) if custody.is_stable else price_e8


def mint(state: PoolState, address: str, tokens_in: int) -> MintResult:
    """Pay `tokens_in` (token units, > 0) into the custody at `address` for JLP at the Max valuation.

    Raises InvalidInput for a quantity that is not positive, RuleBroken for a pool without value.
    """
    _positive("tokens_in", tokens_in)
    index = state.index(address)
    custody = state.custodies[index]
    price_e8, divisor = price_in_e8(custody, state.feeds[index].price_e8), usd_divisor(custody.decimals)
    usd = tokens_in * price_e8 // divisor
    fee_bps = liquidity_fee_bps(state, address, usd, Flow.IN)
    fee = _fee(tokens_in, fee_bps)
    lp_out = ((tokens_in - fee) * price_e8 // divisor) * state.supply // _aum(state, PriceMode.MAX)
    protocol = _protocol_share(state, fee)
    owned, reserves = custody.owned + tokens_in - protocol, custody.fees_reserves + protocol
    after = _settled(state, evolve(custody, owned=owned, fees_reserves=reserves), lp_out, PriceMode.MAX)
    return MintResult(tokens_in=tokens_in, lp_out=lp_out, usd=usd, fee=fee, fee_bps=fee_bps, state=after)


def redeem(state: PoolState, address: str, lp_in: int) -> RedeemResult:
    """Burn `lp_in` (JLP in 1e-6, > 0, below the supply) for tokens of one custody at the Min valuation.

    The withdrawal counts into the custody's window at the state's own time. Raises InvalidInput for a quantity out of
    range, RuleBroken(PoolAmountLimit) when the custody's liquid tokens do not suffice.
    """
    _positive("lp_in", lp_in)
    if lp_in >= state.supply:
        raise InvalidInput("lp_in", f"less than the supply of {state.supply}", str(lp_in))
    index = state.index(address)
    custody = state.custodies[index]
    usd = lp_in * _aum(state, PriceMode.MIN) // state.supply
    gross = usd * usd_divisor(custody.decimals) // price_out_e8(custody, state.feeds[index].price_e8)
    if gross > custody.liquid:
        raise RuleBroken(AMOUNT_LIMIT, f"at most {custody.liquid} liquid units of {custody.symbol}", str(gross))
    fee_bps = liquidity_fee_bps(state, address, usd, Flow.OUT)
    fee = _fee(gross, fee_bps)
    protocol, out = _protocol_share(state, fee), gross - fee
    left = evolve(
        custody,
        owned=custody.owned - out - protocol,
        fees_reserves=custody.fees_reserves + protocol,
        withdrawal=custody.withdrawal.after(out, state.time),
    )
    after = _settled(state, left, -lp_in, PriceMode.MIN)
    return RedeemResult(lp_in=lp_in, tokens_out=out, usd=usd, fee=fee, fee_bps=fee_bps, state=after)


def plan_mint(state: PoolState, address: str, tokens_in: int, chunks_max: int) -> tuple[MintResult, ...]:
    """Split a mint of `tokens_in` token units into at most `chunks_max` chunks; the rule is that of `plan_redeem`."""
    return _best_split(
        state, tokens_in, chunks_max, partial(_discounted_tokens, address), lambda now, units: mint(now, address, units)
    )


def plan_redeem(state: PoolState, address: str, lp_in: int, chunks_max: int) -> tuple[RedeemResult, ...]:
    """Split a redemption of `lp_in` JLP (1e-6) into at most `chunks_max` chunks (> 0), each with the pool after it.

    An order that the fee discount covers stays whole. Otherwise tried are: the order at once, and any number of chunks
    as large as the discount allows, then equal parts (the surcharge grows with the part). The split that pays out most
    is returned; a transaction's own cost is the caller's to bound by `chunks_max`. Raises as `redeem`.
    """
    return _best_split(
        state, lp_in, chunks_max, partial(_discounted_lp, address), lambda now, units: redeem(now, address, units)
    )


def _best_split(
    state: PoolState,
    order: int,
    chunks_max: int,
    discounted: Callable[[PoolState], int],
    act: Callable[[PoolState, int], _Result],
) -> tuple[_Result, ...]:
    _positive("chunks_max", chunks_max)
    _positive("order", order)
    at_once = (act(state, order),)
    if order <= discounted(state):
        return at_once
    splits: list[tuple[_Result, ...]] = [at_once]
    leading: list[_Result] = []
    left = order
    for parts in range(chunks_max, 0, -1):
        splits.append(tuple(leading) + _equal_parts(state, left, parts, act))
        chunk = min(left, discounted(state))
        if not chunk:
            break
        leading.append(act(state, chunk))
        state, left = leading[-1].state, left - chunk
    return max(splits, key=lambda results: sum(result.received for result in results))


def _equal_parts(
    state: PoolState, order: int, parts: int, act: Callable[[PoolState, int], _Result]
) -> tuple[_Result, ...]:
    results: list[_Result] = []
    left = order
    for number in range(parts, 0, -1):
        chunk = ceil_divide(left, number)
        if chunk:
            results.append(act(state, chunk))
            state, left = results[-1].state, left - chunk
    return tuple(results)


def _discounted_tokens(address: str, state: PoolState) -> int:
    index = state.index(address)
    custody = state.custodies[index]
    usd = discounted_usd_max(state, address, Flow.IN)
    return usd * usd_divisor(custody.decimals) // price_in_e8(custody, state.feeds[index].price_e8)


def _discounted_lp(address: str, state: PoolState) -> int:
    return discounted_usd_max(state, address, Flow.OUT) * state.supply // _aum(state, PriceMode.MIN)


def _settled(state: PoolState, custody: Custody, lp_change: int, mode: PriceMode) -> PoolState:
    # The cached AUM moves with the order, or a large order would later look like a move of the JLP price.
    after = evolve(state.with_custody(custody), supply=state.supply + lp_change)
    change = assets_under_management(after, mode) - assets_under_management(state, mode)
    return evolve(after, pool=evolve(state.pool, aum_usd=max(0, state.pool.aum_usd + change)))


def _aum(state: PoolState, mode: PriceMode) -> int:
    aum = assets_under_management(state, mode)
    if not aum:
        raise RuleBroken("pool AUM", "more than zero", "0")
    return aum


def _fee(units: int, fee_bps: Decimal) -> int:
    return int(round_to_places((units * fee_bps).scaleb(-4), 0, ROUND_CEILING))


def _protocol_share(state: PoolState, fee: int) -> int:
    return fee * state.pool.fees.protocol_share_bps // BPS_PER_ONE


def _positive(field: str, value: int) -> None:
    if value <= 0:
        raise InvalidInput(field, "more than zero", str(value))
