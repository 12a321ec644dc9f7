"""What time brings an account: fills of resting orders, the margin check, funding."""

from datetime import datetime, timedelta
from decimal import Decimal

from ballast.adapters.common.venue.holdings import PLACES, Fill, Holdings
from ballast.adapters.common.venue.income import IncomeLog
from ballast.adapters.common.venue.listing import Listing
from ballast.adapters.common.venue.orders import OrderLog
from ballast.adapters.simulator.venue.feed import Feed
from ballast.adapters.simulator.venue.margin import MarginRules, Prices
from ballast.adapters.simulator.venue.matching import Matching
from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import Order, OrderEvent, TimeInForce
from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import HEDGED, STABLES, USDT, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ROUND_CEILING, ROUND_FLOOR, ZERO, round_to_places, round_to_step
from ballast.ports.venue import IncomeKind

_MINUTE = timedelta(minutes=1)
_FUNDING_HOURS = 8


class Passage:
    """Bring an account forward in whole minutes, so that it does not matter how often anybody looks.

    Within a minute coins are taken to move together: the account is weighed with every mark at its lowest and with
    every mark at its highest. All positions close at once when it fails, at those marks and for the exchange's
    liquidation fee; what that costs beyond the collateral stays a debt in USDT.
    """

    def __init__(
        self,
        perpetuals: dict[Asset, Listing],
        feed: Feed,
        rules: MarginRules,
        holdings: Holdings,
        orders: OrderLog,
        matching: Matching,
    ) -> None:
        self._perpetuals = perpetuals
        self._feed = feed
        self._rules = rules
        self._holdings = holdings
        self._orders = orders
        self._matching = matching
        self._checked: datetime | None = None
        self.income = IncomeLog()

    def advance(self, now: datetime) -> None:
        """Process every whole minute that ended by now; nothing happens to an account with nothing open."""
        if self._checked is None:
            return
        minute = self._checked.replace(second=0, microsecond=0) + _MINUTE
        if (now < minute and not self._orders.has_open()) or not self._exposed():
            return
        while minute <= now:
            self._matching.match_until(minute)
            self._check_margin(self._checked, minute)
            if minute.minute == 0 and minute.hour % _FUNDING_HOURS == 0:
                self._fund(minute)
            self._checked, minute = minute, minute + _MINUTE
        self._matching.match_until(now)

    def settle(self, now: datetime) -> None:
        """Process everything up to now, because what is open is about to change."""
        self.advance(now)
        if self._checked is not None and self._checked < now:
            self._check_margin(self._checked, now)
        self._matching.match_until(now)
        self._checked = now

    def _exposed(self) -> bool:
        return self._orders.has_open() or self._has_positions()

    def _has_positions(self) -> bool:
        return any(contract.quantity for contract in self._holdings.contracts.values())

    def _check_margin(self, since: datetime, until: datetime) -> None:
        if not self._has_positions():
            return
        known: dict[Asset, tuple[Decimal, Decimal]] = {}
        for coin in HEDGED:
            span = self._feed.extremes(coin, since, until)
            if span is None:
                return
            known[coin] = span
        stables = {asset: self._feed.usd(asset, until) for asset in STABLES}
        if self._rules.worst_excess(self._holdings, known, stables) > 0:
            return
        for end in (0, 1):
            marks = {coin: span[end] for coin, span in known.items()}
            if self._rules.excess(self._holdings, {**stables, **marks}) <= 0:
                self._liquidate(until, marks)
                return

    def _liquidate(self, now: datetime, marks: Prices) -> None:
        self._matching.expire(Market.PERP, now)
        for coin, contract in self._holdings.contracts.items():
            if contract.quantity:
                rate = Bps.of_fraction(self._perpetuals[coin].liquidation_fee)
                self._close_out(now, "autoclose", coin, -contract.quantity, marks[coin], rate)

    def deleverage(self, now: datetime, coin: Asset, quantity: Decimal) -> None:
        """Close a part of a position (0 < quantity <= its size) at the mark against its holder's will, without a fee.

        Raises RuleBroken when the position is smaller.
        """
        held = self._holdings.contracts[coin].quantity
        if not 0 < quantity <= abs(held):
            raise RuleBroken("deleveraging", f"more than 0 and at most {abs(held)} {coin.value}", str(quantity))
        signed = -quantity if held > 0 else quantity
        self._close_out(now, "adl_autoclose", coin, signed, self._feed.usd(coin, now), Bps(ZERO))

    def _close_out(self, now: datetime, cause: str, coin: Asset, signed: Decimal, mark: Decimal, fee: Bps) -> None:
        """Trade a signed quantity with the exchange itself, under an order whose id tells the cause."""
        instrument, side = self._perpetuals[coin].instrument, Side.of(signed)
        price = round_to_step(mark, instrument.tick, ROUND_CEILING if side is Side.BUY else ROUND_FLOOR)
        client_id = f"{cause}-{coin.value}-{now:%d%H%M%S%f}"
        order = Order(client_id, instrument.symbol, side, abs(signed), price, TimeInForce.IOC, reduce_only=True)
        record = self._orders.add(order, now, now)
        self._matching.observe(record, OrderEvent.SEND, None, now)
        paid, realised = self._matching.close_out(record, Fill(abs(signed), price, fee), now)
        self.income.post(IncomeKind.LIQUIDATION, coin, Amount(USDT, realised - paid), now)

    def _fund(self, stamp: datetime) -> None:
        """Pay each position's notional at mark x rate (longs pay a positive rate), where the record has a rate."""
        for coin, contract in self._holdings.contracts.items():
            rate = self._feed.funding_rate(coin, stamp)
            if not contract.quantity or rate is None:
                continue
            paid = contract.quantity * self._feed.usd(coin, stamp) * rate
            amount = Amount(USDT, round_to_places(-paid, PLACES, ROUND_FLOOR))
            self._holdings.margin[USDT] += amount.quantity
            self.income.post(IncomeKind.FUNDING, coin, amount, stamp)
