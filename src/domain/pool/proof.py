"""Cross-checks over the whole pool: figures that the program keeps separately and that must agree."""

from attrs import frozen

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.scale import BPS_PER_ONE, POWERS_OF_TEN, USD_PLACES
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management

# Observed: at most 2 bps for shorts and 0.6 bps for AUM on consistent snapshots; an AUM without debt is 1500 bps off.
BOUND_BPS = 50


@frozen(kw_only=True)
class Check:
    """One agreement: two figures in 1e-6 dollars and the bound in bps of the larger."""

    name: str
    expected_usd: int
    found_usd: int
    bound_bps: int

    @property
    def difference_usd(self) -> int:
        """Return found less expected."""
        return self.found_usd - self.expected_usd

    @property
    def holds(self) -> bool:
        """Say whether the two agree within the bound."""
        larger = max(self.expected_usd, self.found_usd)
        return abs(self.difference_usd) * BPS_PER_ONE <= self.bound_bps * larger


def pool_checks(state: PoolState, bound_bps: int = BOUND_BPS) -> tuple[Check, ...]:
    """Return the agreements: short sizes with locked stables, and the recomputed AUM (Min and Max) with the stored one.

    Every short locks as much of a stable as its size, so the sums agree but for rounding and fees.
    """
    shorts = sum(custody.short_size_usd for custody in state.custodies)
    locked = sum(
        custody.locked * POWERS_OF_TEN[USD_PLACES] // POWERS_OF_TEN[custody.decimals]
        for custody in state.custodies
        if custody.is_stable
    )
    stored = state.pool.aum_usd
    return (
        Check(name="short sizes against locked stables", expected_usd=locked, found_usd=shorts, bound_bps=bound_bps),
        *(
            Check(
                name=f"AUM ({mode.value}) against the stored one",
                expected_usd=stored,
                found_usd=assets_under_management(state, mode),
                bound_bps=bound_bps,
            )
            for mode in PriceMode
        ),
    )


def prove_pool(state: PoolState, bound_bps: int = BOUND_BPS) -> PoolState:
    """Return the state if all of `pool_checks` hold; raises InvalidInput naming the first that does not."""
    for check in pool_checks(state, bound_bps):
        if not check.holds:
            expected = f"{check.expected_usd} within {bound_bps} bps (1e-6 dollars)"
            raise InvalidInput(check.name, expected, str(check.found_usd))
    return state
