"""The simulated exchange: one account, spot and perpetuals, in the time the caller gives."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ballast.adapters.common.venue.holdings import Holdings
from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.common.venue.orders import OrderLog
from ballast.adapters.common.venue.transfers import ActionLog
from ballast.adapters.simulator.venue.feed import Feed, PriceSource
from ballast.adapters.simulator.venue.gate import Gate
from ballast.adapters.simulator.venue.ladder import Ladder
from ballast.adapters.simulator.venue.margin import MarginRules
from ballast.adapters.simulator.venue.matching import Matching
from ballast.adapters.simulator.venue.passage import Passage
from ballast.adapters.simulator.venue.profile import MarketDepth
from ballast.adapters.simulator.venue.settings import Brackets, VenueSettings
from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument, Market
from ballast.domain.execution.order import Order, OrderReport, OrderState
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import STABLES
from ballast.domain.kernel.errors import NotKnown, RuleBroken
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.venue import Income, VenueAccount, VenueAction, Wallet, WalletTransfer, Withdrawal

Depart = Callable[[datetime, Amount, str], str]
"""Send an amount on its way to an address; return its reference, or raise RuleBroken for an unknown address."""

_UNFILLED_KEPT = timedelta(days=3)
_FILLED_KEPT = timedelta(days=90)


class VenueEngine:
    """One account at one exchange; a deterministic function of the market, the seed and the commands in their order.

    Every method takes the present first (aware UTC, never before an earlier command) and processes what time brought
    until then; `place`, `cancel`, `submit` and `credit` are the commands, the others only look, and how often makes no
    difference. Not modelled: the exchange's conversion of a USDT debt into other assets, partial liquidation,
    auto-deleveraging, and other people's reaction to our orders beyond the depth we took.
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
    ) -> None:
        self._instruments = {symbol: listing.instrument for symbol, listing in listings.items()}
        self._feed = Feed(market)
        self._settings = settings
        self._depart = depart
        self._holdings = Holdings()
        self._orders = OrderLog()
        self._actions = ActionLog()
        self._rules = MarginRules(settings.haircuts, brackets, settings.leverage)
        self._ladders = {
            symbol: Ladder(instrument, profile[symbol], settings, seed)
            for symbol, instrument in self._instruments.items()
        }
        self._matching = Matching(self._instruments, self._ladders, self._feed, settings, self._holdings, self._orders)
        self._gate = Gate(
            listings, self._feed, self._rules, self._holdings, self._orders, self._matching, settings.open_orders_max
        )
        perpetuals = {
            listing.instrument.base: listing
            for listing in listings.values()
            if listing.instrument.market is Market.PERP
        }
        self._passage = Passage(perpetuals, self._feed, self._rules, self._holdings, self._orders, self._matching)

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

    def place(self, now: datetime, order: Order, hidden_s: int = 0) -> OrderReport:
        """Take an order or refuse it; what becomes of it can be seen only `hidden_s` (>= 0) later."""
        self._passage.settle(now)
        self._orders.forget(now - _UNFILLED_KEPT, now - _FILLED_KEPT)
        refusal = self._gate.refusal(order, now)
        if refusal is not None:
            return OrderReport(order.client_id, OrderState.REFUSED, code=refusal.code, reason=refusal.reason)
        record = self._orders.add(order, now, now + timedelta(seconds=hidden_s))
        self._matching.execute(record, now)
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
        self._matching.cancel(record)
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
