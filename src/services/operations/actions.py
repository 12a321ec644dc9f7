"""Sending an action once and proving what became of it."""

from ballast.domain.execution.rails import check_address
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import InvalidInput, InvariantError, NotAllowed, NotKnown, RuleBroken
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.identity import intent_id
from ballast.domain.ledger.entry import Entry
from ballast.domain.ledger.events import ActionDeparted, ActionKind, ActionSent, ActionSettled
from ballast.domain.ledger.operation import ActionRecord, OperationRecord
from ballast.domain.ledger.postings import (
    TRAVELS,
    action_entry,
    arrival_entry,
    departure_entry,
    pool_entry,
    withdrawal_entry,
)
from ballast.ports.actions import ActionReport, ActionState, Actor
from ballast.ports.treasury import Mint, Redeem, Remit, TreasuryAction
from ballast.ports.vault_contract import Forward, FulfilDeposit, FulfilWithdrawal, Release, VaultAction
from ballast.ports.venue import VenueAction, Wallet, WalletTransfer, Withdrawal
from ballast.services.desk import Desk
from ballast.services.operations.steps import DoAction, FollowUp

VENUE_KINDS = frozenset(
    {
        ActionKind.TO_MARGIN,
        ActionKind.TO_SPOT,
        ActionKind.WITHDRAW_TO_TREASURY,
        ActionKind.WITHDRAW_TO_CONTRACT,
    }
)
_TREASURY_KINDS = frozenset({ActionKind.MINT, ActionKind.REDEEM, ActionKind.REMIT_TO_VENUE})
_POOL_KINDS = frozenset({ActionKind.MINT, ActionKind.REDEEM})


async def send(desk: Desk, operation: OperationRecord, step: DoAction, actor: str) -> None:
    """Store an action under its derived id, then submit it; the outcome is proved by `settle`."""
    attempts = len(operation.actions.get((step.tranche, step.step), ()))
    intent = intent_id(operation.id, step.tranche, step.step, attempts)
    event = ActionSent(
        operation.id, step.tranche, step.step, intent, step.kind, step.amount, step.receive_min, step.key
    )
    await desk.record(actor, [event], operation.id)
    await _submit(desk, event)


async def settle(desk: Desk, operation: OperationRecord, record: ActionRecord, actor: str, follow_up: FollowUp) -> bool:
    """Try to prove an action's outcome and book it with what follows from it; False while nothing is proved."""
    sent = record.sent
    if record.departed is None:
        report = await _progress(desk, sent)
        if report.state is ActionState.UNRESOLVED:
            return False
        if report.state is ActionState.REFUSED:
            await _refuse(desk, sent, report.reason, actor)
            return True
        if sent.kind not in TRAVELS:
            await _confirm(desk, operation, sent, report, actor, follow_up)
            return True
        await _depart(desk, sent, report, actor)
    return await _arrive(desk, operation, sent, actor, follow_up)


async def _submit(desk: Desk, sent: ActionSent) -> ActionReport:
    """Submit a stored action; what the place refuses at the door was proved not to happen."""
    try:
        if sent.kind in VENUE_KINDS:
            return await desk.venue.submit(sent.intent, _venue_action(desk, sent))
        if sent.kind in _TREASURY_KINDS:
            return await desk.treasury.submit(sent.intent, _treasury_action(desk, sent))
        return await desk.vault.submit(sent.intent, _vault_action(sent))
    except (InvalidInput, RuleBroken, NotAllowed, NotKnown) as refusal:
        return ActionReport(sent.intent, ActionState.REFUSED, reason=str(refusal))


async def _progress(desk: Desk, sent: ActionSent) -> ActionReport:
    """Ask for proof; an action that provably never arrived is submitted again under its own id."""
    actor: Actor[VenueAction] | Actor[TreasuryAction] | Actor[VaultAction]
    if sent.kind in VENUE_KINDS:
        actor = desk.venue
    elif sent.kind in _TREASURY_KINDS:
        actor = desk.treasury
    else:
        actor = desk.vault
    report = await actor.progress(sent.intent)
    if report.state is ActionState.REFUSED and report.reason == "never received":
        return await _submit(desk, sent)
    return report


