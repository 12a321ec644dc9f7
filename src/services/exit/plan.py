"""What an exit does next; design/strategy.md section 4.5.

Per tranche: redeem JLP and buy its hedges back, move the USDC to the venue, buy BTC and sell the same perpetuals. Then
fix the payout, take what is missing from the margin, send it to the contract and make it claimable. The last exit of
all shares closes every position and turns all cash into BTC before the payout.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ballast.domain.execution.instrument import Market, Side
from ballast.domain.hedge.quote import perp_symbol
from ballast.domain.hedge.tranche import tranche_parts
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.number import (
    ONE,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ZERO,
    divide,
    ratio,
    round_to_places,
    round_to_step,
)
from ballast.domain.ledger.entry import Entry, Place
from ballast.domain.ledger.events import ActionKind, ActionSettled, OperationClosed, Outcome, PayoutFixed
from ballast.domain.ledger.operation import LegRecord, OperationRecord
from ballast.services.desk import Desk
from ballast.services.exit.wind_up import BUY_WITH, leaves_all, wind_up, write_off
from ballast.services.operations.legs import Want, plan_legs
from ballast.services.operations.redeem import redeem_and_remit, redeemed, unwind_redeemed
from ballast.services.operations.steps import DoAction, DoLegs, Record, Step, Wait

RAISES_MAX = 4


async def plan(desk: Desk, operation: OperationRecord) -> Step:
    """Return the exit's next step from what its record proves."""
    if operation.payout is None:
        step = await _get_out(desk, operation)
        return step if step is not None else await _fix_payout(desk, operation)
    payout = operation.payout.payout
    if operation.confirmed(0, "withdraw") is None:
        missing = payout.quantity + desk.settings.fees.btc_withdrawal - desk.state.balance(Place.VENUE_SPOT, BTC)
        if missing > 0:
            return DoAction(0, "fund", ActionKind.TO_SPOT, Amount(BTC, missing))
        return DoAction(0, "withdraw", ActionKind.WITHDRAW_TO_CONTRACT, payout)
    return DoAction(0, "fulfil", ActionKind.FULFIL_WITHDRAWAL, payout, key=operation.opened.subject)


async def _get_out(desk: Desk, operation: OperationRecord) -> Step | None:
    """Return what is next until all BTC for the payout is at the venue, None when it is."""
    jlp = operation.opened.jlp
    if jlp is not None and jlp.quantity:
        for tranche, part in enumerate(tranche_parts(jlp, operation.opened.tranches)):
            step = await redeem_and_remit(desk, operation, tranche, part, desk.settings.chunks_max)
            if step is not None:
                return step
            if operation.legs_closed(tranche, "buy") is None:
                return await _buy_back(desk, operation, tranche, "buy", Amount(USDC, _unspent(operation)))
    if leaves_all(desk, operation):
        others = [other.id for other in desk.state.operations.values() if other is not operation]
        return Wait("others finish first: " + ", ".join(others)) if others else await wind_up(desk, operation)
    unspent = _unspent(operation)
    if unspent > 0 and operation.confirmed(0, "sweep") is None:
        return DoAction(0, "sweep", ActionKind.TO_MARGIN, Amount(USDC, unspent))
    return await _raise(desk, operation)


async def _buy_back(desk: Desk, operation: OperationRecord, tranche: int, step: str, paid: Amount) -> Step:
    """Plan buying BTC with a stable and selling the same perpetuals, as much as is affordable at the worst limit."""
    worst = await _worst(desk, paid.asset)
    perp = (await desk.instruments())[perp_symbol(BTC)]
    quantity = perp.quantity_down(divide(max(paid.quantity, ZERO), worst, BTC.scale, ROUND_FLOOR))
    sell = step.replace("buy", "sell")
    wants = (Want(step, BUY_WITH[paid.asset], quantity), Want(sell, perp_symbol(BTC), -quantity))
    return DoLegs(await plan_legs(desk, operation.id, tranche, step, wants))


def _purchases(operation: OperationRecord) -> Iterator[LegRecord]:
    """Iterate over the legs that bought BTC."""
    for record in operation.legs.values():
        yield from (leg for leg in record.legs.values() if leg.plan.market is Market.SPOT and leg.plan.side is Side.BUY)


def _unspent(operation: OperationRecord) -> Decimal:
    """Return the USDC that redemptions brought and buying has not spent."""
    spent = (leg.value for leg in _purchases(operation) if leg.plan.quote is USDC)
    return redeemed(operation).quantity - sum(spent, ZERO)


async def _raise(desk: Desk, operation: OperationRecord) -> Step | None:
    """Turn margin stables into BTC where the margin's own BTC would not cover the payout.

    Selling the perpetuals against it realises their profit, which may be what the next attempt pays with.
    """
    for attempt in range(RAISES_MAX):
        for asset in BUY_WITH:
            step = await _raise_from(desk, operation, asset, attempt)
            if step is not None:
                return step
    return None


