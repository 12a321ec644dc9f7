"""Small instruments, books and legs for the execution tests."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.slicing import Leg, Terms
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT, Asset

D = Decimal
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


def perp(base: Asset, tick: str, step: str, notional_min: str, quantity_max: str = "1000") -> Instrument:
    return Instrument(
        f"{base.value}USDT:PERP",
        Market.PERP,
        base,
        USDT,
        D(tick),
        D(step),
        D(step),
        D(quantity_max),
        D(notional_min),
        D("0.05"),
    )


BTC_PERP = perp(BTC, "0.10", "0.001", "50")
ETH_PERP = perp(ETH, "0.01", "0.001", "20")
SOL_PERP = perp(SOL, "0.01", "0.01", "5")
BTC_SPOT = Instrument(
    "BTCUSDC:SPOT", Market.SPOT, BTC, USDC, D("0.01"), D("0.00001"), D("0.00001"), D(9000), D(5), D("0.5")
)
PRICES: Mapping[str, Decimal] = {
    BTC_PERP.symbol: D(70_000), ETH_PERP.symbol: D(2_100), SOL_PERP.symbol: D(90), BTC_SPOT.symbol: D(70_000)
}  # fmt: skip


def terms(
    *,
    slippage_bps_max: str = "10",
    cost_bps_max: str = "50",
    time_s_max: str = "600",
    depth_share: str = "0.25",
    slice_notional_max: str = "50000",
    refill_s: str = "2",
    maker_first: bool = False,
    maker_wait_s: str = "5",
) -> Terms:
    return Terms(
        D(slippage_bps_max),
        D(cost_bps_max),
        D(time_s_max),
        D(depth_share),
        D(slice_notional_max),
        D(refill_s),
        maker_first,
        D(maker_wait_s),
    )


def book(instrument: Instrument, size: str = "10", levels: int = 5, price: Decimal | None = None) -> Book:
    """Five levels of one size on each side, one tick apart, around a price."""
    middle = PRICES[instrument.symbol] if price is None else price
    bids = tuple((middle - instrument.tick * n, D(size)) for n in range(1, levels + 1))
    asks = tuple((middle + instrument.tick * n, D(size)) for n in range(1, levels + 1))
    return Book(instrument.symbol, bids, asks, NOON)


def leg(
    instrument: Instrument,
    side: Side,
    quantity: str,
    *,
    reduce_only: bool = False,
    arrival_price: Decimal | None = None,
) -> Leg:
    arrival = PRICES[instrument.symbol] if arrival_price is None else arrival_price
    return Leg(instrument.symbol, instrument, side, D(quantity), reduce_only, arrival)