def _venue_action(desk: Desk, sent: ActionSent) -> VenueAction:
    addresses = desk.settings.addresses
    match sent.kind:
        case ActionKind.TO_MARGIN:
            return WalletTransfer(sent.amount, Wallet.SPOT, Wallet.MARGIN)
        case ActionKind.TO_SPOT:
            return WalletTransfer(sent.amount, Wallet.MARGIN, Wallet.SPOT)
        case ActionKind.WITHDRAW_TO_TREASURY:
            return Withdrawal(sent.amount, check_address(addresses.treasury, addresses.whitelist))
        case _:
            return Withdrawal(sent.amount, check_address(addresses.contract, addresses.whitelist))


def _treasury_action(desk: Desk, sent: ActionSent) -> TreasuryAction:
    if sent.kind is ActionKind.REMIT_TO_VENUE:
        addresses = desk.settings.addresses
        return Remit(sent.amount, check_address(addresses.venue, addresses.whitelist))
    if sent.receive_min is None:
        raise InvariantError(f"pool action {sent.intent} without a least amount", intent=sent.intent)
    return (Mint if sent.kind is ActionKind.MINT else Redeem)(sent.amount, sent.receive_min)


def _vault_action(sent: ActionSent) -> VaultAction:
    match sent.kind:
        case ActionKind.RELEASE:
            return Release(sent.key)
        case ActionKind.FORWARD:
            return Forward(sent.amount)
        case ActionKind.FULFIL_DEPOSIT:
            return FulfilDeposit(sent.key, sent.amount)
        case _:
            return FulfilWithdrawal(sent.key, sent.amount)


async def _refuse(desk: Desk, sent: ActionSent, reason: str, actor: str) -> None:
    marks = (await desk.observe()).marks
    event = ActionSettled(
        sent.operation, sent.tranche, sent.step, sent.intent,
        confirmed=False, entry=Entry(()), marks=marks, reason=reason,
    )  # fmt: skip
    await desk.record(actor, [event], sent.operation)


async def _confirm(
    desk: Desk, operation: OperationRecord, sent: ActionSent, report: ActionReport, actor: str, follow_up: FollowUp
) -> None:
    entry = _entry(operation, sent, report)
    await _book(desk, operation, sent, entry, report.received, actor, follow_up)


def _entry(operation: OperationRecord, sent: ActionSent, report: ActionReport) -> Entry:
    if sent.kind in _POOL_KINDS:
        if report.received is None:
            raise InvariantError(f"{sent.intent} confirmed without an amount received", intent=sent.intent)
        return pool_entry(report.sent or sent.amount, report.received, report.cost)
    if sent.kind is ActionKind.FULFIL_WITHDRAWAL:
        return withdrawal_entry(sent.amount, operation.opened.amount)
    return action_entry(sent.kind, sent.amount)


async def _depart(desk: Desk, sent: ActionSent, report: ActionReport, actor: str) -> None:
    marks = (await desk.observe()).marks
    entry = departure_entry(sent.kind, sent.amount, report.cost)
    event = ActionDeparted(
        sent.operation, sent.tranche, sent.step, sent.intent, report.reference, entry, marks
    )  # fmt: skip
    await desk.record(actor, [event], sent.operation)


async def _arrive(desk: Desk, operation: OperationRecord, sent: ActionSent, actor: str, follow_up: FollowUp) -> bool:
    record = operation.action(sent.tranche, sent.step)
    if record is None or record.departed is None:
        raise InvariantError(f"{sent.intent} arrives before it departed", intent=sent.intent)
    reference = record.departed.reference
    if sent.kind is ActionKind.WITHDRAW_TO_TREASURY:
        received = await desk.treasury.credited(reference)
    elif sent.kind is ActionKind.WITHDRAW_TO_CONTRACT:
        received = await desk.vault.credited(reference)
    else:
        received = await desk.venue.credited(reference)
    if received is None:
        return False
    if received != sent.amount:
        raise InvariantError(f"{sent.intent}: {sent.amount} left, {received} arrived", intent=sent.intent)
    await _book(desk, operation, sent, arrival_entry(sent.kind, received), received, actor, follow_up)
    return True


async def _book(
    desk: Desk,
    operation: OperationRecord,
    sent: ActionSent,
    entry: Entry,
    received: Amount | None,
    actor: str,
    follow_up: FollowUp,
) -> None:
    marks = (await desk.observe()).marks
    settled = ActionSettled(
        sent.operation,
        sent.tranche,
        sent.step,
        sent.intent,
        confirmed=True,
        entry=entry,
        marks=marks,
        received=received,
    )
    events: list[Event] = [settled, *await follow_up(operation, settled)]
    await desk.record(actor, events, sent.operation)
