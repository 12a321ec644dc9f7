"""The whole exchange behind the sockets: one account over one engine."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from attrs import Factory, frozen

from ballast.adapters.common.venue.orders import OrderRecord
from ballast.adapters.simulator.exchange.account import AccountDesk
from ballast.adapters.simulator.exchange.algos import AlgoDesk
from ballast.adapters.simulator.exchange.archive import Archive
from ballast.adapters.simulator.exchange.clock import ServerClock
from ballast.adapters.simulator.exchange.faults import FaultPlan
from ballast.adapters.simulator.exchange.income import IncomeBook
from ballast.adapters.simulator.exchange.limits import RequestLimits
from ballast.adapters.simulator.exchange.markets import Markets, our_symbol, wire_symbol
from ballast.adapters.simulator.exchange.orders import OrderDesk
from ballast.adapters.simulator.exchange.quotes import Quotes
from ballast.adapters.simulator.exchange.replay import Record, RecordedBook, RecordedLadder, play_prices
from ballast.adapters.simulator.exchange.signing import Credentials
from ballast.adapters.simulator.exchange.sockets import Hub
from ballast.adapters.simulator.exchange.user_stream import (
    UserStreams,
    account_frame,
    balance_row,
    execution_of,
    order_frame,
)
from ballast.adapters.simulator.exchange.wallets import WalletDesk, WalletSettings
from ballast.adapters.simulator.exchange.wire import Json, plain
from ballast.adapters.simulator.venue.engine import Depart
from ballast.adapters.simulator.venue.feed import PriceSource
from ballast.adapters.simulator.venue.recorded import recorded_exchange
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Market
from ballast.domain.execution.order import OrderEvent, Trade
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO
from ballast.ports.actions import ActionState
from ballast.ports.clock import Clock
from ballast.ports.venue import IncomeKind, Wallet, WalletTransfer

_INCOME_PAGE = 1000


@frozen(kw_only=True)
class ExchangeSettings:
    """Whose account it is, and what is in it at the start.

    `spot` and `margin` are wallet balances; `whitelist` maps addresses to the coin that may be sent there; `replays`
    are recorded books that are played from the start on, their coins' prices with them.
    """

    credentials: Credentials
    spot: Mapping[Asset, Decimal]
    margin: Mapping[Asset, Decimal]
    deposit_addresses: Mapping[Asset, str]
    whitelist: Mapping[str, Asset]
    venue: VenueSettings = Factory(VenueSettings)
    seed: int = 1
    replays: tuple[Record, ...] = ()


DEPOSIT_ADDRESSES: Mapping[Asset, str] = {BTC: "venue-btc", USDC: "venue-usdc", USDT: "venue-usdt"}


class Exchange:
    """Everything the server and its control interface act on; not a task runs in it, and every call is at one moment.

    `departed` is what withdrawals sent away, with the address, oldest first; `depart`, if given, carries them on and
    names the transaction.
    """

    def __init__(
        self,
        data: Path,
        market: PriceSource,
        clock: Clock,
        settings: ExchangeSettings,
        depart: Depart | None = None,
    ) -> None:
        self._carry = depart or self._number
        self.clock = ServerClock(clock)
        self.credentials = settings.credentials
        self.price_source = market
        self.departed: list[tuple[Amount, str]] = []
        self.faults = FaultPlan()
        self.limits = RequestLimits(self.clock)
        self.hub = Hub()
        self.markets = Markets(data)
        now = self.clock.now()
        books = {our_symbol(each.market, each.symbol): RecordedBook(each, now) for each in settings.replays}
        ladders = {
            symbol: RecordedLadder(self.markets.listing(symbol).instrument, book, settings.venue)
            for symbol, book in books.items()
        }
        for symbol, book in books.items():
            play_prices(market, self.markets.listing(symbol).instrument.base, book.record, now)
        self.engine = recorded_exchange(
            data, market, self._depart, seed=settings.seed, settings=settings.venue, books=ladders
        )
        self.archive = Archive()
        self.orders = OrderDesk(self.engine, self.markets, self.archive)
        self.algos = AlgoDesk(self.engine, self.markets, self.orders, market)
        self.account = AccountDesk(self.engine, self.markets, self.archive, settings.venue)
        wallets = WalletSettings(settings.deposit_addresses, settings.whitelist, settings.venue.withdrawal_fees)
        self.wallets = WalletDesk(self.engine, wallets, self._transferred)
        self.users = UserStreams(self.hub)
        self.income = IncomeBook()
        self._income_seen = 0
        self._realised: dict[Asset, Decimal] = {}
        self.quotes = Quotes(self.engine, self.markets, market, self.hub, books, now)
        self.engine.watch(self._observe)
        self._fund(settings, now)

    def now(self) -> datetime:
        """Bring everything up to the present, and return it."""
        now = self.clock.now()
        self.engine.advance(now)
        self.algos.check(now)
        self._tell_income(now)
        self.users.send_due(now)
        self.users.expire(now)
        self.hub.expire(now)
        return now

    def tick(self) -> None:
        """Bring everything up to the present and send what changed."""
        self.quotes.tick(self.now())

    def _transferred(self, asset: Asset, signed: Decimal, now: datetime) -> None:
        self.income.post("TRANSFER", "", (asset, signed), now)
        balances = [balance_row(asset.value, self.engine.holdings.margin[asset], signed)]
        self.users.tell(account_frame("MARGIN_TRANSFER", balances, [], now), now, now)

    def _depart(self, now: datetime, amount: Amount, address: str) -> str:
        self.departed.append((amount, address))
        return self._carry(now, amount, address)

    def _number(self, _now: datetime, _amount: Amount, _address: str) -> str:
        return f"loopback-transaction-{len(self.departed)}"

    def _fund(self, settings: ExchangeSettings, now: datetime) -> None:
        for asset in (BTC, USDC, USDT):
            spot, margin = (held.get(asset, ZERO) for held in (settings.spot, settings.margin))
            if spot < 0 or margin < 0:
                raise InvalidInput("balance", "0 or more", f"{min(spot, margin)} {asset.value}")
            if spot + margin:
                self.engine.credit(now, Amount(asset, spot + margin), f"opening-{asset.value}")
            if margin:
                action = WalletTransfer(Amount(asset, margin), Wallet.SPOT, Wallet.MARGIN)
                report = self.engine.submit(now, f"opening#{asset.value}", action)
                if report.state is not ActionState.CONFIRMED:
                    raise InvalidInput("balance", "a balance the wallets can hold", report.reason)

    def _observe(self, record: OrderRecord, event: OrderEvent, trade: Trade | None, now: datetime) -> None:
        entry = self.archive.note(record, event, now)
        instrument = self.markets.listing(record.order.symbol).instrument
        if event is OrderEvent.ACCEPT:
            return
        if instrument.market is Market.SPOT:
            if trade is not None:
                self.quotes.traded(instrument, record.order.side, trade)
            return
        execution = execution_of(event, entry)
        due = max(now, record.visible_from)
        self.users.tell(order_frame(entry, execution, trade, now), due, now)
        if trade is not None:
            self.quotes.traded(instrument, record.order.side, trade)
            self._book_trade(instrument.base, record, trade, forced=execution == "CALCULATED")
            self.users.tell(self._position_frame("ORDER", instrument.base, now), due, now)

    def _book_trade(self, coin: Asset, record: OrderRecord, trade: Trade, *, forced: bool) -> None:
        symbol = wire_symbol(record.order.symbol)
        fee_kind = "INSURANCE_CLEAR" if forced else "COMMISSION"
        self.income.post("REALIZED_PNL", symbol, (USDT, trade.realised), trade.time, trade.trade_id)
        self.income.post(fee_kind, symbol, (trade.fee_asset, -trade.fee), trade.time, trade.trade_id)
        self._realised[coin] = self._realised.get(coin, ZERO) + trade.realised

    def _position_frame(self, reason: str, coin: Asset, now: datetime) -> Json:
        holdings = self.engine.holdings
        contract = holdings.contracts[coin]
        mark = self.engine.mark(now, f"{coin.value}USDT:PERP")
        position = {
            "s": f"{coin.value}USDT",
            "pa": plain(contract.quantity),
            "ep": plain(contract.entry_price),
            "bep": plain(contract.entry_price),
            "cr": plain(self._realised.get(coin, ZERO)),
            "up": plain(contract.unrealised(mark)),
            "mt": "cross",
            "iw": "0",
            "ps": "BOTH",
            "ma": USDT.value,
        }
        return account_frame(reason, [balance_row(USDT.value, holdings.margin[USDT], ZERO)], [position], now)

    def _tell_income(self, now: datetime) -> None:
        """Book what the engine charged without an order; its liquidations were booked by their trades."""
        for each in self.engine.income(now, self._income_seen, _INCOME_PAGE):
            self._income_seen = each.position
            if each.kind is IncomeKind.FUNDING:
                self.income.post("FUNDING_FEE", f"{each.asset.value}USDT", (USDT, each.amount.quantity), each.time)
                balances = [balance_row(USDT.value, self.engine.holdings.margin[USDT], each.amount.quantity)]
                self.users.tell(account_frame("FUNDING_FEE", balances, [], each.time), now, now)
