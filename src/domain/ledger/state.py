"""The strategy's state as the journal tells it; rebuilt from the journal at any time, so a view and not the truth."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from attrs import define, field

from ballast.domain.execution.rails import Turnover
from ballast.domain.hedge.attribution import Baseline, Lots, in_btc
from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.asset import SHARE, Asset
from ballast.domain.kernel.errors import InvariantError, NotKnown
from ballast.domain.kernel.events import Envelope, Event
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import OWN_PLACES, Entry, Place
from ballast.domain.ledger.events import (
    ActionDeparted,
    ActionSent,
    ActionSettled,
    AlertRaised,
    ExposureMeasured,
    HedgeBaseRaised,
    IncomePosted,
    LegsClosed,
    LegsPlanned,
    OperationClosed,
    OperationKind,
    OperationOpened,
    OrderSettled,
    OrdersSent,
    PauseSet,
    PayoutFixed,
    ValueTaken,
)
from ballast.domain.ledger.operation import OperationRecord

CLOSED_KEPT_MAX = 1_000
WIND_UP_STEP = "flatten"
_OWN = frozenset(OWN_PLACES)
_FLOW = frozenset({Place.CONTRACT, Place.DEPOSITORS})


@define
class StrategyState:
    """Balances, operations, hedge base, pauses and last runs, folded from events in sequence.

    `balances` are signed quantities by (place, asset), `own` the sums over our places; `closed` keeps the newest
    CLOSED_KEPT_MAX operations; `requests` maps a caller's request id to (content digest, operation).
    """

    sequence: int = 0
    balances: dict[tuple[Place, Asset], Decimal] = field(factory=dict[tuple[Place, Asset], Decimal])
    own: dict[Asset, Decimal] = field(factory=dict[Asset, Decimal])
    hedge_base: Decimal = ZERO
    operations: dict[str, OperationRecord] = field(factory=dict[str, OperationRecord])
    closed: dict[str, OperationRecord] = field(factory=dict[str, OperationRecord])
    requests: dict[str, tuple[str, str]] = field(factory=dict[str, tuple[str, str]])
    subjects: dict[str, str] = field(factory=dict[str, str])
    income_cursor: int = 0
    paused: dict[str, str] = field(factory=dict[str, str])
    exposure: ExposureMeasured | None = None
    value: ValueTaken | None = None
    baseline: Baseline | None = None
    lots: Lots = field(factory=Lots)
    turnover: Turnover = field(factory=Turnover)
    alerts: dict[str, str] = field(factory=dict[str, str])
    last_time: datetime | None = None

    @property
    def share_supply(self) -> Decimal:
        """Return the shares made and not burned."""
        return -self.balances.get((Place.DEPOSITORS, SHARE), ZERO)

    @property
    def priced_supply(self) -> Decimal:
        """Return the shares that own the strategy's value: without those already paid for."""
        return self.share_supply - sum((operation.leaving_shares for operation in self.operations.values()), ZERO)

    @property
    def claims_btc(self) -> Decimal:
        """Return the BTC in our places that belongs to users of open operations."""
        return sum((operation.claim_btc for operation in self.operations.values()), ZERO)

    @property
    def target_btc(self) -> Decimal:
        """Return the net BTC the strategy should hold: the hedge base and what open operations carry for users."""
        return self.hedge_base + self.claims_btc

    @property
    def winding_up(self) -> bool:
        """Say whether the last exit is closing all positions: then a drift is its doing and ends with it."""
        return any((0, WIND_UP_STEP) in operation.legs for operation in self.open_of(OperationKind.EXIT))

    def balance(self, place: Place, asset: Asset) -> Decimal:
        """Return what the ledger says is at a place."""
        return self.balances.get((place, asset), ZERO)

    def pending(self) -> dict[Asset, Decimal]:
        """Return the signed coins of legs planned or sent but not settled."""
        coming: dict[Asset, Decimal] = {}
        for operation in self.operations.values():
            for record in operation.legs.values():
                for asset, quantity in record.pending().items():
                    coming[asset] = coming.get(asset, ZERO) + quantity
        return coming

    def in_flight(self) -> bool:
        """Say whether anything was sent that nobody has proved, so that the outside may differ from the ledger."""
        return any(operation.unproved for operation in self.operations.values())

    def open_of(self, *kinds: OperationKind) -> Iterator[OperationRecord]:
        """Iterate over the open operations of some kinds, oldest first."""
        if not self.operations:
            return iter(())
        return (operation for operation in self.operations.values() if operation.kind in kinds)

    def operation(self, operation_id: str) -> OperationRecord:
        """Return an operation; raises NotKnown."""
        found = self.operations.get(operation_id) or self.closed.get(operation_id)
        if found is None:
            raise NotKnown("operation", operation_id)
        return found

    def pause_of(self, *scopes: str) -> str | None:
        """Return why one of the scopes (or everything) is paused, None if none is."""
        for scope in ("all", *scopes):
            if scope in self.paused:
                return f"{scope} is paused: {self.paused[scope]}"
        return None

    def apply(self, envelope: Envelope) -> None:
        """Take in the next event; raises InvariantError when it is not the next."""
        if envelope.sequence != self.sequence + 1:
            raise InvariantError(f"event {envelope.sequence} after {self.sequence}", sequence=str(envelope.sequence))
        self._HANDLERS[type(envelope.event)](self, envelope.event, envelope.time)
        operation = self.operations.get(envelope.operation) or self.closed.get(envelope.operation)
        if operation is not None:
            operation.revision = envelope.sequence
        self.sequence = envelope.sequence
        self.last_time = envelope.time

    def _open(self, event: OperationOpened, at: datetime) -> None:
        if event.operation in self.operations or event.operation in self.closed:
            raise InvariantError(f"operation {event.operation} opened twice", operation=event.operation)
        self.operations[event.operation] = OperationRecord(event, at)
        self.subjects[event.subject] = event.operation
        if event.request_id:
            self.requests[event.request_id] = (event.content, event.operation)
        self._book(event.entry, None)

    def _send_action(self, event: ActionSent, at: datetime) -> None:
        self.operations[event.operation].send_action(event, at)

    def _depart_action(self, event: ActionDeparted, _at: datetime) -> None:
        operation = self.operations[event.operation]
        operation.depart_action(event)
        operation.cost_usd += self._book(event.entry, event.marks)

    def _settle_action(self, event: ActionSettled, at: datetime) -> None:
        operation = self.operations[event.operation]
        operation.settle_action(event, at)
        operation.cost_usd += self._book(event.entry, event.marks)

    def _plan_legs(self, event: LegsPlanned, at: datetime) -> None:
        self.operations[event.operation].plan_legs(event, at)

    def _send_orders(self, event: OrdersSent, at: datetime) -> None:
        self.operations[event.operation].send_orders(event, at)
        for order in event.orders:
            self.turnover.add(at, order.quantity * order.limit_price)

    def _settle_order(self, event: OrderSettled, _at: datetime) -> None:
        operation = self.operations[event.operation]
        operation.settle_order(event)
        operation.cost_usd += self._book(event.entry, event.marks)

    def _close_legs(self, event: LegsClosed, at: datetime) -> None:
        self.operations[event.operation].close_legs(event, at)

    def _fix_payout(self, event: PayoutFixed, _at: datetime) -> None:
        operation = self.operations[event.operation]
        operation.payout = event
        operation.claim_btc += event.payout.quantity
        self.hedge_base += event.hedge_base_change
        self._book(event.entry, event.marks)

    def _close(self, event: OperationClosed, at: datetime) -> None:
        operation = self.operations.pop(event.operation)
        operation.outcome, operation.reason, operation.closed_at = event.outcome, event.reason, at
        operation.price_per_share = event.price_per_share
        self.hedge_base += event.hedge_base_change
        self.closed[event.operation] = operation
        self.paused.pop(f"operation:{event.operation}", None)
        if len(self.closed) > CLOSED_KEPT_MAX:
            dropped = self.closed.pop(next(iter(self.closed)))
            if not dropped.opened.request_id:
                self.subjects.pop(dropped.opened.subject, None)

    def _post_income(self, event: IncomePosted, _at: datetime) -> None:
        self.income_cursor = event.cursor
        self._book(event.entry, event.marks)

    def _raise_base(self, event: HedgeBaseRaised, _at: datetime) -> None:
        self.hedge_base += event.change

    def _measure(self, event: ExposureMeasured, _at: datetime) -> None:
        self.exposure = event

    def _take_value(self, event: ValueTaken, _at: datetime) -> None:
        self.value = event
        self.baseline = Baseline(event.holdings, event.marks, event.nav_usd)
        self.lots = Lots()

    def _pause(self, event: PauseSet, _at: datetime) -> None:
        if event.paused:
            self.paused[event.scope] = event.reason
            operation = self.operations.get(event.scope.removeprefix("operation:"))
            if operation is not None:
                operation.parks += 1
        else:
            self.paused.pop(event.scope, None)

    def _alert(self, event: AlertRaised, _at: datetime) -> None:
        if event.text:
            self.alerts[event.key] = event.text
        else:
            self.alerts.pop(event.key, None)

    def _book(self, entry: Entry, marks: Marks | None) -> Decimal:
        """Post an entry and return what it cost in USD: value that left our places, but not as flow or funding."""
        cost = ZERO
        for posting in entry.postings:
            place, asset, quantity = posting.place, posting.asset, posting.quantity
            key = (place, asset)
            self.balances[key] = self.balances.get(key, ZERO) + quantity
            if asset is SHARE or marks is None:
                continue
            if place in _OWN:
                self.own[asset] = self.own.get(asset, ZERO) + quantity
                self.lots.add(asset, quantity, marks)
                continue
            value = quantity * marks.prices[asset]
            if place in _FLOW:
                self.lots.flows -= in_btc(value, marks)
            elif place is Place.FUNDING:
                self.lots.funding -= in_btc(value, marks)
            else:
                self.lots.fees -= in_btc(value, marks)
                cost += value
        return cost

    _HANDLERS: ClassVar[dict[type[Event], Callable[["StrategyState", Any, datetime], None]]] = {
        OperationOpened: _open,
        ActionSent: _send_action,
        ActionDeparted: _depart_action,
        ActionSettled: _settle_action,
        LegsPlanned: _plan_legs,
        OrdersSent: _send_orders,
        OrderSettled: _settle_order,
        LegsClosed: _close_legs,
        PayoutFixed: _fix_payout,
        OperationClosed: _close,
        IncomePosted: _post_income,
        HedgeBaseRaised: _raise_base,
        ExposureMeasured: _measure,
        ValueTaken: _take_value,
        PauseSet: _pause,
        AlertRaised: _alert,
    }
