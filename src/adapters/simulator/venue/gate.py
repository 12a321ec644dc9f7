"""What the simulated exchange refuses after looking at the account."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ballast.adapters.common.venue.filters import (
    NO_BALANCE,
    NO_MARGIN,
    NOT_REDUCING,
    OPEN_ID,
    TOO_MANY_OPEN,
    UNKNOWN_SYMBOL,
    WOULD_TAKE,
    Refusal,
    filter_refusal,
)
from ballast.adapters.common.venue.holdings import Holdings
from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.common.venue.orders import OrderLog, OrderRecord
from ballast.adapters.simulator.venue.feed import Feed
from ballast.adapters.simulator.venue.margin import MarginRules
from ballast.adapters.simulator.venue.matching import Matching
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Order, TimeInForce
from ballast.domain.execution.slicing import reduce_only_part
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import STABLES, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ZERO


class Gate:
    """Decide on orders and on transfers out of the margin wallet."""

    def __init__(
        self,
        listings: Mapping[str, Listing],
        feed: Feed,
        rules: MarginRules,
        holdings: Holdings,
        orders: OrderLog,
        matching: Matching,
        open_orders_max: int,
    ) -> None:
        self._listings = listings
        self._feed = feed
        self._rules = rules
        self._holdings = holdings
        self._orders = orders
        self._matching = matching
        self._open_orders_max = open_orders_max

    def refusal(self, order: Order, now: datetime) -> Refusal | None:
        """Return why an order is refused; None when it is taken."""
        listing = self._listings.get(order.symbol)
        if listing is None:
            return UNKNOWN_SYMBOL
        instrument = listing.instrument
        return (
            filter_refusal(listing, order, self._feed.quote(instrument, now))
            or self._log_refusal(order)
            or self._reduce_refusal(instrument, order)
            or self._funds_refusal(instrument, order, now)
            or self._post_only_refusal(order, now)
        )

    def check_margin_transfer(self, amount: Amount, now: datetime) -> None:
        """Raise RuleBroken when the margin left would not carry what is open."""
        prices = self._prices(now)
        left = self._rules.balance(self._holdings, prices)
        left -= self._rules.collateral(amount.asset, amount.quantity, prices[amount.asset])
        bound = self._rules.initial(self._holdings, self.opening_usd(), prices)
        if bound and left < bound:
            raise RuleBroken("margin left after a transfer", f"at least {bound} USD", f"{left} USD")

    def _log_refusal(self, order: Order) -> Refusal | None:
        if self._orders.is_open(order.symbol, order.client_id):
            return OPEN_ID
        resting = sum(record.order.symbol == order.symbol for record in self._orders.open_orders())
        return TOO_MANY_OPEN if resting >= self._open_orders_max else None

    def _reduce_refusal(self, instrument: Instrument, order: Order) -> Refusal | None:
        """Refuse a reduce-only order beyond the position less what open reduce-only orders already close."""
        if instrument.market is Market.SPOT or not order.reduce_only:
            return None
        position = self._holdings.contracts[instrument.base].quantity
        closing = sum(
            (
                each.rest
                for each in self._resting(order.symbol)
                if each.order.reduce_only and each.order.side is order.side
            ),
            ZERO,
        )
        allowed = reduce_only_part(position, order.side, abs(position)) - closing
        return NOT_REDUCING if order.quantity > allowed else None

    def _funds_refusal(self, instrument: Instrument, order: Order, now: datetime) -> Refusal | None:
        if instrument.market is Market.SPOT:
            return self._spot_refusal(instrument, order)
        if order.reduce_only:
            return None
        position = self._holdings.contracts[instrument.base].quantity
        opened = order.quantity - 2 * reduce_only_part(position, order.side, order.quantity)
        if opened <= 0:
            return None
        prices = self._prices(now)
        opening = self.opening_usd()
        opening[instrument.base] = opening.get(instrument.base, ZERO) + opened * order.limit_price
        needed = self._rules.initial(self._holdings, opening, prices)
        return NO_MARGIN if needed > self._rules.balance(self._holdings, prices) else None

    def _spot_refusal(self, instrument: Instrument, order: Order) -> Refusal | None:
        asset, needed = _pays(instrument, order.side, order.quantity, order.limit_price)
        for record in self._orders.open_orders():
            resting = self._listings[record.order.symbol].instrument
            if resting.market is Market.SPOT:
                locked, quantity = _pays(resting, record.order.side, record.rest, record.order.limit_price)
                needed += quantity if locked is asset else ZERO
        return NO_BALANCE if needed > self._holdings.spot[asset] else None

    def _post_only_refusal(self, order: Order, now: datetime) -> Refusal | None:
        post_only = order.time_in_force is TimeInForce.POST_ONLY
        return WOULD_TAKE if post_only and self._matching.would_take(order, now) else None

    def opening_usd(self) -> dict[Asset, Decimal]:
        """Return the notional of resting perpetual orders that may open, by coin."""
        opening: dict[Asset, Decimal] = {}
        for record in self._orders.open_orders():
            instrument = self._listings[record.order.symbol].instrument
            if instrument.market is Market.PERP and not record.order.reduce_only:
                value = record.rest * record.order.limit_price
                opening[instrument.base] = opening.get(instrument.base, ZERO) + value
        return opening

    def _resting(self, symbol: str) -> tuple[OrderRecord, ...]:
        return tuple(record for record in self._orders.open_orders() if record.order.symbol == symbol)

    def _prices(self, now: datetime) -> dict[Asset, Decimal]:
        return self._feed.marks(now) | {asset: self._feed.usd(asset, now) for asset in STABLES}


def _pays(instrument: Instrument, side: Side, quantity: Decimal, limit_price: Decimal) -> tuple[Asset, Decimal]:
    """Return what a spot order can take out of the wallet at most."""
    return (instrument.quote, quantity * limit_price) if side is Side.BUY else (instrument.base, quantity)
