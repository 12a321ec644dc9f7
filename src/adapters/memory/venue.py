"""An exchange account in memory: orders meet the given prices, and nothing takes time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ballast.adapters.common.actions import refused
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
from ballast.adapters.common.venue.income import IncomeLog
from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.common.venue.orders import OrderLog, OrderRecord
from ballast.adapters.common.venue.transfers import ActionLog
from ballast.adapters.common.venue.trouble import Trouble
from ballast.adapters.memory.line import Line
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Order, OrderEvent, OrderReport, OrderState, TimeInForce, Trade
from ballast.domain.execution.slicing import reduce_only_part
from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import USDC, USDT, Asset
from ballast.domain.kernel.errors import NotKnown
from ballast.domain.kernel.number import ONE, ROUND_FLOOR, ROUND_HALF_EVEN, ZERO, divide, round_to_step
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.clock import Clock
from ballast.ports.venue import Income, IncomeKind, VenueAccount, VenueAction, Wallet, WalletTransfer

DEPTH = Decimal(1000)
FEE = Bps(Decimal(5))
MAINTENANCE_FRACTION = Decimal("0.01")
_PLACES = 8


class MemoryVenue:
    """Fill at the best of a one-level book of DEPTH coins a side, one tick wide; every trade costs FEE.

    Margin is never short and funding comes only by `pay`. `line` cuts every call off, `trouble` meets the next
    command; `departed` holds withdrawals by reference.
    """

    def __init__(self, clock: Clock, listings: Mapping[str, Listing], prices: Mapping[Asset, Decimal]) -> None:
        self.line = Line("venue")
        self.trouble = Trouble()
        self.departed: dict[str, tuple[Amount, str]] = {}
        self._clock = clock
        self._listings = listings
        self._prices: dict[Asset, Decimal] = {USDC: ONE, USDT: ONE} | dict(prices)
        self._holdings = Holdings()
        self._orders = OrderLog()
        self._actions = ActionLog()
        self._income = IncomeLog()

    def set_price(self, asset: Asset, usd: Decimal) -> None:
        """Move a price and fill the resting orders it reaches."""
        self._prices[asset] = usd
        for record in self._orders.open_orders():
            self._take(record, maker=True)

    def credit(self, amount: Amount, reference: str) -> None:
        """Let a deposit arrive in the spot wallet."""
        self._holdings.receive(amount, reference)

    def pay(self, kind: IncomeKind, coin: Asset, usdt: Decimal) -> None:
        """Change the margin wallet without an order."""
        self._holdings.margin[USDT] += usdt
        self._income.post(kind, coin, Amount(USDT, usdt), self._clock.now())

    async def instruments(self) -> Mapping[str, Instrument]:
        """Return the markets by symbol."""
        self.line.check()
        return {symbol: listing.instrument for symbol, listing in self._listings.items()}

    async def account(self) -> VenueAccount:
        """Return balances, positions and margin."""
        self.line.check()
        contracts = self._holdings.contracts.items()
        notional = sum((abs(contract.quantity) * self._prices[coin] for coin, contract in contracts), ZERO)
        return VenueAccount(
            time=self._clock.now(),
            spot=dict(self._holdings.spot),
            margin=dict(self._holdings.margin),
            haircuts=dict.fromkeys(self._holdings.margin, ONE),
            prices=dict(self._prices),
            positions=self._holdings.positions(self._prices),
            maintenance_usd=notional * MAINTENANCE_FRACTION,
        )

    async def book(self, symbol: str) -> Book:
        """Return the one-level book; raises NotKnown."""
        self.line.check()
        if symbol not in self._listings:
            raise NotKnown("symbol", symbol)
        return self._book(symbol)

    async def place(self, order: Order) -> OrderReport:
        """Take an order or refuse it."""
        self.line.check()
        trouble = self._meet()
        refusal = Refusal(trouble.refused_code, "arranged") if trouble.refused_code else self._refusal(order)
        if refusal is not None:
            return OrderReport(order.client_id, OrderState.REFUSED, code=refusal.code, reason=refusal.reason)
        now = self._clock.now()
        record = self._orders.add(order, now, _later(now, trouble))
        self._take(record, maker=False)
        self._rest(record)
        return OrderReport(order.client_id, OrderState.UNRESOLVED) if trouble.answer_lost else record.report(now)

    async def order(self, symbol: str, client_id: str) -> OrderReport | None:
        """Return the newest order of an id."""
        self.line.check()
        record = self._orders.find(symbol, client_id)
        return None if record is None else record.report(self._clock.now())

    async def cancel(self, symbol: str, client_id: str) -> OrderReport:
        """Cancel what has not filled; raises NotKnown. A refused cancel proves nothing of the order."""
        self.line.check()
        trouble = self._meet()
        if trouble.refused_code:
            return OrderReport(client_id, OrderState.UNRESOLVED, code=trouble.refused_code, reason="arranged")
        record = self._orders.find(symbol, client_id)
        if record is None:
            raise NotKnown("order", client_id)
        if not record.state.final:
            record.happen(OrderEvent.CANCEL)
            self._orders.settle(record)
        lost = OrderReport(client_id, OrderState.UNRESOLVED)
        return lost if trouble.answer_lost else record.report(self._clock.now())

    async def income(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` (1..1000) changes of the margin wallet after a cursor."""
        self.line.check()
        return self._income.page(after, limit)

    async def submit(self, intent_id: str, action: VenueAction) -> ActionReport:
        """Do an action once."""
        self.line.check()
        trouble, now = self._meet(), self._clock.now()
        if trouble.refused_code:
            return refused(intent_id, trouble.refused_code)
        report = self._actions.once(intent_id, now, _later(now, trouble), lambda: self._act(intent_id, action))
        return ActionReport(intent_id, ActionState.UNRESOLVED) if trouble.answer_lost else report

    async def progress(self, intent_id: str) -> ActionReport:
        """Return what is proved of an action."""
        self.line.check()
        return self._actions.report(intent_id, self._clock.now())

    async def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        self.line.check()
        return self._holdings.arrivals.under(reference)

    def _meet(self) -> Trouble:
        trouble, self.trouble = self.trouble, Trouble()
        return trouble

    def _refusal(self, order: Order) -> Refusal | None:
        listing = self._listings.get(order.symbol)
        if listing is None:
            return UNKNOWN_SYMBOL
        if self._orders.is_open(order.symbol, order.client_id):
            return OPEN_ID
        if order.time_in_force is TimeInForce.POST_ONLY and self._reached(order):
            return WOULD_TAKE
        return filter_refusal(listing, order, self._price(listing.instrument)) or self._short(listing.instrument, order)

    def _short(self, instrument: Instrument, order: Order) -> Refusal | None:
        """Refuse what the account does not hold."""
        if instrument.market is Market.PERP:
            position = self._holdings.contracts[instrument.base].quantity
            fits = reduce_only_part(position, order.side, order.quantity) == order.quantity
            return NOT_REDUCING if order.reduce_only and not fits else None
        if order.side is Side.BUY:
            return NO_BALANCE if order.quantity * order.limit_price > self._holdings.spot[instrument.quote] else None
        return NO_BALANCE if order.quantity > self._holdings.spot[instrument.base] else None

    def _take(self, record: OrderRecord, *, maker: bool) -> None:
        """Fill an order at the book's best price, a maker at its own, if the price reaches it."""
        order = record.order
        if not self._reached(order):
            return
        instrument = self._listings[order.symbol].instrument
        best, size = self._book(order.symbol).against(order.side)[0]
        quantity, price = min(record.rest, size), order.limit_price if maker else best
        if order.reduce_only and instrument.market is Market.PERP:
            quantity = reduce_only_part(self._holdings.contracts[instrument.base].quantity, order.side, quantity)
        if not quantity:
            return
        fee, fee_asset, realised = self._holdings.book(instrument, order.side, Fill(quantity, price, FEE))
        trade_id = self._orders.next_trade_id(order.symbol)
        record.fill(Trade(trade_id, quantity, price, fee, fee_asset, realised, maker, self._clock.now()))
        self._orders.settle(record)

    def _rest(self, record: OrderRecord) -> None:
        if record.rest and record.order.time_in_force is TimeInForce.IOC:
            record.happen(OrderEvent.EXPIRE)
        elif not record.filled:
            record.happen(OrderEvent.ACCEPT)
        self._orders.settle(record)

    def _reached(self, order: Order) -> bool:
        best = self._book(order.symbol).against(order.side)[0][0]
        return best <= order.limit_price if order.side is Side.BUY else best >= order.limit_price

    def _book(self, symbol: str) -> Book:
        instrument = self._listings[symbol].instrument
        bid = round_to_step(self._price(instrument), instrument.tick, ROUND_FLOOR)
        return Book(symbol, ((bid, DEPTH),), ((bid + instrument.tick, DEPTH),), self._clock.now())

    def _price(self, instrument: Instrument) -> Decimal:
        return divide(self._prices[instrument.base], self._prices[instrument.quote], _PLACES, ROUND_HALF_EVEN)

    def _act(self, intent_id: str, action: VenueAction) -> ActionReport:
        if isinstance(action, WalletTransfer):
            self._holdings.transfer(action)
            return ActionReport(intent_id, ActionState.CONFIRMED, sent=action.amount, received=action.amount)
        self._holdings.take(Wallet.SPOT, action.amount)
        reference = f"withdrawal-{intent_id}"
        self.departed[reference] = (action.amount, action.address)
        cost = Amount.zero(action.amount.asset)
        return ActionReport(intent_id, ActionState.CONFIRMED, sent=action.amount, cost=cost, reference=reference)


def _later(now: datetime, trouble: Trouble) -> datetime:
    return now + timedelta(seconds=trouble.hidden_s)
