"""Looking over the services' shoulders: after each of their runs, check the promises and keep what the report shows."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from attrs import define, evolve, field

from ballast.bootstrap.replay.invariants import Breaches, Invariant
from ballast.bootstrap.replay.series import Track, width_for
from ballast.domain.kernel.amount import BPS_PER_ONE
from ballast.domain.kernel.asset import BTC, HEDGED
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import OperationKind, ValueTaken
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.exposure.measure import Exposure, exposure_of
from ballast.services.rebalancing.assess import Assessment as CollateralAssessment
from ballast.services.reserve.assess import Assessment as ReserveAssessment
from ballast.services.runner import SERVICES, Service

UNEXPLAINED_BTC_MAX = Decimal("1e-8")
RESERVE_GRACE = timedelta(minutes=2)
OPERATIONS_KEPT_MAX = 2_000
_DRIFTED = "{:.2f} USD of {.value} against a band of {:.2f}"
_TRACKS = {
    asset: tuple(f"{figure}_{asset.value}" for figure in ("drift_usd", "net", "exact", "naive")) for asset in HEDGED
}
_PARTS = ("price", "funding", "fees", "pool_income", "flows", "unexplained")


def _invariants() -> dict[str, Invariant]:
    rows = (
        Invariant("unexplained", "|unexplained change of value| <= 1e-8 BTC, each run and in sum"),
        Invariant("drift", "|drift| <= band after each minute, outside open operations"),
        Invariant("collateral", "collateral ratio >= floor, or a rebalance running"),
        Invariant("reserve", "USDT reserve >= 1 % of notional within two minutes of any breach"),
    )
    return {row.name: row for row in rows}


@define
class Watcher:
    """Checks and series of one replay of a `period`; memory does not grow with the length of history."""

    desk: Desk
    period: timedelta
    steps: int = 0
    held: int = 0
    invariants: dict[str, Invariant] = field(factory=_invariants)
    breaches: Breaches = field(factory=Breaches)
    tracks: defaultdict[str, Track] = field(init=False)
    daily: dict[str, dict[str, Decimal]] = field(factory=dict[str, dict[str, Decimal]])
    total: dict[str, Decimal] = field(factory=lambda: dict.fromkeys(_PARTS, ZERO))
    operations: list[OperationRecord] = field(factory=list[OperationRecord])
    counts: dict[str, int] = field(factory=dict[str, int])
    dropped: int = 0
    _newest: str = ""

    def __attrs_post_init__(self) -> None:
        """Let every series begin at the width its period needs."""
        self.tracks = defaultdict(partial(Track, width_for(self.period)))

    def services(self) -> tuple[Service, ...]:
        """Return the six services, each followed by this watcher."""
        followed = {
            "exposure": self._exposure,
            "rebalancing": self._rebalancing,
            "reserve": self._reserve,
            "fee_hedge": self._fee_hedge,
        }
        return tuple(
            evolve(service, tick=followed[name]) if name in followed else service for name, service in SERVICES.items()
        )

    async def _exposure(self, desk: Desk) -> Exposure:
        self.steps += 1
        self.held += 1
        sequence = desk.state.sequence
        found = await SERVICES["exposure"].tick(desk)
        assert isinstance(found, Exposure)  # noqa: S101 - narrows what the table of services types as object
        self.held -= 1
        if desk.state.sequence > sequence + 1:
            found = await exposure_of(desk, await desk.observe())
        self._take_exposure(found, desk.clock.now())
        return found

    def _take_exposure(self, found: Exposure, at: datetime) -> None:
        self._keep_closed()
        quiet = not self.desk.state.operations
        promise = self.invariants["drift"]
        for row in found.rows:
            if quiet:
                share = abs(row.drift_usd) / row.band_usd if row.band_usd else ZERO
                if promise.checks == 0 or share > 0:
                    facts = (row.drift_usd, row.asset, row.band_usd)
                    promise.check(share, not row.outside, _DRIFTED, *facts, at=at)
            for name, value in zip(_TRACKS[row.asset], (row.drift_usd, row.net, row.pool, row.naive), strict=True):
                self.tracks[name].add(at, value)
            if row.asset is BTC:
                self.tracks["target_BTC"].add(at, row.target)
        self.tracks["band_usd"].add(at, min(row.band_usd for row in found.rows))
        self.tracks["nav_btc"].add(at, found.nav_btc)

    async def _rebalancing(self, desk: Desk) -> CollateralAssessment:
        found = await SERVICES["rebalancing"].tick(desk)
        assert isinstance(found, CollateralAssessment)  # noqa: S101 - as above
        at = desk.clock.now()
        ratio = found.collateral.ratio
        if ratio is None:
            return found
        self.tracks["collateral_ratio"].add(at, ratio)
        floor = desk.settings.collateral.floor
        running = any(desk.state.open_of(OperationKind.REBALANCE))
        self.invariants["collateral"].check(-ratio, not found.below or running, "ratio {:.4f}", ratio, at=at)
        if ratio < floor:
            self.breaches.note("collateral ratio below its floor, as a fraction", at, floor - ratio)
        else:
            self.breaches.over("collateral ratio below its floor, as a fraction", at)
        return found

    async def _reserve(self, desk: Desk) -> ReserveAssessment:
        at = desk.clock.now()
        found = await SERVICES["reserve"].tick(desk)
        assert isinstance(found, ReserveAssessment)  # noqa: S101 - as above
        reserve = found.reserve
        what = "USDT reserve below 1 % of notional, in USD"
        if found.short and reserve.notional_usd > 0:
            lasted = self.breaches.note(what, at, found.floor_usd - reserve.usdt)
        else:
            lasted = self.breaches.over(what, at)
        if reserve.notional_usd > 0:
            self.tracks["reserve_bps"].add(at, reserve.usdt / reserve.notional_usd * BPS_PER_ONE)
            seconds = Decimal(int(lasted.total_seconds()))
            self.invariants["reserve"].check(seconds, lasted <= RESERVE_GRACE, "short for {} s", seconds, at=at)
        return found

    async def _fee_hedge(self, desk: Desk) -> ValueTaken:
        taken = await SERVICES["fee_hedge"].tick(desk)
        assert isinstance(taken, ValueTaken)  # noqa: S101 - as above
        parts = {part: getattr(taken, f"{part}_btc") for part in _PARTS}
        day = self.daily.setdefault(taken.at.date().isoformat(), dict.fromkeys(_PARTS, ZERO))
        for part, value in parts.items():
            day[part] += value
            self.total[part] += value
        for value, what in ((taken.unexplained_btc, "one run"), (self.total["unexplained"], "sum so far")):
            holds = abs(value) <= UNEXPLAINED_BTC_MAX
            self.invariants["unexplained"].check(abs(value), holds, "{:.2e} BTC ({})", value, what, at=taken.at)
        if desk.state.priced_supply:
            self.tracks["share_price_btc"].add(taken.at, desk.share_price_btc(taken.marks))
        return taken

    def _keep_closed(self) -> None:
        """Take over the operations that have closed since, before the state forgets them."""
        fresh: list[OperationRecord] = []
        for record in reversed(self.desk.state.closed.values()):
            if record.id == self._newest:
                break
            fresh.append(record)
        if not fresh:
            return
        self._newest = fresh[0].id
        for record in reversed(fresh):
            self.counts[record.kind.value] = self.counts.get(record.kind.value, 0) + 1
            if len(self.operations) < OPERATIONS_KEPT_MAX:
                self.operations.append(record)
            else:
                self.dropped += 1

    async def finish(self) -> None:
        """Take the last value and take over what closed last."""
        self._keep_closed()
        await self._fee_hedge(self.desk)
