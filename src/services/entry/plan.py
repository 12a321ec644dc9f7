"""What an entry does next; design/strategy.md section 4.1.

Per tranche: sell BTC for USDC and buy the same BTC in perpetuals in the same breath, move the USDC to the treasury,
mint JLP in chunks, and short each chunk's exposure as it arrives.
"""

from collections.abc import Sequence
from decimal import Decimal

from ballast.domain.hedge.marks import Marks
from ballast.domain.hedge.quote import SPOT_SYMBOL, perp_symbol
from ballast.domain.hedge.tranche import tranche_parts
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, HEDGED, SHARE, USDC
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.number import ROUND_DOWN, ZERO, divide, ratio, round_to_places
from ballast.domain.ledger.events import ActionKind, ActionSettled, OperationClosed, Outcome
from ballast.domain.ledger.operation import OperationRecord
from ballast.ports.vault_contract import Finality
from ballast.services.desk import Desk
from ballast.services.operations.chunks import next_chunk
from ballast.services.operations.legs import Want, perp_wants, plan_legs
from ballast.services.operations.steps import DoAction, DoLegs, Step, Wait


async def plan(desk: Desk, operation: OperationRecord) -> Step:
    """Return the entry's next step from what its record proves."""
    deposit = operation.opened.amount
    key = operation.opened.subject
    if operation.confirmed(0, "release") is None:
        return DoAction(0, "release", ActionKind.RELEASE, deposit, key=key)
    if operation.confirmed(0, "forward") is None:
        return DoAction(0, "forward", ActionKind.FORWARD, deposit)
    to_sell = await _to_sell(desk, deposit)
    if operation.confirmed(0, "margin") is None:
        return DoAction(0, "margin", ActionKind.TO_MARGIN, deposit - to_sell)
    for tranche, part in enumerate(tranche_parts(to_sell, operation.opened.tranches)):
        step = await _tranche(desk, operation, tranche, part)
        if step is not None:
            return step
    unsold = deposit - (deposit - to_sell) - _sold(operation)
    if unsold.quantity > 0 and operation.confirmed(0, "sweep") is None:
        return DoAction(0, "sweep", ActionKind.TO_MARGIN, unsold)
    return await _fulfil(desk, operation)


async def _to_sell(desk: Desk, deposit: Amount) -> Amount:
    """Return the JLP part of a deposit on the perpetual's grid, so that each sale can be matched exactly."""
    instrument = (await desk.instruments())[perp_symbol(BTC)]
    return Amount(BTC, instrument.quantity_down(deposit.quantity * desk.settings.jlp_share))


async def _tranche(desk: Desk, operation: OperationRecord, tranche: int, part: Amount) -> Step | None:
    """Return what is next in one tranche, None when it is complete."""
    trade = operation.legs_closed(tranche, "trade")
    if trade is None:
        wants = (Want("sellspot", SPOT_SYMBOL, -part.quantity), Want("buyperp", perp_symbol(BTC), part.quantity))
        return DoLegs(await plan_legs(desk, operation.id, tranche, "trade", wants))
    sold = trade.legs.get("sellspot")
    usdc = sold.received - desk.settings.fees.usdc_withdrawal if sold else ZERO
    if usdc <= 0:
        return None
    moved = operation.confirmed(tranche, "withdraw")
    if moved is None:
        amount = Amount(USDC, round_to_places(usdc, desk.settings.usdc_decimals, ROUND_DOWN))
        return DoAction(tranche, "withdraw", ActionKind.WITHDRAW_TO_TREASURY, amount)
    if moved.received is None:
        raise InvariantError(f"{moved.intent} arrived without an amount", intent=moved.intent)
    return await next_chunk(desk, operation, tranche, ActionKind.MINT, moved.received, desk.settings.chunks_max)


def _sold(operation: OperationRecord) -> Amount:
    done = (record.legs["sellspot"].done for (_, step), record in operation.legs.items()
            if step == "trade" and "sellspot" in record.legs)  # fmt: skip
    return Amount(BTC, sum(done, ZERO))


async def _fulfil(desk: Desk, operation: OperationRecord) -> Step:
    """Make the shares: what the deposit brought after its costs, at the price of the shares that are there."""
    key = operation.opened.subject
    if (await desk.vault.request(key)).finality is not Finality.FINAL:
        return Wait("the deposit is not final on chain")
    marks = (await desk.observe()).marks
    brought = _brought(desk, operation, marks)
    shares = Amount(SHARE, divide(brought, desk.share_price_btc(marks), SHARE.scale, ROUND_DOWN))
    return DoAction(0, "fulfil", ActionKind.FULFIL_DEPOSIT, shares, key=key)


def _brought(desk: Desk, operation: OperationRecord, marks: Marks) -> Decimal:
    """Return what the deposit is worth now, in BTC: grown with everything else, less its own costs."""
    grown = operation.opened.amount.quantity * desk.growth(operation, marks)
    return grown - ratio(operation.cost_usd, marks.prices[BTC])


async def follow_up(desk: Desk, operation: OperationRecord, settled: ActionSettled) -> Sequence[Event]:
    """Return what must be recorded in the same breath: the hedge of minted JLP, the end after the fulfilment."""
    record = operation.action(settled.tranche, settled.step)
    if record is None or (settled.received is None and record.sent.kind is ActionKind.MINT):
        raise InvariantError(f"{settled.intent} settled without its record", intent=settled.intent)
    if record.sent.kind is ActionKind.MINT and settled.received is not None:
        jlp = settled.received.quantity
        quantities = {asset: -jlp * settled.marks.jlp_delta[asset] for asset in HEDGED}
        step = settled.step.replace("mint", "hedge")
        return [await plan_legs(desk, operation.id, settled.tranche, step, perp_wants(step, quantities))]
    if record.sent.kind is ActionKind.FULFIL_DEPOSIT:
        brought = _brought(desk, operation, settled.marks)
        price = ratio(operation.opened.amount.quantity, record.sent.amount.quantity)
        base = round_to_places(brought, BTC.scale, ROUND_DOWN)
        return [OperationClosed(operation.id, Outcome.COMPLETED, base, price_per_share=price)]
    return ()
