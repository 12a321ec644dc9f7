"""The journal's vocabulary: everything Ballast decides, sends and learns."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

from attrs import frozen

from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import OrderState, TimeInForce, Trade
from ballast.domain.hedge.exposure import AssetExposure
from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import Entry


class OperationKind(Enum):
    """What a durable piece of work is for."""

    ENTRY = "entry"
    EXIT = "exit"
    REBALANCE = "rebalance"
    RESERVE = "reserve"
    CORRECTION = "correction"
    FEE_HEDGE = "fee_hedge"

    @property
    def prefix(self) -> str:
        """Return the two letters an operation's id begins with."""
        return _PREFIXES[self]

    @property
    def actor(self) -> str:
        """Return the service that carries such operations, by the name of its lease."""
        return "exposure" if self is OperationKind.CORRECTION else self.value


_PREFIXES = {
    OperationKind.ENTRY: "en",
    OperationKind.EXIT: "ex",
    OperationKind.REBALANCE: "rb",
    OperationKind.RESERVE: "rs",
    OperationKind.CORRECTION: "co",
    OperationKind.FEE_HEDGE: "fh",
}


class Outcome(Enum):
    """How an operation ended. PARKED waits for a named human action."""

    COMPLETED = "completed"
    PARKED = "parked"


@frozen
class OperationOpened(Event):
    """An operation was decided.

    `subject` is the vault request's key or what caused it; `request_id` and `content` (a digest of the request) make
    a repeated call recognisable; `amount` is what it is about (BTC in, shares out, JLP to sell, BTC to sell);
    `jlp` is the pool quantity an exit or rebalance redeems, None otherwise; `entry` books a user's BTC into the
    contract; `share_nav_btc` is what the shares owned when an entry began.
    """

    operation: str
    kind: OperationKind
    subject: str
    request_id: str
    content: str
    amount: Amount
    tranches: int
    jlp: Amount | None = None
    entry: Entry = Entry(())
    share_nav_btc: Decimal = ZERO


@frozen
class LegPlan:
    """One trade leg: `quantity` > 0 of the instrument's base, to be done in child orders.

    `arrival_price` is the mid when it was planned: the benchmark for its cost.
    """

    name: str
    symbol: str
    market: Market
    asset: Asset
    quote: Asset
    side: Side
    quantity: Decimal
    reduce_only: bool
    arrival_price: Decimal


@frozen
class LegsPlanned(Event):
    """Legs to be done together, in lockstep."""

    operation: str
    tranche: int
    step: str
    legs: tuple[LegPlan, ...]


@frozen
class ChildOrder:
    """One child order of a leg, stored before it is sent."""

    intent: str
    leg: str
    quantity: Decimal
    limit_price: Decimal
    time_in_force: TimeInForce


@frozen
class OrdersSent(Event):
    """Child orders are about to be sent: from here on their outcome is unknown until proved."""

    operation: str
    tranche: int
    step: str
    orders: tuple[ChildOrder, ...]


@frozen
class OrderSettled(Event):
    """A child order's outcome was proved; `marks` are what its fills are valued at, for attribution."""

    operation: str
    tranche: int
    step: str
    intent: str
    state: OrderState
    filled: Decimal
    trades: tuple[Trade, ...]
    entry: Entry
    marks: Marks
    code: str = ""
    reason: str = ""


@frozen
class LegsClosed(Event):
    """The legs of a step ended: all done, or handed back with a reason."""

    operation: str
    tranche: int
    step: str
    reason: str


class ActionKind(Enum):
    """What the action is; the services turn it into the port's own type."""

    TO_MARGIN = "to_margin"
    TO_SPOT = "to_spot"
    WITHDRAW_TO_TREASURY = "withdraw_to_treasury"
    WITHDRAW_TO_CONTRACT = "withdraw_to_contract"
    MINT = "mint"
    REDEEM = "redeem"
    REMIT_TO_VENUE = "remit_to_venue"
    RELEASE = "release"
    FORWARD = "forward"
    FULFIL_DEPOSIT = "fulfil_deposit"
    FULFIL_WITHDRAWAL = "fulfil_withdrawal"


@frozen
class ActionSent(Event):
    """An action is about to be sent: from here on its outcome is unknown until proved.

    `amount` is what it moves or pays; `receive_min` the least it must bring; `key` the vault request it answers.
    """

    operation: str
    tranche: int
    step: str
    intent: str
    kind: ActionKind
    amount: Amount
    receive_min: Amount | None = None
    key: str = ""


@frozen
class ActionDeparted(Event):
    """The sender proved that an amount left; it is in transit until the receiver shows it."""

    operation: str
    tranche: int
    step: str
    intent: str
    reference: str
    entry: Entry
    marks: Marks


@frozen
class ActionSettled(Event):
    """An action's outcome was proved; `received` is what it brought (JLP minted, USDC redeemed, an arrival)."""

    operation: str
    tranche: int
    step: str
    intent: str
    confirmed: bool
    entry: Entry
    marks: Marks
    received: Amount | None = None
    reason: str = ""


@frozen
class OperationClosed(Event):
    """An operation ended; `hedge_base_change` is in BTC, `price_per_share` in BTC where shares were made."""

    operation: str
    outcome: Outcome
    hedge_base_change: Decimal
    reason: str = ""
    price_per_share: Decimal | None = None


@frozen
class PayoutFixed(Event):
    """An exit's BTC amount was fixed: from here on it belongs to the withdrawer, not to the strategy.

    `entry` writes off to the house what a last exit leaves too small to trade.
    """

    operation: str
    payout: Amount
    hedge_base_change: Decimal
    price_per_share: Decimal
    entry: Entry
    marks: Marks


@frozen
class IncomePosted(Event):
    """The venue's changes of the margin wallet up to a cursor were booked."""

    cursor: int
    entry: Entry
    marks: Marks


@frozen
class HedgeBaseRaised(Event):
    """The fee hedge recognised (+) or gave back (-) BTC."""

    change: Decimal
    reason: str


@frozen
class ExposureMeasured(Event):
    """One run of the exposure service; `action` says what followed (none, correction, hold)."""

    at: datetime
    assets: tuple[AssetExposure, ...]
    nav_usd: Decimal
    nav_btc: Decimal
    action: str


@frozen
class ValueTaken(Event):
    """One run of the fee hedge: the system's value and where the change since the last came from, in BTC."""

    at: datetime
    marks: Marks
    holdings: dict[Asset, Decimal]
    nav_usd: Decimal
    nav_btc: Decimal
    price_btc: Decimal
    funding_btc: Decimal
    fees_btc: Decimal
    pool_income_btc: Decimal
    flows_btc: Decimal
    unexplained_btc: Decimal
    unhedged_btc: Decimal


@frozen
class PauseSet(Event):
    """An operator paused or resumed a scope: "all", a service's name, or "venue"."""

    scope: str
    paused: bool
    reason: str


@frozen
class AlertRaised(Event):
    """A condition a person was told of."""

    key: str
    text: str
