"""Minting and redeeming in chunks that stay inside the pool's fee discount, each hedged as it settles."""

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, USDC
from ballast.domain.kernel.number import ONE, ROUND_DOWN, ZERO, from_units, round_to_places, whole_units
from ballast.domain.ledger.events import ActionKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.pool.limits import check_mint, check_redeem
from ballast.domain.pool.liquidity import plan_mint, plan_redeem
from ballast.services.desk import Desk
from ballast.services.operations.steps import DoAction, Step

_NAMES = {ActionKind.MINT: ("mint", "hedge"), ActionKind.REDEEM: ("redeem", "unwind")}


async def next_chunk(
    desk: Desk, operation: OperationRecord, tranche: int, kind: ActionKind, whole: Amount, chunks_max: int
) -> Step | None:
    """Return the next pool action of a tranche, None when all of `whole` (USDC to mint, JLP to redeem) is done.

    The legs that hedge a chunk are recorded with the chunk's proof, so a chunk is never without them.
    """
    act, _ = _NAMES[kind]
    done = ZERO
    for chunk in range(chunks_max):
        settled = operation.confirmed(tranche, f"{act}{chunk}")
        if settled is None:
            left = Amount(whole.asset, whole.quantity - done)
            return await _pool_action(desk, tranche, f"{act}{chunk}", kind, left, chunks_max - chunk)
        record = operation.action(tranche, f"{act}{chunk}")
        done += record.sent.amount.quantity if record else ZERO
        if done >= whole.quantity:
            return None
    return None


async def _pool_action(
    desk: Desk, tranche: int, step: str, kind: ActionKind, left: Amount, chunks_max: int
) -> DoAction:
    """Size one chunk by our own fee mathematics and bound what it must bring; raises RuleBroken if the pool would."""
    pool = (await desk.observe()).pool
    usdc = pool.address_of(USDC)
    decimals = pool.custodies[pool.index(usdc)].decimals
    keep = ONE - desk.settings.pool_slippage.fraction
    if kind is ActionKind.MINT:
        chunk = plan_mint(pool, usdc, whole_units(left.quantity, decimals), chunks_max)[0]
        result = check_mint(pool, usdc, chunk.tokens_in, pool.time)
        receive = Amount.rounded(JLP, from_units(result.lp_out, JLP.scale) * keep, ROUND_DOWN)
        return DoAction(tranche, step, kind, Amount(USDC, from_units(chunk.tokens_in, decimals)), receive)
    cut = plan_redeem(pool, usdc, whole_units(left.quantity, JLP.scale), chunks_max)[0]
    back = check_redeem(pool, usdc, cut.lp_in, pool.time)
    least = Amount(USDC, round_to_places(from_units(back.tokens_out, decimals) * keep, decimals, ROUND_DOWN))
    return DoAction(tranche, step, kind, Amount(JLP, from_units(cut.lp_in, JLP.scale)), least)
