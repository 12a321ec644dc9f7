"""The simulated exchange: one account, spot and perpetuals, in the time the caller gives."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import evolve

from ballast.adapters.common.venue.filters import WOULD_TAKE, Refusal
from ballast.adapters.common.venue.holdings import Holdings
from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.common.venue.orders import OrderLog
from ballast.adapters.common.venue.transfers import ActionLog
from ballast.adapters.simulator.venue.feed import Feed, PriceSource
from ballast.adapters.simulator.venue.gate import Gate
from ballast.adapters.simulator.venue.ladder import Ladder
from ballast.adapters.simulator.venue.margin import MarginRules, MarginView
from ballast.adapters.simulator.venue.matching import Matching, Observe
from ballast.adapters.simulator.venue.passage import Passage
from ballast.adapters.simulator.venue.profile import MarketDepth
from ballast.adapters.simulator.venue.settings import Brackets, VenueSettings
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Order, OrderEvent, OrderReport, OrderState
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import STABLES, Asset
from ballast.domain.kernel.errors import NotKnown, RuleBroken
from ballast.domain.kernel.number import ROUND_HALF_EVEN, divide
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.venue import Income, VenueAccount, VenueAction, Wallet, WalletTransfer, Withdrawal

Depart = Callable[[datetime, Amount, str], str]
"""Send an amount on its way to an address; return its reference, or raise RuleBroken for an unknown address."""

_UNFILLED_KEPT = timedelta(days=3)
_FILLED_KEPT = timedelta(days=90)


def _refused(client_id: str, refusal: Refusal) -> OrderReport:
    return OrderReport(client_id, OrderState.REFUSED, code=refusal.code, reason=refusal.reason)


class VenueEngine:
    """One account at one exchange; a deterministic function of the market, the seed and the commands in their order.

    Every method takes the present first (aware UTC, never before an earlier command) and processes what time brought
    until then; `place`, `amend`, `cancel`, `submit` and `credit` are the commands, `deleverage`, `halt` and `relist`
    what the exchange itself may do; the others only look, and how often makes no difference. Not modelled: the
    exchange's conversion of a USDT debt into other assets, partial liquidation, and other people's reaction to our
    orders beyond the depth we took.
    """

    def __init__(
        self,
        market: PriceSource,
        listings: Mapping[str, Listing],
        profile: Mapping[str, MarketDepth],
        brackets: Brackets,
        settings: VenueSettings,
        seed: int,
        depart: Depart,
        books: Mapping[str, Ladder],
    ) -> None:
        self._instruments = {symbol: listing.instrument for symbol, listing in listings.items()}
        self._feed = Feed(market)
        self._settings = settings
        self._depart = depart
        self._listings = dict(listings)
        self.holdings = self._holdings = Holdings()
        self._orders = OrderLog()
        self._actions = ActionLog()
        self._rules = MarginRules(settings.haircuts, brackets, settings.leverage)
        self._ladders = {
            symbol: books.get(symbol) or Ladder(instrument, profile[symbol], settings, seed)
            for symbol, instrument in self._instruments.items()
        }
        self._matching = Matching(self._instruments, self._ladders, self._feed, settings, self._holdings, self._orders)
        self._gate = Gate(
            self._listings,
            self._feed,
            self._rules,
            self._holdings,
            self._orders,
            self._matching,
            settings.open_orders_max,
        )
        self._perpetuals = {
            listing.instrument.base: listing
            for listing in listings.values()
            if listing.instrument.market is Market.PERP
        }
        self._passage = Passage(self._perpetuals, self._feed, self._rules, self._holdings, self._orders, self._matching)

    @property
    def repeated_ids(self) -> int:
        """Return how many orders were accepted under an id that an earlier order had: the exchange's own count."""
        return self._orders.repeated

    def advance(self, now: datetime) -> None:
        """Process what time brought: fills of resting orders, funding, liquidation."""
        self._passage.advance(now)

    def instruments(self, _now: datetime) -> dict[str, Instrument]:
        """Return the markets by symbol."""
        return dict(self._instruments)

    def account(self, now: datetime) -> VenueAccount:
        """Return the whole account; raises Unreachable when the market has no price at that moment."""
        self.advance(now)
        prices = self._feed.marks(now)
        positions = self._holdings.positions(prices)
        for asset in STABLES:
            prices[asset] = self._feed.usd(asset, now)
        return VenueAccount(
            time=now,
            spot=dict(self._holdings.spot),
            margin=dict(self._holdings.margin),
            haircuts=self._settings.haircuts,
            prices=prices,
            positions=positions,
            maintenance_usd=self._rules.maintenance(self._holdings, prices),
        )

    def book(self, now: datetime, symbol: str) -> Book:
        """Return a market's visible book; raises NotKnown for a symbol the exchange does not list."""
        instrument = self._instruments.get(symbol)
        if instrument is None:
            raise NotKnown("symbol", symbol)
        return self._ladders[symbol].book(self._feed.quote(instrument, now), now)

    def mark(self, now: datetime, symbol: str) -> Decimal:
        """Return a listed market's mark price in its quote asset; raises Unreachable when there is none."""
        return self._feed.quote(self._instruments[symbol], now)

    def place(self, now: datetime, order: Order, hidden_s: int = 0, fill_max: Decimal | None = None) -> OrderReport:
        """Take an order or refuse it; what becomes of it can be seen only `hidden_s` (>= 0) later.

        With `fill_max` no more than that (base units) is on offer to it now.
        """
        self._passage.settle(now)
        self._orders.forget(now - _UNFILLED_KEPT, now - _FILLED_KEPT)
        refusal = self._gate.refusal(order, now)
        expires = refusal is WOULD_TAKE and self._settings.post_only_expires
        if refusal is not None and not expires:
            return _refused(order.client_id, refusal)
        record = self._orders.add(order, now, now + timedelta(seconds=hidden_s))
        self._matching.observe(record, OrderEvent.SEND, None, now)
        if expires:
            self._matching.refuse_to_take(record, now)
        else:
            self._matching.execute(record, now, fill_max)
        return record.report(now)

    def amend(self, now: datetime, symbol: str, client_id: str, quantity: Decimal, limit_price: Decimal) -> OrderReport:
        """Change an open order's whole quantity and its price; a refusal leaves it as it is.

        A quantity that has filled already ends the order. Raises NotKnown unless the order is open.
        """
        self._passage.settle(now)
        record = self._orders.find(symbol, client_id)
        if record is None or record.state.final:
            raise NotKnown("open order", client_id)
        if quantity <= record.filled:
            self._matching.cancel(record, now)
            return record.report(now)
        changed = evolve(record.order, quantity=quantity, limit_price=limit_price)
        self._orders.lift(record)
        refusal = self._gate.refusal(evolve(changed, quantity=quantity - record.filled), now)
        self._orders.put_back(record)
        if refusal is not None:
            return _refused(client_id, refusal)
        self._matching.change(record, changed, now)
        return record.report(now)

    def order(self, now: datetime, symbol: str, client_id: str) -> OrderReport | None:
        """Return the newest order of an id; None when there is none."""
        self.advance(now)
        record = self._orders.find(symbol, client_id)
        return None if record is None else record.report(now)

    def cancel(self, now: datetime, symbol: str, client_id: str) -> OrderReport:
        """End what has not filled and report what has; raises NotKnown."""
        self._passage.settle(now)
        record = self._orders.find(symbol, client_id)
        if record is None:
            raise NotKnown("order", client_id)
        self._matching.cancel(record, now)
        return record.report(now)

    def submit(self, now: datetime, intent_id: str, action: VenueAction, hidden_s: int = 0) -> ActionReport:
        """Do an action once; what became of it can be seen only `hidden_s` (>= 0) later."""
        self._passage.settle(now)
        visible_from = now + timedelta(seconds=hidden_s)
        return self._actions.once(intent_id, now, visible_from, lambda: self._act(now, intent_id, action))

    def progress(self, now: datetime, intent_id: str) -> ActionReport:
        """Return what is proved of an action."""
        return self._actions.report(intent_id, now)

    def credit(self, now: datetime, amount: Amount, reference: str) -> None:
        """Put what arrived into the spot wallet.

        Raises RuleBroken for an asset not held, InvariantError for a reference that arrived before.
        """
        self._passage.settle(now)
        self._holdings.receive(amount, reference)

    def credited(self, _now: datetime, reference: str) -> Amount | None:
        """Return what arrived under a reference."""
        return self._holdings.arrivals.under(reference)

    def income(self, now: datetime, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` changes of the margin wallet after a cursor; raises InvalidInput out of range."""
        self.advance(now)
        return self._passage.income.page(after, limit)

    def traded_per_second(self, now: datetime, symbol: str) -> dict[Side, Decimal]:
        """Return what others trade at the best prices in a second, in base units, by the side that takes."""
        displayed = self._ladders[symbol].touch_quantity(self.mark(now, symbol))
        instrument = self._instruments[symbol]
        each = divide(displayed, Decimal(self._settings.queue_s), instrument.base.scale, ROUND_HALF_EVEN)
        return dict.fromkeys(Side, instrument.quantity_down(each))

    def watch(self, observe: Observe) -> None:
        """Tell somebody of everything that happens to orders from now on."""
        self._matching.observe = observe

    def margin(self, now: datetime) -> MarginView:
        """Return the margin wallet as weighed now; raises Unreachable when the market has no price."""
        self.advance(now)
        prices = self._feed.marks(now) | {asset: self._feed.usd(asset, now) for asset in STABLES}
        opening = self._gate.opening_usd()
        return MarginView(
            balance=self._rules.balance(self._holdings, prices),
            initial=self._rules.initial(self._holdings, opening, prices),
            maintenance=self._rules.maintenance(self._holdings, prices),
            opening=opening,
        )

    @property
    def rules(self) -> MarginRules:
        """Return how the account is weighed; `leverage_of` is what its holder may set."""
        return self._rules

    def deleverage(self, now: datetime, coin: Asset, quantity: Decimal) -> None:
        """Close a part of a position at the mark against its holder's will; raises RuleBroken beyond the position."""
        self._passage.settle(now)
        self._passage.deleverage(now, coin, quantity)

    def halt(self, now: datetime, symbol: str, *, halted: bool) -> None:
        """Stop or resume a market: while it is stopped nothing fills."""
        self._passage.settle(now)
        (self._matching.halted.add if halted else self._matching.halted.discard)(symbol)

    def relist(self, now: datetime, listing: Listing) -> None:
        """Change a listed market's rules; orders placed before keep resting."""
        self._passage.settle(now)
        instrument = listing.instrument
        self._listings[instrument.symbol] = listing
        self._instruments[instrument.symbol] = self._ladders[instrument.symbol].instrument = instrument
        if instrument.market is Market.PERP:
            self._perpetuals[instrument.base] = listing

    def _act(self, now: datetime, intent_id: str, action: VenueAction) -> ActionReport:
        if isinstance(action, WalletTransfer):
            if action.source is Wallet.MARGIN:
                self._gate.check_margin_transfer(action.amount, now)
            self._holdings.transfer(action)
            return ActionReport(intent_id, ActionState.CONFIRMED, sent=action.amount, received=action.amount)
        return self._withdraw(now, intent_id, action)

    def _withdraw(self, now: datetime, intent_id: str, action: Withdrawal) -> ActionReport:
        asset = action.amount.asset
        if asset not in self._settings.withdrawal_fees:
            known = ", ".join(each.value for each in self._settings.withdrawal_fees)
            raise RuleBroken("withdrawal", f"one of {known}", asset.value)
        fee = Amount(asset, self._settings.withdrawal_fees[asset])
        self._holdings.check(Wallet.SPOT, action.amount)
        self._holdings.check(Wallet.SPOT, action.amount + fee)
        reference = self._depart(now, action.amount, action.address)
        self._holdings.take(Wallet.SPOT, action.amount + fee)
        return ActionReport(intent_id, ActionState.CONFIRMED, sent=action.amount, cost=fee, reference=reference)
