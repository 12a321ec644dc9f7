"""An exchange account in memory: every order meets the given price, nothing takes time."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ballast.adapters.common.venue.filters import (
    NO_BALANCE,
    NOT_REDUCING,
    OPEN_ID,
    UNKNOWN_SYMBOL,
    WOULD_TAKE,
    Refusal,
    filter_refusal,
)
from ballast.adapters.common.venue.holdings import Fill, Holdings
from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.common.venue.orders import OrderLog, OrderRecord
from ballast.adapters.common.venue.transfers import ActionLog, Arrivals
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Order, OrderEvent, OrderReport, OrderState, TimeInForce, Trade
from ballast.domain.execution.slicing import reduce_only_part
from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import STABLES, USDC, Asset
from ballast.domain.kernel.errors import InvalidInput, NotKnown, RuleBroken, Unreachable
from ballast.domain.kernel.number import ONE, ROUND_FLOOR, ZERO, round_to_step
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.clock import Clock
from ballast.ports.venue import Income, IncomeKind, VenueAccount, VenueAction, Wallet, WalletTransfer

DEPTH = Decimal(1000)
FEE = Bps(Decimal(5))
MAINTENANCE_FRACTION = Decimal("0.01")
INCOME_LIMIT_MAX = 1000
