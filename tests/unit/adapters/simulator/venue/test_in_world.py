"""The exchange as a part of the simulated world, whose copies in two processes must agree."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import define
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, DATA, NOON, D, StillMarket, make
from tests.unit.adapters.simulator.worlds import SETTINGS, five_token_pool

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.shared import SharedWorld
from ballast.adapters.simulator.venue.port import SimulatedVenue
from ballast.adapters.simulator.venue.recorded import recorded_exchange
from ballast.adapters.simulator.world import World
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import TimeInForce
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.actions import ActionState
from ballast.ports.venue import Wallet, WalletTransfer, Withdrawal

TO_MARGIN = WalletTransfer(Amount(BTC, D(6)), Wallet.SPOT, Wallet.MARGIN)


@define
class WorldMarket(StillMarket):
    """A still market that also says how old its prices are: not at all."""

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        price = self.price(asset, at)
        return None if price is None else (price, at)


@define
class Member:
    """One process's view: its clock, its copy of the world, and the port."""

    clock: MemoryClock
    world: SharedWorld

    @property
    def venue(self) -> SimulatedVenue:
        return SimulatedVenue(self.world)

    def wait(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration))


def member(path: Path) -> Member:
    clock = MemoryClock(NOON)

    def build(start: datetime) -> World:
        market = WorldMarket()
        world = World(clock, market, five_token_pool(), SETTINGS, seed=3, start=start)
        world.attach("venue", recorded_exchange(DATA, market, world.parts["transit"].depart, seed=3))
        return world

    return Member(clock, SharedWorld.open(path, clock, "exchange", build))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Member, Member]]:
    one, other = member(tmp_path / "world.db"), member(tmp_path / "world.db")
    with closing(one.world), closing(other.world):
        yield one, other


async def test_a_deposit_in_transit_arrives_and_can_be_traded_and_sent_on(pair: tuple[Member, Member]) -> None:
    here, _ = pair
    reference = here.world.call("transit", "depart", Amount(BTC, D(10)), "venue-btc")
    assert await here.venue.credited(reference) is None
    here.wait(minutes=30)
    assert await here.venue.credited(reference) == Amount(BTC, D(10))
    sold = await here.venue.place(make("BTCUSDC:SPOT", Side.SELL, "1", "69950"))
    assert sold.filled == D(1)
    out = await here.venue.submit("out", Withdrawal(Amount(USDC, D(60_000)), "treasury-usdc"))
    assert (out.state, out.cost) == (ActionState.CONFIRMED, Amount(USDC, D(1)))
    held = here.world.call("treasury", "balances")[USDC]
    here.wait(minutes=5)
    assert here.world.call("treasury", "balances")[USDC] == held + 60_000


async def test_a_fault_no_exchange_knows_is_refused_by_name(pair: tuple[Member, Member]) -> None:
    here, _ = pair
    here.world.faults.plan("venue.place", "late:soon")
    with pytest.raises(InvalidInput, match="late:soon"):
        await here.venue.place(make(BTC_PERP, Side.SELL, "3", "69900"))


async def test_two_processes_see_one_exchange(pair: tuple[Member, Member]) -> None:
    here, there = pair
    here.world.call("transit", "depart", Amount(BTC, D(10)), "venue-btc")
    for each in pair:
        each.wait(minutes=31)
    assert (await there.venue.submit("fund", TO_MARGIN)).state is ActionState.CONFIRMED
    await here.venue.account()
    resting = make(BTC_PERP, Side.BUY, "1", "70000", TimeInForce.POST_ONLY, client_id="maker")
    await here.venue.place(resting)
    await there.venue.place(make(BTC_PERP, Side.SELL, "3", "69900", client_id="taker"))
    for each in pair:
        each.wait(minutes=1)
    for name in ("maker", "taker"):
        report = await here.venue.order(BTC_PERP, name)
        assert report is not None
        assert report == await there.venue.order(BTC_PERP, name)
        assert report.filled > 0
    assert await here.venue.account() == await there.venue.account()
    assert await here.venue.book(BTC_PERP) == await there.venue.book(BTC_PERP)


async def test_a_process_that_comes_later_finds_the_exchange_as_it_was_left(tmp_path: Path) -> None:
    first = member(tmp_path / "world.db")
    with closing(first.world):
        first.world.call("transit", "depart", Amount(BTC, D(10)), "venue-btc")
        first.wait(minutes=31)
        await first.venue.submit("fund", TO_MARGIN)
        first.world.faults.plan("venue.place", "lost_answer")
        await first.venue.place(make(BTC_PERP, Side.SELL, "3", "69900", client_id="lost"))
        left = await first.venue.account()
    later = member(tmp_path / "world.db")
    with closing(later.world):
        report = await later.venue.order(BTC_PERP, "lost")
        assert report is not None
        assert report.filled == D(3)
        assert await later.venue.account() == left
