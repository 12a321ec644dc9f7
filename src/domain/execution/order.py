"""An order's life as one table, and what the venue reports of it."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

from attrs import frozen

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.number import ZERO


class TimeInForce(Enum):
    """How long an order may rest."""

    IOC = "ioc"
    GTC = "gtc"
    POST_ONLY = "post_only"


class OrderState(Enum):
    """Where an order is. UNRESOLVED: sent, and nobody has proved what became of it."""

    PLANNED = "planned"
    SENT = "sent"
    UNRESOLVED = "unresolved"
    RESTING = "resting"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"

    @property
    def final(self) -> bool:
        """Say whether nothing more can happen to the order."""
        return self in FINAL_STATES


FINAL_STATES = frozenset({OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUSED})


class OrderEvent(Enum):
    """What can happen to an order."""

    SEND = "send"
    LOSE = "lose"  # a time-out: the answer is missing, the order may be live
    ACCEPT = "accept"
    FILL_PART = "fill_part"
    FILL_ALL = "fill_all"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REFUSE = "refuse"


_OPEN = (OrderState.SENT, OrderState.UNRESOLVED, OrderState.RESTING, OrderState.PARTLY_FILLED)
TRANSITIONS: dict[tuple[OrderState, OrderEvent], OrderState] = {
    (OrderState.PLANNED, OrderEvent.SEND): OrderState.SENT,
    (OrderState.SENT, OrderEvent.LOSE): OrderState.UNRESOLVED,
    (OrderState.SENT, OrderEvent.ACCEPT): OrderState.RESTING,
    (OrderState.UNRESOLVED, OrderEvent.ACCEPT): OrderState.RESTING,
    (OrderState.SENT, OrderEvent.REFUSE): OrderState.REFUSED,
    (OrderState.UNRESOLVED, OrderEvent.REFUSE): OrderState.REFUSED,
    **{(state, OrderEvent.FILL_PART): OrderState.PARTLY_FILLED for state in _OPEN},
    **{(state, OrderEvent.FILL_ALL): OrderState.FILLED for state in _OPEN},
    **{(state, OrderEvent.CANCEL): OrderState.CANCELLED for state in _OPEN},
    **{(state, OrderEvent.EXPIRE): OrderState.EXPIRED for state in _OPEN},
}


def next_state(state: OrderState, event: OrderEvent) -> OrderState:
    """Return the state after an event; raises InvariantError for a pair the table does not list."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise InvariantError(
            f"an order that is {state.value} cannot {event.value}", state=state.value, event=event.value
        )
    return after


@frozen
class Order:
    """What is sent to the venue: quantity > 0 in base units on the step, limit price in quote units on the tick."""

    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    limit_price: Decimal
    time_in_force: TimeInForce
    reduce_only: bool


@frozen
class Trade:
    """One fill as the venue reports it; `trade_id` is unique per symbol, `fee` >= 0 in `fee_asset`.

    `realised` is the profit a perpetual booked into the margin wallet by closing, in quote units; 0 on spot.
    """

    trade_id: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: Asset
    realised: Decimal
    maker: bool
    time: datetime


@frozen
class OrderReport:
    """What is known of an order: `filled` is the sum of the trades' quantities, never the wish.

    `code` and `reason` are the venue's own for a refusal, empty otherwise.
    """

    client_id: str
    state: OrderState
    filled: Decimal = ZERO
    trades: tuple[Trade, ...] = ()
    code: str = ""
    reason: str = ""
