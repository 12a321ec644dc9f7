"""One token's sleeve of the pool, in the whole numbers of its on-chain account."""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from ballast.domain.kernel.asset import Asset
from ballast.domain.pool.scale import ceil_divide

_DEBT_SCALE = 10**9


@frozen(kw_only=True)
class Permissions:
    """What the program's administrator allows for one custody at present."""

    swap: bool
    add_liquidity: bool
    remove_liquidity: bool
    increase_position: bool
    decrease_position: bool
    collateral_withdrawal: bool
    liquidate_position: bool


@frozen(kw_only=True)
class WithdrawalLimit:
    """A cap on what leaves a custody within a window; `limit` and `accumulated` are token units, limit 0 is no cap.

    The window is not moved by a timer but by the first withdrawal after its end: on 2026-04-27 the ETH custody still
    carried a counter of January (data/jlp/beethoven-2026-04).
    """

    limit: int
    accumulated: int
    reset_time: datetime
    interval_s: int

    def remaining(self, now: datetime) -> int | None:
        """Return the token units that may still leave at `now`, None for no cap."""
        if not self.limit:
            return None
        return self.limit if self._is_over(now) else max(0, self.limit - self.accumulated)

    def after(self, units: int, now: datetime) -> "WithdrawalLimit":
        """Return the limit once `units` have left at `now`."""
        if not self.limit:
            return self
        if self._is_over(now):
            return evolve(self, accumulated=units, reset_time=now)
        return evolve(self, accumulated=self.accumulated + units)

    def _is_over(self, now: datetime) -> bool:
        return now - self.reset_time >= timedelta(seconds=self.interval_s)


@frozen(kw_only=True)
class PositionTerms:
    """What decides where this custody's positions are liquidated.

    `leverage_bps_max` is a multiple in bps (5,000,000 is 500 x); `impact_scalar_usd` is 1e-6 dollars, 0 for no impact
    fee; `interest_index_e9` is the cumulative borrow rate, 1e-9 of the borrowed size.
    """

    leverage_bps_max: int
    close_fee_bps: int
    impact_scalar_usd: int
    interest_index_e9: int


@frozen(kw_only=True)
class Custody:
    """One token's sleeve. Field meanings: facts of the Custody account, interface description of March 2026.

    `owned`, `locked` and `fees_reserves` are token units (10 ** -decimals); every `_usd` and `_price` is whole 1e-6
    dollars; `debt_e9` and `interest_e9` are token units x 1e9. `asset` is None for a token Ballast does not know;
    `symbol` then is a short form of the mint. `staked_lamports` is 0 but for SOL.
    """

    address: str
    pool: str
    mint: str
    token_account: str
    feed: str
    asset: Asset | None
    symbol: str
    decimals: int
    is_stable: bool
    price_age_s_max: int
    target_ratio_bps: int
    owned: int
    locked: int
    fees_reserves: int
    guaranteed_usd: int
    short_size_usd: int
    short_average_price: int
    debt_e9: int
    interest_e9: int
    staked_lamports: int
    permissions: Permissions
    withdrawal: WithdrawalLimit
    terms: PositionTerms

    @property
    def debt(self) -> int:
        """Return the token units lent out against JLP, net of accrued interest, rounded up as the program does."""
        if self.debt_e9 <= self.interest_e9:
            return 0
        return ceil_divide(self.debt_e9 - self.interest_e9, _DEBT_SCALE)

    @property
    def owned_with_debt(self) -> int:
        """Return the token units that belong to the pool: held and lent out."""
        return self.owned + self.debt

    @property
    def unlocked(self) -> int:
        """Return the token units that carry price exposure: what is not locked for longs, never below 0."""
        return max(0, self.owned + self.debt - self.locked)

    @property
    def liquid(self) -> int:
        """Return the token units that could leave at once: held, not locked, not staked natively."""
        return max(0, self.owned - self.locked - self.staked_lamports)