async def _raise_from(desk: Desk, operation: OperationRecord, asset: Asset, attempt: int) -> Step | None:
    """Fetch what is missing from one stable, then buy BTC with it and sell the same perpetuals."""
    fetch, buy = (f"{verb}{attempt}{asset.value.lower()}" for verb in ("raise", "buy"))
    if operation.legs_closed(0, buy) is not None:
        return None
    record = operation.action(0, fetch)
    if record is not None and operation.confirmed(0, fetch):
        return await _buy_back(desk, operation, 0, buy, record.sent.amount)
    wanted = min(await _missing(desk, operation, asset), await _spare(desk, asset))
    return DoAction(0, fetch, ActionKind.TO_SPOT, wanted) if wanted.quantity > 0 else None


async def _missing(desk: Desk, operation: OperationRecord, asset: Asset) -> Amount:
    """Return how much of a stable buys the BTC that the payout lacks, also at the worst limit of a moving book."""
    payout, _ = await _terms(desk, operation)
    margin_btc = desk.state.balance(Place.VENUE_MARGIN, BTC)
    bought = sum((leg.received for leg in _purchases(operation)), ZERO)
    short = payout.quantity + desk.settings.fees.btc_withdrawal - bought - margin_btc
    if short <= 0:
        return Amount.zero(asset)
    step = (await desk.instruments())[perp_symbol(BTC)].step
    received = ONE - desk.settings.fees.spot.fraction
    quantity = round_to_step(divide(short, received, BTC.scale, ROUND_CEILING), step, ROUND_CEILING)
    room = ONE + desk.settings.pool_slippage.fraction
    return Amount.rounded(asset, quantity * await _worst(desk, asset) * room, ROUND_CEILING)


async def _spare(desk: Desk, asset: Asset) -> Amount:
    """Return what the margin wallet has of a stable beyond the reserve that the positions ask for."""
    account = (await desk.observe()).account
    notional = sum((abs(held.quantity) * held.mark_price for held in account.positions.values()), ZERO)
    kept = desk.settings.reserve.target.fraction * notional if asset is USDT else ZERO
    held = desk.state.balance(Place.VENUE_MARGIN, asset)
    return Amount.rounded(asset, max(ZERO, held - kept), ROUND_DOWN)


async def _worst(desk: Desk, asset: Asset) -> Decimal:
    """Return the most a BTC may cost in a stable: a purchase must be affordable at its limit."""
    return (await desk.venue.book(BUY_WITH[asset])).mid * (ONE + desk.settings.slippage.fraction)


async def _terms(desk: Desk, operation: OperationRecord) -> tuple[Amount, Decimal]:
    """Return (payout, gross value) in BTC: the shares' price without this exit's costs, less those costs."""
    marks = (await desk.observe()).marks
    fee = desk.settings.fees.btc_withdrawal
    gross = operation.opened.amount.quantity * desk.share_price_btc(marks)
    payout = gross - ratio(operation.cost_usd, marks.prices[BTC]) - fee
    return Amount.rounded(BTC, payout, ROUND_DOWN), gross


async def _fix_payout(desk: Desk, operation: OperationRecord) -> Step:
    """Fix what the withdrawer gets; for the last shares that is all there is."""
    marks = (await desk.observe()).marks
    shares = operation.opened.amount.quantity
    if leaves_all(desk, operation):
        payout = Amount(BTC, desk.state.balance(Place.VENUE_SPOT, BTC) - desk.settings.fees.btc_withdrawal)
        base_change, entry = -desk.state.hedge_base, write_off(desk.state)
    else:
        payout, gross = await _terms(desk, operation)
        base_change, entry = -round_to_places(gross, BTC.scale, ROUND_DOWN), Entry(())
    if payout.quantity <= 0:
        raise InvariantError(f"exit {operation.id} would pay {payout}", operation=operation.id)
    price = ratio(payout.quantity, shares)
    return Record((PayoutFixed(operation.id, payout, base_change, price, entry, marks),))


async def follow_up(desk: Desk, operation: OperationRecord, settled: ActionSettled) -> Sequence[Event]:
    """Return what must be recorded in the same breath: hedges of redeemed JLP, the end after the fulfilment."""
    record = operation.action(settled.tranche, settled.step)
    if record is not None and record.sent.kind is ActionKind.FULFIL_WITHDRAWAL and operation.payout is not None:
        price = operation.payout.price_per_share
        return [OperationClosed(operation.id, Outcome.COMPLETED, ZERO, price_per_share=price)]
    return await unwind_redeemed(desk, operation, settled)
