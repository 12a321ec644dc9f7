"""A centralised exchange account: spot wallet, cross-margin wallet, perpetuals."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from attrs import frozen

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument
from ballast.domain.execution.order import Order, OrderReport
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.ports.actions import Actor


class Wallet(Enum):
    """The venue's two wallets."""

    SPOT = "spot"
    MARGIN = "margin"


@frozen
class WalletTransfer:
    """Move an amount between the venue's wallets."""

    amount: Amount
    source: Wallet
    target: Wallet


@frozen
class Withdrawal:
    """Send an amount from the spot wallet to a whitelisted address; the network fee comes on top."""

    amount: Amount
    address: str


VenueAction = WalletTransfer | Withdrawal


@frozen
class Position:
    """A perpetual position: signed quantity in coins, entry and mark price and unrealised profit in USDT."""

    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised: Decimal


@frozen
class VenueAccount:
    """The whole account at one moment.

    `spot` and `margin` are wallet balances (margin may be negative in USDT); `haircuts` is the fraction (0..1] of an
    asset's value that counts as collateral; `prices` are USD(T) index prices of each asset; `positions` holds an
    entry, flat or not, for each perpetual; `maintenance_usd` is the venue's maintenance margin of all positions.
    """

    time: datetime
    spot: Mapping[Asset, Decimal]
    margin: Mapping[Asset, Decimal]
    haircuts: Mapping[Asset, Decimal]
    prices: Mapping[Asset, Decimal]
    positions: Mapping[Asset, Position]
    maintenance_usd: Decimal


class IncomeKind(Enum):
    """Why the margin wallet changed without an order of ours."""

    FUNDING = "funding"
    LIQUIDATION = "liquidation"


@frozen
class Income:
    """One such change; `position` counts from 1 in the venue's order, `asset` is the perpetual's coin."""

    position: int
    kind: IncomeKind
    asset: Asset
    amount: Amount
    time: datetime


class Venue(Actor[VenueAction], Protocol):
    """Trade, move and read at one exchange account.

    Laws, besides those of Actor:
    7. `place` never raises for an unknown outcome: it answers state UNRESOLVED, and the order stays findable by
       our id once the venue shows it. Raises Unreachable only when it is proved that nothing was sent.
    8. An id of an open order is refused a second time (code -4116); the port queries before it resends.
    9. `order` answers None only when the venue has no such order.
    10. A fill counts once however often it is reported: trades are unique by trade id, `filled` is their sum.
    11. Cancelling what has filled reports the fill.
    12. Quantities are exact in the asset's units; a read after a write shows the write.
    13. `income` lists without gap or repetition after a cursor.
    """

    async def instruments(self) -> Mapping[str, Instrument]:
        """Return the venue's markets by symbol ("BTCUSDT:PERP", "BTCUSDC:SPOT")."""
        ...

    async def account(self) -> VenueAccount:
        """Return balances, positions and margin at one moment."""
        ...

    async def book(self, symbol: str) -> Book:
        """Return the visible order book."""
        ...

    async def place(self, order: Order) -> OrderReport:
        """Send an order under our client id."""
        ...

    async def order(self, symbol: str, client_id: str) -> OrderReport | None:
        """Return what the venue knows of an order, by our id."""
        ...

    async def cancel(self, symbol: str, client_id: str) -> OrderReport:
        """Cancel what has not filled; raises NotKnown."""
        ...

    async def income(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` (1..1000) changes of the margin wallet after a cursor (0 = from the start)."""
        ...
