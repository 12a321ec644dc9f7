"""A market that is set by hand, and an exchange in it with the project's recorded rules."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from attrs import define, field

from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.adapters.simulator.venue.recorded import recorded_exchange
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import Order, OrderReport, TimeInForce
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, SOL, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.ports.actions import ActionState
from ballast.ports.venue import Wallet, WalletTransfer

DATA = Path(__file__).parents[5] / "data"
D = Decimal
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
PRICES: Mapping[Asset, Decimal] = {BTC: D(70_000), ETH: D(2_100), SOL: D(90)}
BTC_PERP, ETH_PERP, SOL_PERP = "BTCUSDT:PERP", "ETHUSDT:PERP", "SOLUSDT:PERP"
BTC_USDC, BTC_USDT = "BTCUSDC:SPOT", "BTCUSDT:SPOT"


def _start() -> dict[Asset, list[tuple[datetime, Decimal]]]:
    return {asset: [(NOON - timedelta(days=1), price)] for asset, price in PRICES.items()}


@define
class StillMarket:
    """Prices that jump where they are set, and stay."""

    steps: dict[Asset, list[tuple[datetime, Decimal]]] = field(factory=_start)
    rates: dict[tuple[Asset, datetime], Decimal] = field(factory=dict[tuple[Asset, datetime], Decimal])
    usdc: Decimal = D(1)

    def set(self, asset: Asset, at: datetime, usd: str) -> None:
        self.steps[asset].append((at, D(usd)))

    def price(self, asset: Asset, at: datetime) -> Decimal | None:
        position = bisect_right(self.steps[asset], at, key=lambda step: step[0])
        return self.steps[asset][position - 1][1] if position else None

    def extremes(self, asset: Asset, since: datetime, until: datetime) -> tuple[Decimal, Decimal] | None:
        before = self.price(asset, since)
        seen = [price for time, price in self.steps[asset] if since < time <= until]
        prices = seen if before is None else [before, *seen]
        return (min(prices), max(prices)) if prices else None

    def funding_rate(self, asset: Asset, at: datetime) -> Decimal | None:
        return self.rates.get((asset, at))

    def usdc_usd(self) -> Decimal:
        return self.usdc


@define
class Departures:
    """Where withdrawals go: known addresses start with "known"."""

    gone: list[tuple[datetime, Amount, str]] = field(factory=list[tuple[datetime, Amount, str]])

    def __call__(self, now: datetime, amount: Amount, address: str) -> str:
        if not address.startswith("known"):
            raise RuleBroken("address", "a known one", address)
        self.gone.append((now, amount, address))
        return f"transfer-{len(self.gone)}"


@define
class Bench:
    """An exchange, its market, and what left it."""

    engine: VenueEngine
    market: StillMarket
    departures: Departures

    def fund(self, asset: Asset, spot: str = "0", margin: str = "0", now: datetime = NOON) -> None:
        """Put an amount into each wallet."""
        total = Amount(asset, D(spot) + D(margin))
        if total:
            self.engine.credit(now, total, f"fund-{asset.value}-{now}")
        if D(margin):
            move = WalletTransfer(Amount(asset, D(margin)), Wallet.SPOT, Wallet.MARGIN)
            assert self.engine.submit(now, f"move-{asset.value}-{now}", move).state is ActionState.CONFIRMED

    def trade(self, symbol: str, signed: str, now: datetime = NOON, *, reduce_only: bool = False) -> OrderReport:
        """Take from the book, as far as it goes."""
        side = Side.of(D(signed))
        worst = self.engine.book(now, symbol).against(side)[-1][0]
        quantity, name = str(abs(D(signed))), f"t{now}{symbol}"
        order = make(symbol, side, quantity, str(worst), client_id=name, reduce_only=reduce_only)
        return self.engine.place(now, order)


def bench(settings: VenueSettings | None = None, seed: int = 7) -> Bench:
    market, departures = StillMarket(), Departures()
    return Bench(recorded_exchange(DATA, market, departures, seed=seed, settings=settings), market, departures)


def make(
    symbol: str,
    side: Side,
    quantity: str,
    price: str,
    time_in_force: TimeInForce = TimeInForce.IOC,
    *,
    client_id: str = "one",
    reduce_only: bool = False,
) -> Order:
    legal = client_id.replace(" ", "_").replace("+", "-")[:36]
    return Order(legal, symbol, side, D(quantity), D(price), time_in_force, reduce_only)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)
