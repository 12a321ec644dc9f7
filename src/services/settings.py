"""Every threshold of the strategy; the seed's numbers are the defaults, none is a literal in code."""

from decimal import Decimal

from attrs import fields, frozen

from ballast.domain.execution.rails import Caps, PriceRule
from ballast.domain.execution.slicing import Terms
from ballast.domain.hedge.collateral import CollateralTerms
from ballast.domain.hedge.reserve import ReserveTerms
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE

# Two digits and one of an intent's id, which has to stay a legal client order id.
_TRANCHES_MAX, _CHUNKS_MAX = 99, 9
_DECIMALS_MAX = 8
_COUNTS = (
    ("tranches", _TRANCHES_MAX),
    ("rebalance_tranches", _TRANCHES_MAX),
    ("chunks_max", _CHUNKS_MAX),
    ("attempts_max", None),
    ("quote_life_s", None),
    ("lease_s", None),
    ("order_visible_s", None),
)
_RATES = ("drift_band", "fee_band", "pool_slippage", "unwind_cost", "redeem_cost")


def _require(name: str, value: Decimal | int, low: Decimal | int, high: int | None = None) -> None:
    """Raise InvalidInput unless a value lies between two bounds, both included."""
    if value < low or (high is not None and value > high):
        raise InvalidInput(name, f"{low} or more" if high is None else f"{low} to {high}", str(value))


def _require_positive(name: str, value: Decimal, below: Decimal | None = None) -> None:
    """Raise InvalidInput unless a value lies above zero and, where there is one, below a bound."""
    if value <= 0 or (below is not None and value >= below):
        raise InvalidInput(name, "above 0" if below is None else f"above 0 and below {below}", str(value))


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

    def __attrs_post_init__(self) -> None:
        """Refuse an interval that is none."""
        for attribute in fields(Intervals):
            _require(attribute.name, getattr(self, attribute.name), 1)

    def of(self, service: str) -> int:
        """Return the interval of a service by its name."""
        interval: int = getattr(self, f"{service}_s")
        return interval


@frozen
class StrategySettings:
    """The strategy's numbers. Raises InvalidInput for one that makes no strategy.

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

    def __attrs_post_init__(self) -> None:
        """Refuse numbers outside their range, and pairs that contradict each other."""
        for name, most in _COUNTS:
            _require(name, getattr(self, name), 1, most)
        for name in _RATES:
            _require(name, getattr(self, name).value, 0)
        _require("usdc_decimals", self.usdc_decimals, 0, _DECIMALS_MAX)
        _require_positive("jlp_share", self.jlp_share, ONE)
        self._check_sums()
        self._check_terms()

    def _check_sums(self) -> None:
        for name in ("deposit_btc_min", "withdrawal_btc_min"):
            _require_positive(name, getattr(self, name))
        _require("deposit_btc_max", self.deposit_btc_max, self.deposit_btc_min)
        for name in ("order_usd_max", "minute_usd_max", "day_usd_max"):
            _require_positive(name, getattr(self.caps, name))
        for name, fee in (("spot fee", self.fees.spot.value), ("perp fee", self.fees.perp.value)):
            _require(name, fee, 0)
        for name in ("usdc_withdrawal", "btc_withdrawal"):
            _require(name, getattr(self.fees, name), 0)

    def _check_terms(self) -> None:
        margin, reserve = self.collateral, self.reserve
        _require_positive("margin_share", margin.margin_share, ONE)
        _require_positive("collateral floor", margin.floor)
        _require("collateral target", margin.target, margin.floor)
        _require_positive("maintenance floor", margin.maintenance_floor)
        _require("maintenance target", margin.maintenance_target, margin.maintenance_floor)
        _require("reserve floor", reserve.floor.value, 0)
        _require("reserve target", reserve.target.value, reserve.floor.value)
        _require("age_s_max", self.prices.age_s_max, 1)
        _require_positive("price band", self.prices.band.value)
