"""The USDT reserve: topped up by BTC that perpetuals replace, so that delta does not move."""

from decimal import Decimal

import pytest
from tests.unit.services.scenes import Scene, play, pool_earning

from ballast.domain.kernel.asset import BTC, HEDGED, USDT
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import OperationKind
from ballast.services.control.pause import set_pause
from ballast.services.reserve.assess import assess

D = Decimal
RESERVE = OperationKind.RESERVE


async def part(scene: Scene) -> Decimal:
    """Return the reserve over the notional of all positions."""
    reserve = (await assess(scene.desk, await scene.desk.observe())).reserve
    return reserve.usdt / reserve.notional_usd


def test_after_an_entry_the_reserve_is_filled_to_its_target_and_not_far_beyond() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await scene.until(lambda: scene.closed(RESERVE))
        await scene.quiet()
        assert D("0.015") <= await part(scene) < D("0.0152")
        assert "reserve" not in scene.desk.state.alerts

    play(story, running=("entry", "reserve"))


def test_a_top_up_sells_btc_and_buys_as_many_perpetuals() -> None:
    async def story(scene: Scene) -> None:
        await set_pause(scene.desk, "p-0", "operator", "reserve", "drill", paused=True)
        await scene.entered("10")
        before, perps, margin = await scene.drifts(), scene.perps(), scene.desk.state.balance(Place.VENUE_MARGIN, BTC)
        await set_pause(scene.desk, "p-1", "operator", "reserve", "over", paused=False)
        await scene.until(lambda: scene.closed(RESERVE))
        top_up = scene.closed(RESERVE)[0]
        sold = top_up.opened.amount.quantity
        assert scene.perps()[BTC] - perps[BTC] == margin - scene.desk.state.balance(Place.VENUE_MARGIN, BTC) == sold
        after = await scene.drifts()
        for coin in HEDGED:
            assert abs(after[coin] - before[coin]) < D("1e-9") * max(D(1), abs(perps[coin]))
        await scene.check_whole()

    play(story, running=("entry", "reserve"), pool=pool_earning(0))


@pytest.mark.parametrize("scope", ["all", "reserve"])
def test_a_pause_sells_nothing_and_says_so(scope: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await scene.until(lambda: scene.closed(RESERVE))
        await set_pause(scene.desk, "p-1", "operator", scope, "drill", paused=True)
        count = len(scene.closed(RESERVE))
        scene.market.move(BTC="1.3", ETH="1.3", SOL="1.3")
        scene.market.move(BTC="1.3", ETH="1.3", SOL="1.3")
        await scene.wait(300)
        assert len(scene.closed(RESERVE)) == count
        assert "no BTC may be sold for it" in scene.desk.state.alerts["reserve"]
        await set_pause(scene.desk, "p-2", "operator", scope, "over", paused=False)
        await scene.until(lambda: len(scene.closed(RESERVE)) > count)
        await scene.until(lambda: scene.desk.state.alerts == {})

    play(story, running=("entry", "reserve"))


def test_btc_that_could_not_be_sold_goes_back_to_the_margin() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("10")
        await scene.until(lambda: scene.closed(OperationKind.ENTRY))
        scene.world.faults.plan("venue.place", *["refuse:-2019"] * 20)
        await scene.until(lambda: scene.closed(RESERVE))
        first = scene.closed(RESERVE)[0]
        assert first.confirmed(0, "return") is not None
        assert first.confirmed(0, "margin") is None
        await scene.quiet()
        assert scene.desk.state.balance(Place.VENUE_SPOT, BTC) == 0
        assert scene.desk.state.balance(Place.VENUE_MARGIN, USDT) > 0
        await scene.check_whole()

    play(story, running=("entry", "reserve"))


def test_a_reserve_above_its_floor_is_left_alone() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await scene.quiet()
        count = len(scene.closed(RESERVE))
        await scene.glide(BTC="1.05")
        await scene.wait(600)
        assert len(scene.closed(RESERVE)) == count
        assert await part(scene) > D("0.01")

    play(story)
