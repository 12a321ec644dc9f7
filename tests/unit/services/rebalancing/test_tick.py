"""Collateral rebalancing: a shock that breaks a floor is answered by the smallest sale that restores the target."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.builders import quick_settings
from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, Asset
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import OperationKind
from ballast.services.control.pause import set_pause
from ballast.services.rebalancing.assess import assess
from ballast.services.settings import StrategySettings

D = Decimal
REBALANCE = OperationKind.REBALANCE
# A crash of BTC eats the long position, a rally of SOL and ETH the short ones.
SHOCKS = [{"BTC": "0.93"}, {"SOL": "1.12", "ETH": "1.12"}]


async def ratio(scene: Scene) -> Decimal:
    found = assess(scene.desk, await scene.desk.observe()).collateral.ratio
    assert found is not None
    return found


@pytest.mark.parametrize("shock", SHOCKS)
@pytest.mark.parametrize("tranches", [1, 3])
def test_a_market_that_breaks_the_floor_is_answered_until_the_floor_holds_again(
    shock: dict[str, str], tranches: int
) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        assert await ratio(scene) > D("0.88")
        await scene.glide(**shock)
        await scene.quiet()
        assert scene.closed(REBALANCE)
        assert await ratio(scene) > D("0.93")
        assert "collateral" not in scene.desk.state.alerts
        await scene.check_whole()

    play(story, strategy=StrategySettings(rebalance_tranches=tranches))


def test_the_sale_meets_the_target_and_no_more_when_the_market_stands_still_after_the_shock() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        scene.market.move(SOL="1.04", ETH="1.04", BTC="0.97")
        await scene.until(lambda: scene.closed(REBALANCE))
        assert abs(await ratio(scene) - 1) < D("0.005")
        assert len(scene.closed(REBALANCE)) == 1

    floor = evolve(StrategySettings().collateral, floor=D("0.93"))
    play(story, strategy=StrategySettings(collateral=floor), running=("entry", "rebalancing"))


def test_hedges_are_unwound_in_proportion_to_the_jlp_sold() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        before, held = scene.perps(), jlp(scene)
        await scene.glide(BTC="0.93")
        await scene.until(lambda: scene.closed(REBALANCE))
        await scene.quiet()
        kept = jlp(scene) / held
        for coin in (SOL, ETH):
            assert abs(scene.perps()[coin] / before[coin] - kept) < D("0.001")
        marks = (await scene.desk.observe()).marks
        for coin, drift in (await scene.drifts()).items():
            assert abs(drift * marks.prices[coin]) < D("0.001") * scene.desk.nav_usd(marks)

    play(story)


def jlp(scene: Scene) -> Decimal:
    return scene.desk.state.balance(Place.TREASURY, Asset.JLP)


def test_the_proceeds_lie_in_the_margin_wallet_afterwards() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await scene.glide(BTC="0.9")
        await scene.quiet()
        posted = scene.desk.state.balance(Place.VENUE_MARGIN, USDC)
        received = sum(
            (
                action.settled.received.quantity
                for record in scene.closed(REBALANCE)
                for (_, step), attempts in record.actions.items()
                if step.startswith("redeem")
                for action in attempts
                if action.settled and action.settled.received
            ),
            D(0),
        )
        assert posted == received > 0

    play(story, running=("entry", "exposure", "rebalancing"))


def test_an_account_above_its_floor_is_left_alone() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await scene.glide(BTC="0.99")
        await scene.wait(600)
        assert not scene.closed(REBALANCE)
        assert D("0.88") < await ratio(scene) < 1

    play(story)


def test_one_rebalance_at_a_time_and_the_ratio_is_watched_while_it_runs() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        most = 0
        for minute in range(20):
            await scene.glide(1, BTC="0.98" if minute < 10 else "1")
            for _ in range(50):
                most = max(most, len(scene.open(REBALANCE)))
                await scene.wait(1)
        assert most == 1
        assert len(scene.closed(REBALANCE)) > 1
        assert await ratio(scene) > D("0.88")

    play(story, delays=quick_settings(durations_s=60))


@pytest.mark.parametrize("scope", ["all", "rebalance"])
def test_a_pause_sells_nothing_and_says_so_until_it_ends(scope: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await set_pause(scene.desk, "p-1", "operator", scope, "drill", paused=True)
        held = jlp(scene)
        await scene.glide(BTC="0.9")
        assert jlp(scene) == held
        assert "below the floor, and no JLP may be sold" in scene.desk.state.alerts["collateral"]
        await set_pause(scene.desk, "p-2", "operator", scope, "over", paused=False)
        await scene.until(lambda: scene.closed(REBALANCE))
        await scene.until(lambda: "collateral" not in scene.desk.state.alerts)
        assert await ratio(scene) > D("0.9")

    play(story, running=("entry", "rebalancing"))


def test_an_exit_waits_while_margin_is_missing() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        while not scene.open(REBALANCE):
            await scene.glide(1, BTC="0.98")
        key = scene.withdraw(D(1))
        await scene.until(lambda: "no open rebalance" in scene.desk.waiting.get(key, ""))
        await scene.until(lambda: scene.closed(OperationKind.EXIT))
        await scene.quiet()
        await scene.check_whole()

    play(story, delays=quick_settings(durations_s=90))


def test_what_a_top_up_carries_between_the_wallets_is_still_margin() -> None:
    async def story(scene: Scene) -> None:
        await set_pause(scene.desk, "p-1", "operator", "reserve", "drill", paused=True)
        await scene.entered("10")
        before = await ratio(scene)
        await set_pause(scene.desk, "p-2", "operator", "reserve", "over", paused=False)
        await scene.until(lambda: scene.open(OperationKind.RESERVE))
        looks = 0
        while scene.open(OperationKind.RESERVE):
            assert abs(await ratio(scene) - before) < D("0.005")
            looks += 1
            await scene.wait(1)
        assert looks > 3

    small_slices = evolve(StrategySettings().terms, slice_notional_max=D(2_500))
    play(story, running=("entry", "reserve"), strategy=StrategySettings(terms=small_slices))


def test_btc_that_is_still_a_users_asks_for_no_margin() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        scene.deposit("20")
        await scene.until(lambda: len(scene.closed(OperationKind.ENTRY)) == 2)
        assert not scene.closed(REBALANCE)
        assert not scene.open(REBALANCE)

    play(story, delays=quick_settings(durations_s=90), strategy=StrategySettings(tranches=1))


def test_without_positions_nothing_is_asked_of_the_margin() -> None:
    async def story(scene: Scene) -> None:
        await scene.wait(300)
        found = assess(scene.desk, await scene.desk.observe())
        assert (found.below, found.collateral.ratio, found.sale.quantity) == (False, None, D(0))
        assert BTC not in scene.desk.state.own

    play(story)
