"""The exposure now, from venue truth and chain truth; design/strategy.md section 3."""

from attrs import frozen

from ballast.domain.hedge.exposure import AssetExposure, Band, measure
from ballast.domain.hedge.quote import perp_symbol
from ballast.domain.kernel.asset import BTC, HEDGED, Asset
from ballast.domain.kernel.number import Decimal, ratio
from ballast.domain.pool.valuation import PriceMode, naive_delta_per_jlp
from ballast.services.desk import Desk, Observation


@frozen
class Exposure:
    """What `measure` found: one row per coin, and the value it is a drift of."""

    rows: tuple[AssetExposure, ...]
    nav_usd: Decimal
    nav_btc: Decimal


async def exposure_of(desk: Desk, seen: Observation) -> Exposure:
    """Measure the drift of every coin with what is pending, against the hedge base."""
    nav_usd = desk.nav_usd(seen.marks)
    instruments = await desk.instruments()
    minimum: dict[Asset, Decimal] = {}
    for asset in HEDGED:
        instrument = instruments[perp_symbol(asset)]
        price = seen.marks.prices[asset]
        minimum[asset] = max(instrument.notional_min, instrument.quantity_min * price)
    band = Band(desk.settings.drift_band, minimum)
    naive = naive_delta_per_jlp(seen.pool, PriceMode.MIN)
    rows = measure(desk.state.own, desk.state.pending(), naive, seen.marks, desk.state.target_btc, nav_usd, band)
    return Exposure(rows, nav_usd, ratio(nav_usd, seen.marks.prices[BTC]))
