"""What an exit does next; design/strategy.md section 4.5.

Per tranche: redeem JLP and buy its hedges back, move the USDC to the venue, buy BTC and sell the same perpetuals. Then
fix the payout, take what is missing from the margin, send it to the contract and make it claimable. The last exit of
all shares closes every position and turns all cash into BTC before the payout.
"""

from collections.abc import Sequence
from decimal import Decimal

from ballast.domain.hedge.quote import SPOT_SYMBOL, perp_symbol
from ballast.domain.hedge.tranche import tranche_parts
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.number import ONE, ROUND_DOWN, ROUND_FLOOR, ZERO, divide, ratio, round_to_places
from ballast.domain.ledger.entry import Entry, Place
from ballast.domain.ledger.events import ActionKind, ActionSettled, OperationClosed, Outcome, PayoutFixed
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.exit.wind_up import leaves_all, wind_up, write_off
from ballast.services.operations.legs import Want, plan_legs
from ballast.services.operations.redeem import redeem_and_remit, redeemed, unwind_redeemed
from ballast.services.operations.steps import DoAction, DoLegs, Record, Step, Wait


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
            if operation.legs_closed(tranche, "buyback") is None:
                return await _buy_back(desk, operation, tranche, "buyback", _unspent(operation))
    if leaves_all(desk, operation):
        others = [other.id for other in desk.state.operations.values() if other is not operation]
        return Wait("others finish first: " + ", ".join(others)) if others else await wind_up(desk, operation)
    unspent = _unspent(operation)
    if unspent > 0 and operation.confirmed(0, "sweep") is None:
        return DoAction(0, "sweep", ActionKind.TO_MARGIN, Amount(USDC, unspent))
    return await _raise(desk, operation)


async def _buy_back(desk: Desk, operation: OperationRecord, tranche: int, step: str, usdc: Decimal) -> Step:
    """Plan buying BTC with USDC and selling the same perpetuals, as much as is affordable at the worst limit."""
    worst = (await desk.venue.book(SPOT_SYMBOL)).mid * (ONE + desk.settings.slippage.fraction)
    perp = (await desk.instruments())[perp_symbol(BTC)]
    quantity = perp.quantity_down(divide(max(usdc, ZERO), worst, BTC.scale, ROUND_FLOOR))
    wants = (Want("buyspot", SPOT_SYMBOL, quantity), Want("sellperp", perp_symbol(BTC), -quantity))
    return DoLegs(await plan_legs(desk, operation.id, tranche, step, wants))


def _unspent(operation: OperationRecord) -> Decimal:
    """Return the USDC that redemptions brought and buying has not spent."""
    spent = (record.legs["buyspot"].value for record in operation.legs.values() if "buyspot" in record.legs)
    return redeemed(operation).quantity - sum(spent, ZERO)


def _bought(operation: OperationRecord) -> Decimal:
    got = (record.legs["buyspot"].received for record in operation.legs.values() if "buyspot" in record.legs)
    return sum(got, ZERO)


async def _raise(desk: Desk, operation: OperationRecord) -> Step | None:
    """Turn margin USDC into BTC where the margin's own BTC would not cover the payout."""
    if operation.legs_closed(0, "raisebuy") is not None:
        return None
    moved = operation.confirmed(0, "raise")
    if moved is None:
        marks = (await desk.observe()).marks
        payout, _ = await _terms(desk, operation)
        margin_btc = desk.state.balance(Place.VENUE_MARGIN, BTC)
        short = payout.quantity + desk.settings.fees.btc_withdrawal - _bought(operation) - margin_btc
        if short <= 0:
            return None
        room = ONE + desk.settings.pool_slippage.fraction
        wanted = divide(short * marks.prices[BTC] * room, marks.prices[USDC], USDC.scale, ROUND_DOWN)
        usdc = min(wanted, max(desk.state.balance(Place.VENUE_MARGIN, USDC), ZERO))
        return DoAction(0, "raise", ActionKind.TO_SPOT, Amount(USDC, usdc))
    record = operation.action(0, "raise")
    return await _buy_back(desk, operation, 0, "raisebuy", record.sent.amount.quantity if record else ZERO)


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
