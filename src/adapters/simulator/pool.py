"""The simulated Jupiter pool: recorded accounts that go on living at the market's prices.

It starts from the accounts of one recorded moment. From then on SOL, ETH and BTC feeds follow the market, stables keep
their recorded price, and every custody's `owned` grows by the pool's own fee yield. Traders' positions stay as
recorded, as do debt and interest: no record of their changes exists. Other providers keep USDC near its target.
"""

from datetime import datetime
from functools import partial

from attrs import asdict, evolve

from ballast.adapters.common.liquidity import settle
from ballast.adapters.simulator.access import SimulatedPort
from ballast.adapters.simulator.prices import PriceRecord
from ballast.adapters.simulator.providers import others_act
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ROUND_HALF_EVEN, round_to_places
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.scale import BPS_PER_ONE, PRICE_PLACES, usd_divisor
from ballast.domain.pool.state import Feed, Pool, PoolState
from ballast.domain.pool.valuation import PriceMode, custody_aum, pegged
from ballast.ports.treasury import Mint, Redeem

_STEPS_PER_YEAR = 365 * 24 * 60
# Solana aims at 400 ms a slot.
_SLOTS_PER_STEP = 150


class PoolPart:
    """The pool in the world's time, refreshed each whole minute.

    A minute's yield is booked at its end, at its own prices and rounded down: custody AUM x feeAprBps / minutes a year.
    """

    def __init__(self, recorded: PoolState, market: PriceRecord, start: datetime) -> None:
        self._market = market
        self._state = recorded
        self._adopt(evolve(recorded, feeds=self._feeds(recorded, start), time=start))
        self._refresh(start, self._state.custodies)
        self._guard_usd = self._state.pool.aum_usd
        self._let_others_act()

    def advance(self, minute: datetime) -> None:
        """Let a minute end and take the prices of the next."""
        state = self._state
        self._guard_usd = state.pool.aum_usd
        rate_bps = state.pool.apr.fee_apr_bps
        custodies: list[Custody] = []
        parts = zip(state.custodies, state.feeds, self._aums_usd, self._grown, strict=True)
        for custody, feed, aum_usd, grown in parts:
            fee = _fee(custody, feed, aum_usd * rate_bps)
            custodies.append(grown(owned=custody.owned + fee) if fee else custody)
        self._refresh(minute, tuple(custodies))
        self._let_others_act()

    def state(self, _now: datetime) -> PoolState:
        """Return the pool of the present minute; the same object until something changes."""
        return self._state

    def settle(self, now: datetime, order: Mint | Redeem) -> Amount:
        """Mint or redeem at the prices of `now` and return what it brings.

        The program's price guard compares with the AUM of the minute before, since keepers refresh from time to time.
        Raises RuleBroken or InvalidInput as `adapters.common.liquidity.settle`; nothing changed then.
        """
        minute = self._state
        guarded = evolve(minute.pool, aum_usd=self._guard_usd)
        after, received = settle(evolve(minute, feeds=self._feeds(minute, now), pool=guarded), order, now)
        change_usd = after.pool.aum_usd - self._guard_usd
        self._guard_usd += change_usd
        pool = evolve(minute.pool, aum_usd=minute.pool.aum_usd + change_usd)
        self._adopt(evolve(after, feeds=minute.feeds, pool=pool, time=minute.time))
        return received

    def _refresh(self, minute: datetime, custodies: tuple[Custody, ...]) -> None:
        feeds = self._feeds(self._state, minute)
        self._aums_usd = _aums_usd(custodies, feeds)
        pool = self._pool_with(
            aum_usd=sum(self._aums_usd),
            aum_updated_time=minute,
            aum_refreshed_slot=self._state.slot + _SLOTS_PER_STEP,
        )
        self._state = PoolState(
            pool=pool,
            custodies=custodies,
            feeds=feeds,
            supply=self._state.supply,
            slot=self._state.slot + _SLOTS_PER_STEP,
            time=minute,
        )

    def _let_others_act(self) -> None:
        """Take over what other providers did; the price guard looks at prices, so what they brought moves it along."""
        before = self._state
        after = others_act(before, self._aums_usd)
        if after is not before:
            change_usd = after.pool.aum_usd - before.pool.aum_usd
            self._guard_usd += change_usd
            self._adopt(after)

    def _adopt(self, state: PoolState) -> None:
        self._state = state
        self._aums_usd = _aums_usd(state.custodies, state.feeds)
        # A custody has two dozen fields of which one changes each minute: a partial is twice as fast as `evolve`.
        self._grown = tuple(partial(Custody, **asdict(custody, recurse=False)) for custody in state.custodies)
        self._pool_with = partial(Pool, **asdict(state.pool, recurse=False))

    def _feeds(self, state: PoolState, at: datetime) -> tuple[Feed, ...]:
        pairs = zip(state.custodies, state.feeds, strict=True)
        return tuple([self._feed(custody, feed, at) for custody, feed in pairs])

    def _feed(self, custody: Custody, recorded: Feed, at: datetime) -> Feed:
        if custody.asset is None or custody.is_stable:
            return Feed(address=recorded.address, mint=recorded.mint, price_e8=recorded.price_e8, time=at)
        reading = self._market.reading(custody.asset, at)
        if reading is None:
            raise InvalidInput("market", f"a price of {custody.symbol} from {at} on", "none yet")
        price_e8 = int(round_to_places(reading[0].scaleb(PRICE_PLACES), 0, ROUND_HALF_EVEN))
        return Feed(address=recorded.address, mint=recorded.mint, price_e8=price_e8, time=reading[1])


class SimulatedPool(SimulatedPort):
    """ports.pool.Pool over the simulated pool, which is consistent by construction: nothing is left to prove."""

    part = "pool"

    async def state(self) -> PoolState:
        """Return the pool as it is now."""
        state: PoolState = await self._ask("state")
        return state


def _aums_usd(custodies: tuple[Custody, ...], feeds: tuple[Feed, ...]) -> tuple[int, ...]:
    pairs = zip(custodies, feeds, strict=True)
    return tuple([custody_aum(custody, feed.price_e8, PriceMode.MIN) for custody, feed in pairs])


def _fee(custody: Custody, feed: Feed, yearly_usd_bps: int) -> int:
    """Return the token units a custody earns in one minute, rounded down; the yield is in 1e-6 dollars x bps."""
    price_e8 = pegged(feed.price_e8, PriceMode.MIN) if custody.is_stable else feed.price_e8
    return yearly_usd_bps * usd_divisor(custody.decimals) // (price_e8 * BPS_PER_ONE * _STEPS_PER_YEAR)
