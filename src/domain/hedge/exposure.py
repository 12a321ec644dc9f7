"""Net exposure in tokens, its drift from target, and the correction; design/strategy.md section 3."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.asset import BTC, HEDGED, JLP, PERP_OF, Asset
from ballast.domain.kernel.number import ZERO


@frozen
class AssetExposure:
    """One coin's exposure in tokens, and its drift in tokens and USD; `naive` is pool weight x value / price."""

    asset: Asset
    pool: Decimal
    spot: Decimal
    perp: Decimal
    pending: Decimal
    target: Decimal
    drift: Decimal
    drift_usd: Decimal
    band_usd: Decimal
    naive: Decimal

    @property
    def net(self) -> Decimal:
        """Return pool + spot + perpetuals, without what is pending."""
        return self.pool + self.spot + self.perp

    @property
    def outside(self) -> bool:
        """Say whether the drift asks for a trade."""
        return abs(self.drift_usd) > self.band_usd


@frozen
class Band:
    """When a drift is worth trading: beyond `drift` of NAV, and never below the venue's minimum (USD by coin)."""

    drift: Bps
    minimum_usd: Mapping[Asset, Decimal]

    def usd(self, asset: Asset, nav_usd: Decimal) -> Decimal:
        """Return the half width of the band in USD."""
        return max(self.drift.fraction * nav_usd, self.minimum_usd[asset])


def measure(
    holdings: Mapping[Asset, Decimal],
    pending: Mapping[Asset, Decimal],
    naive_per_jlp: Mapping[Asset, Decimal],
    marks: Marks,
    target_btc: Decimal,
    nav_usd: Decimal,
    band: Band,
) -> tuple[AssetExposure, ...]:
    """Measure SOL, ETH and BTC.

    `holdings` are everything owned (coins, perpetuals, JLP); `pending` are signed coins of legs planned or sent but
    not settled; `naive_per_jlp` is what a weight-based hedger would use. The target of SOL and ETH is zero.
    """
    jlp = holdings.get(JLP, ZERO)
    rows: list[AssetExposure] = []
    for asset in HEDGED:
        pool = jlp * marks.jlp_delta[asset]
        spot = holdings.get(asset, ZERO)
        perp = holdings.get(PERP_OF[asset], ZERO)
        coming = pending.get(asset, ZERO)
        target = target_btc if asset is BTC else ZERO
        drift = pool + spot + perp + coming - target
        rows.append(
            AssetExposure(
                asset, pool, spot, perp, coming, target, drift, drift * marks.prices[asset],
                band.usd(asset, nav_usd), jlp * naive_per_jlp[asset],
            )
        )  # fmt: skip
    return tuple(rows)


def corrections(exposures: tuple[AssetExposure, ...]) -> dict[Asset, Decimal]:
    """Return the signed perpetual quantity per coin that brings each drift outside its band back to the middle."""
    return {row.asset: -row.drift for row in exposures if row.outside}
