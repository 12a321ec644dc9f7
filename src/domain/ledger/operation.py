"""One operation as its events tell it: what was sent, what was proved, what is left."""

from datetime import datetime
from decimal import Decimal

from attrs import define, field, frozen

from ballast.domain.execution.order import OrderState
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import (
    ActionDeparted,
    ActionKind,
    ActionSent,
    ActionSettled,
    ChildOrder,
    LegPlan,
    LegsClosed,
    LegsPlanned,
    OperationKind,
    OperationOpened,
    OrderSettled,
    OrdersSent,
    Outcome,
    PayoutFixed,
)

StepKey = tuple[int, str]


@define
class ActionRecord:
    """One attempt of an action: `planned -> sent -> departed? -> confirmed | refused`; unresolved until settled."""

    sent: ActionSent
    departed: ActionDeparted | None = None
    settled: ActionSettled | None = None
    settled_at: datetime | None = None


@define
class LegRecord:
    """What a leg asked for and what its trades did: `done` in base units, `value` and `fees` in quote units.

    `received` is what a trade really brought to the wallet after fees in the received asset.
    """

    plan: LegPlan
    done: Decimal = ZERO
    value: Decimal = ZERO
    received: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """Return the quantity still to do, in base units."""
        return self.plan.quantity - self.done


@frozen
class SentOrder:
    """A child order and when it was stored, just before it was sent."""

    order: ChildOrder
    at: datetime


@define
class LegsRecord:
    """Legs done together; `unsettled` are the child orders nobody has proved yet."""

    planned: LegsPlanned
    planned_at: datetime
    legs: dict[str, LegRecord]
    orders: int = 0
    unsettled: dict[str, SentOrder] = field(factory=dict[str, SentOrder])
    refused: int = 0
    closed: str | None = None

    def pending(self) -> dict[Asset, Decimal]:
        """Return the signed coins still to come from legs that are not closed."""
        coming: dict[Asset, Decimal] = {}
        if self.closed is None:
            for leg in self.legs.values():
                asset = leg.plan.asset
                coming[asset] = coming.get(asset, ZERO) + leg.plan.side.direction * leg.left
        return coming


@define
class TimelineRow:
    """One step of an operation for people: when it began and ended, and what it was about."""

    name: str
    start: datetime
    end: datetime | None = None
    detail: str = ""


@frozen
class Refusals:
    """How often a step was refused, and when and why the last time."""

    step: str
    refused: int
    at: datetime
    reason: str


