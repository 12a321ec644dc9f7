"""What the periodic services measure, from the domain to the wire."""

from ballast.domain.hedge.exposure import AssetExposure
from ballast.domain.ledger.events import ExposureMeasured, ValueTaken
from ballast.services.rebalancing.assess import Assessment as CollateralFound
from ballast.services.reserve.assess import Assessment as ReserveFound
from ballast.services.rpc.translate.outward import amount, decimal, decimal_or_absent, moment
from ballast.services.v1 import exposure_pb2, fee_hedge_pb2, rebalancing_pb2, reserve_pb2


def exposure_run(run: ExposureMeasured) -> exposure_pb2.ExposureRun:
    """Write one exposure run."""
    return exposure_pb2.ExposureRun(
        measure_time=moment(run.at),
        assets=map(_exposure, run.assets),
        nav_usd=decimal(run.nav_usd),
        nav_btc=decimal(run.nav_btc),
        action=run.action,
    )


def _exposure(row: AssetExposure) -> exposure_pb2.AssetExposure:
    return exposure_pb2.AssetExposure(
        asset=row.asset.value,
        pool=decimal(row.pool),
        spot=decimal(row.spot),
        perp=decimal(row.perp),
        pending=decimal(row.pending),
        net=decimal(row.net),
        target=decimal(row.target),
        drift=decimal(row.drift),
        drift_usd=decimal(row.drift_usd),
        band_usd=decimal(row.band_usd),
        naive_pool=decimal(row.naive),
    )


def fee_hedge_report(taken: ValueTaken) -> fee_hedge_pb2.FeeHedgeReport:
    """Write one report of the fee hedge."""
    return fee_hedge_pb2.FeeHedgeReport(
        measure_time=moment(taken.at),
        nav_usd=decimal(taken.nav_usd),
        nav_btc=decimal(taken.nav_btc),
        price_btc=decimal(taken.price_btc),
        funding_btc=decimal(taken.funding_btc),
        fees_btc=decimal(taken.fees_btc),
        pool_income_btc=decimal(taken.pool_income_btc),
        flows_btc=decimal(taken.flows_btc),
        unexplained_btc=decimal(taken.unexplained_btc),
        unhedged_btc=decimal(taken.unhedged_btc),
    )


def collateral_assessment(found: CollateralFound) -> rebalancing_pb2.CollateralAssessment:
    """Write the venue account against its floors."""
    state = found.collateral
    return rebalancing_pb2.CollateralAssessment(
        equity_usd=decimal(state.equity_usd),
        required_usd=decimal(state.required_usd),
        maintenance_usd=decimal(state.maintenance_usd),
        collateral_ratio=decimal_or_absent(state.ratio),
        maintenance_ratio=decimal_or_absent(state.maintenance_ratio),
        nav_usd=decimal(found.nav_usd),
        below_floor=found.below,
        restoring_sale=amount(found.sale),
    )


def reserve_assessment(found: ReserveFound) -> reserve_pb2.ReserveAssessment:
    """Write the reserve against its floor."""
    return reserve_pb2.ReserveAssessment(
        usdt=decimal(found.reserve.usdt),
        notional_usd=decimal(found.reserve.notional_usd),
        floor_usd=decimal(found.floor_usd),
        below_floor=found.short,
        btc_sale=amount(found.sale),
    )
