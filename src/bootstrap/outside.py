"""Building the simulated outside from recorded inputs: market, pool, venue, treasury, vault contract."""

from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from ballast.adapters.recorded.bars import MarketInfo, check
from ballast.adapters.recorded.funding import FundingHistory, load
from ballast.adapters.recorded.market import RecordedMarket
from ballast.adapters.simulator.venue.recorded import recorded_exchange
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.adapters.simulator.world import World
from ballast.adapters.svm.assembly import load_pool_state
from ballast.bootstrap.settings import Inputs, Settings
from ballast.domain.kernel.asset import BTC, USDC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import from_units
from ballast.domain.pool.state import PoolState
from ballast.ports.clock import Clock

FEED_PLACES = 8


@frozen
class Recorded:
    """The checked inputs: what the candles cover, the funding rates, the pool as it was recorded."""

    info: MarketInfo
    funding: FundingHistory
    pool: PoolState
    data: Path


def read_inputs(inputs: Inputs) -> Recorded:
    """Check every input once, whole; raises InvalidInput naming file, line and field of what is wrong."""
    if not inputs.data.is_dir():
        raise InvalidInput("data", "the project's data folder (give --data)", f"no folder {inputs.data}")
    info = check(inputs.bars)
    funding = load(inputs.funding, info.start, info.end)
    return Recorded(info, funding, load_pool_state([inputs.pool]), inputs.data)


def build_world(recorded: Recorded, market: Any, clock: Clock, settings: Settings, seed: int, start: datetime) -> World:
    """Put the world together at a moment; the same arguments give the same world.

    The simulated venue charges the network fees that the strategy reckons with.
    """
    world = World(clock, market, recorded.pool, settings.world, seed=seed, start=start)
    fees = settings.strategy.fees
    venue = VenueSettings(withdrawal_fees={BTC: fees.btc_withdrawal, USDC: fees.usdc_withdrawal})
    depart = world.parts["transit"].depart
    engine = recorded_exchange(recorded.data, market, depart, seed=seed, settings=venue)
    world.attach("venue", engine)
    return world


def open_market(recorded: Recorded) -> RecordedMarket:
    """Return the recorded market at its start, USDC at the pool's recorded feed."""
    usdc = recorded.pool.address_of(USDC)
    feed = recorded.pool.feeds[recorded.pool.index(usdc)]
    return RecordedMarket.open(recorded.info, recorded.funding, from_units(feed.price_e8, FEED_PLACES))
