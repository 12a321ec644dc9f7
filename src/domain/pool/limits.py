"""What the program would refuse, checked before anything is sent, with the program's own error names and numbers.

Error names: the program's interface description of March 2026. Its code is not public; where a rule's exact form is
not known, the assumption stands beside it.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.fees import Flow, mode_of
from ballast.domain.pool.liquidity import AMOUNT_LIMIT, MintResult, RedeemResult, mint, price_out_e8, redeem
from ballast.domain.pool.scale import BPS_PER_ONE, usd_divisor
from ballast.domain.pool.state import PoolState
from ballast.domain.pool.valuation import PriceMode, assets_under_management, custody_aum

STALE_PRICE = "StaleOraclePrice (6003)"
# Assumed for the hourly cap: the interface names no error of its own for it.
CUSTODY_LIMIT = "CustodyAmountLimit (6023)"
NOT_ALLOWED = "InstructionNotAllowed (6027)"
WEIGHT_BAND = "ExceedTokenWeightage (6043)"
PRICE_GUARD = "LpTokenPriceChangeLimitExceeded (6066)"


@frozen(kw_only=True)
class Redeemable:
    """How many token units of one custody can leave before the fee, and what bounds them.

    `liquid`: held, not locked, not staked. `window`: left of the hourly cap, None for no cap. `band`: until the custody
    is below its weight band. `allowed`: the permission flag.
    """

    allowed: bool
    liquid: int
    window: int | None
    band: int

    @property
    def units(self) -> int:
        """Return the tightest of the bounds."""
        if not self.allowed:
            return 0
        bounds = (self.liquid, self.band) if self.window is None else (self.liquid, self.band, self.window)
        return min(bounds)


def redeemable(state: PoolState, address: str, now: datetime) -> Redeemable:
    """Return what one custody can pay out at `now` (aware UTC); prices and the AUM guard are not looked at."""
    custody = state.custodies[state.index(address)]
    return Redeemable(
        allowed=custody.permissions.remove_liquidity,
        liquid=custody.liquid,
        window=custody.withdrawal.remaining(now),
        band=_until_band(state, address),
    )


def check_mint(state: PoolState, address: str, tokens_in: int, now: datetime) -> MintResult:
    """Return the mint of `tokens_in` token units if the program would accept it at `now` (aware UTC).

    Raises RuleBroken named after the program's error (6003, 6024, 6027, 6043, 6066), InvalidInput as `mint`.
    """
    custody = state.custodies[state.index(address)]
    _check_open(state, custody, Flow.IN, now)
    result = mint(evolve(state, time=now), address, tokens_in)
    aum = assets_under_management(result.state, PriceMode.MAX)
    if aum > state.pool.aum_usd_max:
        raise RuleBroken(AMOUNT_LIMIT, f"an AUM of at most {state.pool.aum_usd_max}", str(aum))
    most = custody.target_ratio_bps * (BPS_PER_ONE + state.pool.token_weightage_buffer_bps) // BPS_PER_ONE
    weight = _weight_bps(result.state, address, PriceMode.MAX)
    if weight > most:
        raise RuleBroken(WEIGHT_BAND, f"at most {most} bps of {custody.symbol}", f"{weight} bps")
    return result


def check_redeem(state: PoolState, address: str, lp_in: int, now: datetime) -> RedeemResult:
    """Return the redemption of `lp_in` JLP (1e-6) if the program would accept it at `now` (aware UTC).

    Raises RuleBroken named after the program's error (6003, 6023, 6024, 6027, 6043, 6066), InvalidInput as `redeem`.
    """
    custody = state.custodies[state.index(address)]
    _check_open(state, custody, Flow.OUT, now)
    result = redeem(evolve(state, time=now), address, lp_in)
    window = custody.withdrawal.remaining(now)
    if window is not None and result.tokens_out > window:
        raise RuleBroken(CUSTODY_LIMIT, f"at most {window} units of {custody.symbol}", str(result.tokens_out))
    least = _band_floor_bps(state, custody)
    weight = _weight_bps(result.state, address, PriceMode.MIN)
    if weight < least:
        raise RuleBroken(WEIGHT_BAND, f"at least {least} bps of {custody.symbol}", f"{weight} bps")
    return result


def _check_open(state: PoolState, custody: Custody, flow: Flow, now: datetime) -> None:
    flags = custody.permissions
    if not (flags.add_liquidity if flow is Flow.IN else flags.remove_liquidity):
        raise RuleBroken(NOT_ALLOWED, f"liquidity open ({flow.value}) for {custody.symbol}", "closed")
    _check_price_ages(state, custody, now)
    _check_price_guard(state, mode_of(flow))


def _check_price_ages(state: PoolState, traded: Custody, now: datetime) -> None:
    # Assumed: a custody that is being retired (target 0) does not stop the others. USDT's feed has been dead since
    # 2026-06-04, and the pool has gone on.
    for custody, feed in zip(state.custodies, state.feeds, strict=True):
        age, limit = now - feed.time, timedelta(seconds=custody.price_age_s_max)
        if age > limit and (custody.target_ratio_bps or custody is traded):
            raise RuleBroken(STALE_PRICE, f"a price of {custody.symbol} at most {limit} old", str(age))


def _check_price_guard(state: PoolState, mode: PriceMode) -> None:
    # Assumed: the guard compares the JLP price now with the one behind the cached AUM; the supply is the same in both.
    stored, limit_bps = state.pool.aum_usd, state.pool.lp_price_change_bps_max
    aum = assets_under_management(state, mode)
    if abs(aum - stored) * BPS_PER_ONE > limit_bps * stored:
        raise RuleBroken(PRICE_GUARD, f"an AUM within {limit_bps} bps of the stored {stored}", str(aum))


def _band_floor_bps(state: PoolState, custody: Custody) -> int:
    # Assumed from the vendor's example (buffer 2000: a target of 50 % may stand between 40 % and 60 %): the band is
    # relative to the target, and only the side an order moves towards is checked.
    kept_bps = max(0, BPS_PER_ONE - state.pool.token_weightage_buffer_bps)
    return custody.target_ratio_bps * kept_bps // BPS_PER_ONE


def _weight_bps(state: PoolState, address: str, mode: PriceMode) -> int:
    index = state.index(address)
    aum = assets_under_management(state, mode)
    return custody_aum(state.custodies[index], state.feeds[index].price_e8, mode) * BPS_PER_ONE // aum if aum else 0


def _until_band(state: PoolState, address: str) -> int:
    """Return the units x with (custody - x) / (AUM - x) = floor, rounded down, at the price they leave at."""
    index = state.index(address)
    custody, price_e8 = state.custodies[index], state.feeds[index].price_e8
    least = _band_floor_bps(state, custody)
    held = custody_aum(custody, price_e8, PriceMode.MIN)
    spare = held * BPS_PER_ONE - least * assets_under_management(state, PriceMode.MIN)
    usd = max(0, spare) // (BPS_PER_ONE - least) if least < BPS_PER_ONE else 0
    return usd * usd_divisor(custody.decimals) // price_out_e8(custody, price_e8)
