"""Every threshold of the strategy; the seed's numbers are the defaults, none is a literal in code."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.rails import Caps, PriceRule
from ballast.domain.execution.slicing import Terms
from ballast.domain.hedge.collateral import CollateralTerms
from ballast.domain.hedge.reserve import ReserveTerms
from ballast.domain.kernel.amount import Bps


@frozen
class Addresses:
    """The only places money may be sent to."""

    treasury: str = "treasury-usdc"
    venue: str = "venue-usdc"
    contract: str = "contract-btc"

    @property
    def whitelist(self) -> frozenset[str]:
        """Return every allowed destination."""
        return frozenset({self.treasury, self.venue, self.contract})


@frozen
class Fees:
    """What the venue and the chains take: trading fees in bps, network fees in units of the asset."""

    spot: Bps = Bps(Decimal(10))
    perp: Bps = Bps(Decimal(5))
    usdc_withdrawal: Decimal = Decimal(1)
    btc_withdrawal: Decimal = Decimal("0.0001")


@frozen
class Intervals:
    """How often each service looks, in seconds; `work_s` while one of its operations is open."""

    entry_s: int = 60
    exposure_s: int = 60
    fee_hedge_s: int = 1800
    rebalancing_s: int = 60
    exit_s: int = 60
    reserve_s: int = 60
    work_s: int = 5

    def of(self, service: str) -> int:
        """Return the interval of a service by its name."""
        interval: int = getattr(self, f"{service}_s")
        return interval


@frozen
class StrategySettings:
    """The strategy's numbers.

    Shares of NAV are plain fractions; `attempts_max` bounds the tries of one action before a person is called;
    `pool_slippage` bounds how far the pool may move between our computation and its execution; `redeem_cost` and
    `unwind_cost` are what a rebalance reckons with; shares worth less than `withdrawal_btc_min` would be eaten by the
    network fee of their payout; an order unknown for `order_visible_s` never arrived;
    `usdc_decimals` is what the chain can carry.
    """

    strategy: str = "jlp-delta-neutral"
    jlp_share: Decimal = Decimal("0.70")
    tranches: int = 4
    rebalance_tranches: int = 1
    chunks_max: int = 2
    attempts_max: int = 5
    drift_band: Bps = Bps(Decimal(10))
    fee_band: Bps = Bps(Decimal(2))
    pool_slippage: Bps = Bps(Decimal(30))
    unwind_cost: Bps = Bps(Decimal(10))
    usdc_decimals: int = 6
    redeem_cost: Bps = Bps(Decimal(35))
    quote_life_s: int = 60
    deposit_btc_min: Decimal = Decimal("0.01")
    deposit_btc_max: Decimal = Decimal(1000)
    withdrawal_btc_min: Decimal = Decimal("0.001")
    lease_s: int = 10
    collateral: CollateralTerms = CollateralTerms(
        margin_share=Decimal("0.30"),
        floor=Decimal("0.88"),
        target=Decimal(1),
        maintenance_floor=Decimal("1.5"),
        maintenance_target=Decimal(2),
    )
    reserve: ReserveTerms = ReserveTerms(floor=Bps(Decimal(100)), target=Bps(Decimal(150)))
    caps: Caps = Caps(Decimal(1_000_000), Decimal(20_000_000), Decimal(1_000_000_000))
    prices: PriceRule = PriceRule(age_s_max=180, band=Bps(Decimal(100)))
    terms: Terms = Terms(
        slippage_bps_max=Decimal(50),
        cost_bps_max=Decimal(100),
        time_s_max=Decimal(900),
        depth_share=Decimal("0.25"),
        slice_notional_max=Decimal(100_000),
        refill_s=Decimal(2),
    )
    order_visible_s: int = 60

    @property
    def slippage(self) -> Bps:
        """Return how far a child order's limit may lie from the mid: a purchase must be affordable at that limit."""
        return Bps(self.terms.slippage_bps_max)

    fees: Fees = Fees()
    addresses: Addresses = Addresses()
    intervals: Intervals = Intervals()