@define
class OperationRecord:
    """The whole operation; `claim_btc` is BTC in our places that belongs to its user, not to the shares.

    `cost_usd` is what its trades, pool actions and transfers have cost so far at the marks of their moments.
    """

    opened: OperationOpened
    opened_at: datetime
    actions: dict[StepKey, list[ActionRecord]] = field(factory=dict[StepKey, list[ActionRecord]])
    legs: dict[StepKey, LegsRecord] = field(factory=dict[StepKey, LegsRecord])
    timeline: list[TimelineRow] = field(factory=list[TimelineRow])
    cost_usd: Decimal = ZERO
    claim_btc: Decimal = ZERO
    payout: PayoutFixed | None = None
    parks: int = 0
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    reason: str = ""
    price_per_share: Decimal | None = None
    revision: int = 0

    @property
    def id(self) -> str:
        """Return the operation's id."""
        return self.opened.operation

    @property
    def kind(self) -> OperationKind:
        """Return what the operation is for."""
        return self.opened.kind

    @property
    def open(self) -> bool:
        """Say whether work is left."""
        return self.outcome is None

    @property
    def unproved(self) -> tuple[str, ...]:
        """Return the ids of the intents that were sent and that nobody has proved yet."""
        action = self.unresolved_action()
        orders = tuple(intent for record in self.legs.values() for intent in record.unsettled)
        return orders if action is None else (action.sent.intent, *orders)

    @property
    def bears_costs(self) -> bool:
        """Say whether the costs so far are still to be laid on the operation's user."""
        return self.kind is OperationKind.ENTRY or (self.kind is OperationKind.EXIT and self.payout is None)

    @property
    def leaving_shares(self) -> Decimal:
        """Return the shares that have been paid for but not burned yet."""
        return self.opened.amount.quantity if self.kind is OperationKind.EXIT and self.payout else ZERO

    def action(self, tranche: int, step: str) -> ActionRecord | None:
        """Return the newest attempt of an action step."""
        attempts = self.actions.get((tranche, step))
        return attempts[-1] if attempts else None

    def confirmed(self, tranche: int, step: str) -> ActionSettled | None:
        """Return the proof that an action step is done, if it is."""
        record = self.action(tranche, step)
        return record.settled if record and record.settled and record.settled.confirmed else None

    def legs_closed(self, tranche: int, step: str) -> LegsRecord | None:
        """Return the legs of a step if they have ended."""
        record = self.legs.get((tranche, step))
        return record if record and record.closed is not None else None

    def unresolved_action(self) -> ActionRecord | None:
        """Return the action nobody has proved yet; there is at most one."""
        for attempts in self.actions.values():
            if attempts[-1].settled is None:
                return attempts[-1]
        return None

    def most_refused(self) -> Refusals | None:
        """Return the unfinished action step that was refused most often."""
        worst: Refusals | None = None
        for (_, step), attempts in self.actions.items():
            last, at = attempts[-1].settled, attempts[-1].settled_at
            if last and at and not last.confirmed and (worst is None or len(attempts) > worst.refused):
                worst = Refusals(step, len(attempts), at, last.reason)
        return worst

    def open_legs(self) -> tuple[StepKey, LegsRecord] | None:
        """Return the legs being worked on; there is at most one such step."""
        for key, record in self.legs.items():
            if record.closed is None:
                return key, record
        return None

    def send_action(self, event: ActionSent, at: datetime) -> None:
        """Take in that an action is about to be sent; raises InvariantError while an earlier one is unproved."""
        if (before := self.unresolved_action()) is not None:
            raise InvariantError(f"{event.intent} sent while {before.sent.intent} is unresolved", intent=event.intent)
        self.actions.setdefault((event.tranche, event.step), []).append(ActionRecord(event))
        self.timeline.append(TimelineRow(f"{event.tranche} {event.step}", at, detail=str(event.amount)))

    def depart_action(self, event: ActionDeparted) -> None:
        """Take in that an amount left its sender."""
        self._awaited(event.tranche, event.step, event.intent).departed = event

    def settle_action(self, event: ActionSettled, at: datetime) -> None:
        """Take in an action's proof."""
        record = self._awaited(event.tranche, event.step, event.intent)
        record.settled, record.settled_at = event, at
        self._end(event.tranche, event.step, at, "" if event.confirmed else f"refused: {event.reason}")
        if event.confirmed and record.sent.kind is ActionKind.RELEASE:
            self.claim_btc += record.sent.amount.quantity
        elif event.confirmed and record.sent.kind is ActionKind.WITHDRAW_TO_CONTRACT:
            self.claim_btc -= record.sent.amount.quantity

    def plan_legs(self, event: LegsPlanned, at: datetime) -> None:
        """Take in legs to be done together; raises InvariantError for a leg whose orders' ids were made before."""
        key = (event.tranche, event.step)
        named = {name for (tranche, _), legs in self.legs.items() if tranche == event.tranche for name in legs.legs}
        if key in self.legs or named & {leg.name for leg in event.legs}:
            raise InvariantError(f"{event.step} of tranche {event.tranche} planned twice", operation=self.id)
        self.legs[key] = LegsRecord(event, at, {leg.name: LegRecord(leg) for leg in event.legs})
        wanted = ", ".join(f"{leg.side.value} {leg.quantity} {leg.symbol}" for leg in event.legs)
        self.timeline.append(TimelineRow(f"{event.tranche} {event.step}", at, detail=wanted))

    def send_orders(self, event: OrdersSent, at: datetime) -> None:
        """Take in that child orders are about to be sent; raises InvariantError while earlier ones are unproved."""
        record = self.legs[event.tranche, event.step]
        if record.unsettled or record.closed is not None:
            raise InvariantError(f"orders of {event.step} sent over unproved ones", operation=self.id)
        for order in event.orders:
            record.unsettled[order.intent] = SentOrder(order, at)
            record.orders += 1

    def settle_order(self, event: OrderSettled) -> None:
        """Take in a child order's proof; raises InvariantError for one that was not awaited."""
        record = self.legs[event.tranche, event.step]
        sent = record.unsettled.pop(event.intent, None)
        if sent is None:
            raise InvariantError(f"order {event.intent} settled twice or never sent", intent=event.intent)
        leg = record.legs[sent.order.leg]
        leg.done += event.filled
        received = leg.plan.asset if leg.plan.side.direction > 0 else leg.plan.quote
        for trade in event.trades:
            leg.value += trade.quantity * trade.price
            gross = trade.quantity if leg.plan.side.direction > 0 else trade.quantity * trade.price
            leg.received += gross - (trade.fee if trade.fee_asset is received else ZERO)
        if event.state is OrderState.REFUSED:
            record.refused += 1

    def close_legs(self, event: LegsClosed, at: datetime) -> None:
        """Take in that the legs of a step ended."""
        self.legs[event.tranche, event.step].closed = event.reason
        self._end(event.tranche, event.step, at, "" if event.reason == "done" else event.reason)

    def _end(self, tranche: int, step: str, at: datetime, detail: str) -> None:
        name = f"{tranche} {step}"
        row = next(row for row in reversed(self.timeline) if row.name == name)
        row.end = at
        row.detail = ", ".join(part for part in (row.detail, detail) if part)

    def _awaited(self, tranche: int, step: str, intent: str) -> ActionRecord:
        record = self.action(tranche, step)
        if record is None or record.sent.intent != intent or record.settled is not None:
            raise InvariantError(f"action {intent} reported twice or never sent", intent=intent)
        return record
