"""The fee hedge: the value, where its change came from, and the fees that are hedged as they grow."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from attrs import evolve
from tests.unit.builders import START
from tests.unit.services.scenes import Scene, play, pool_earning

from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import BTC, USDC
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import HedgeBaseRaised, IncomePosted, OperationKind, ValueTaken
from ballast.services.control.pause import set_pause
from ballast.services.fee_hedge.tick import take_value
from ballast.services.settings import StrategySettings

D = Decimal
FEE_HEDGE, CORRECTION = OperationKind.FEE_HEDGE, OperationKind.CORRECTION
NOTHING_BTC = D("1e-12")
# So much yield that an hour brings what a month does otherwise.
RICH = pool_earning(1_000_000)
HOUR_S = 3_600


async def taken(scene: Scene) -> list[ValueTaken]:
    return [row.event for row in await scene.journal() if isinstance(row.event, ValueTaken)]


async def raised(scene: Scene) -> Decimal:
    rows = [row.event.change for row in await scene.journal() if isinstance(row.event, HedgeBaseRaised)]
    return sum(rows, D(0))


def test_nothing_is_unexplained_through_entries_moves_and_exits() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.glide(BTC="1.1", SOL="0.9", ETH="1.05")
        await scene.entered("2")
        scene.withdraw(D(1))
        await scene.wait(2 * HOUR_S)
        found = await taken(scene)
        assert len(found) >= 5
        for run in found:
            assert abs(run.unexplained_btc) < NOTHING_BTC

    play(story)


def test_what_the_venue_has_and_nobody_booked_is_unexplained_to_the_satoshi() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.wait(HOUR_S)
        scene.world.call("venue", "credit", Amount(USDC, D(776)), "a gift")
        seen = await scene.desk.observe()
        found = take_value(scene.desk, seen)
        assert abs(found.unexplained_btc - 776 * D("0.9999") / scene.market.prices[BTC]) < NOTHING_BTC

    play(story, running=("entry", "exposure", "fee_hedge"))


def test_a_contradiction_holds_the_fee_hedge_by_its_name_also_when_another_service_met_it_first() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        half_an_hour_s = HOUR_S / 2
        await scene.wait(half_an_hour_s - scene.clock.now().timestamp() % half_an_hour_s - 10)
        scene.world.call("venue", "credit", Amount(USDC, D(776)), "a gift")
        await scene.wait(11)
        for name in ("held:exposure", "held:fee_hedge"):
            assert scene.desk.state.alerts[name].startswith("record against the outside: needs equal balances")

    play(story, running=("entry", "exposure", "fee_hedge"))


def test_the_parts_of_every_run_sum_to_its_change() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.glide(BTC="0.95", SOL="1.1")
        await scene.wait(HOUR_S)
        found = await taken(scene)
        for before, after in pairwise(found):
            parts = after.price_btc + after.funding_btc + after.fees_btc + after.pool_income_btc + after.flows_btc
            assert parts + after.unexplained_btc == after.nav_btc - before.nav_btc

    play(story)


def test_pool_income_is_what_the_pool_earned_on_the_jlp_held() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.wait(2 * HOUR_S)
        last = (await taken(scene))[-1]
        half_hours_a_year = 365 * 48
        jlp_btc = last.nav_btc * D("0.7")
        assert abs(last.pool_income_btc - jlp_btc * 100 / half_hours_a_year) < last.pool_income_btc / 20
        assert abs(last.price_btc) < last.pool_income_btc / 1_000

    play(story, pool=RICH)


def test_fees_raise_the_hedge_base_and_the_position_by_the_same_btc_and_nobody_doubles_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        before, base = scene.perps(), scene.desk.state.hedge_base
        corrections = len(scene.closed(CORRECTION))
        await scene.wait(4 * HOUR_S)
        await scene.quiet()
        grown = scene.desk.state.hedge_base - base
        assert grown == await raised(scene) > D("0.2")
        marks = (await scene.desk.observe()).marks
        drift = (await scene.drifts())[BTC]
        assert abs(drift * marks.prices[BTC]) < D("0.001") * scene.desk.nav_usd(marks)
        hedged = sum((order.legs[0, "fees"].legs["feesbtc"].done for order in scene.closed(FEE_HEDGE)), D(0))
        assert hedged == grown
        others = sum(
            (
                leg.plan.side.direction * leg.done
                for record in scene.closed(CORRECTION)[corrections:]
                for leg in record.legs[0, "correct"].legs.values()
                if leg.plan.asset is BTC
            ),
            D(0),
        )
        assert scene.perps()[BTC] - before[BTC] == grown + others + await reserve_bought(scene)

    play(story, pool=RICH)


async def reserve_bought(scene: Scene) -> Decimal:
    since = max(record.closed_at for record in scene.closed(OperationKind.ENTRY) if record.closed_at)
    later = [
        record for record in scene.closed(OperationKind.RESERVE) if record.opened_at > since + timedelta(seconds=130)
    ]
    return sum((record.legs[0, "trade"].legs["buyperp"].done for record in later), D(0))


def test_a_fee_delta_inside_its_band_waits() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await scene.wait(3 * HOUR_S)
        assert not scene.closed(FEE_HEDGE)
        assert (await taken(scene))[-1].unhedged_btc != 0

    play(story)


def test_less_than_the_venue_takes_is_not_hedged_however_narrow_the_band() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await scene.wait(2 * HOUR_S)
        assert not scene.closed(FEE_HEDGE)
        last = (await taken(scene))[-1]
        assert 0 < abs(last.unhedged_btc) < D("0.001")

    play(story, strategy=evolve(StrategySettings(), fee_band=Bps(D(0))))


def test_value_given_back_lowers_the_hedge_base() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        before = scene.desk.state.hedge_base
        await scene.desk.record("test", [HedgeBaseRaised(D("0.05"), "a drill")])
        await scene.wait(HOUR_S)
        assert abs(scene.desk.state.hedge_base - before) < D("0.002")
        assert scene.closed(FEE_HEDGE)[0].opened.amount.quantity < 0

    play(story)


def test_fees_are_not_hedged_while_users_money_is_on_its_way() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await scene.wait(HOUR_S)
        scene.deposit("10")
        await scene.until(lambda: scene.open(OperationKind.ENTRY))
        entry = scene.open(OperationKind.ENTRY)[0]
        count = len(scene.closed(FEE_HEDGE))
        while entry.open:
            assert len(scene.closed(FEE_HEDGE)) == count
            assert not scene.open(FEE_HEDGE)
            await scene.wait(5)

    slow = evolve(StrategySettings().intervals, fee_hedge_s=10)
    play(story, pool=RICH, strategy=StrategySettings(intervals=slow))


@pytest.mark.parametrize("scope", ["all", "fee_hedge", "venue"])
def test_a_pause_goes_on_valuing_and_hedges_nothing(scope: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        await set_pause(scene.desk, "p-1", "operator", scope, "drill", paused=True)
        before, base = len(await taken(scene)), scene.desk.state.hedge_base
        await scene.wait(2 * HOUR_S)
        assert len(await taken(scene)) == before + 4
        assert scene.desk.state.hedge_base == base

    play(story, pool=RICH)


def test_funding_is_booked_once_and_is_the_venues_own_figure() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        eight_hours_s = 8 * HOUR_S
        await scene.wait(eight_hours_s - (scene.clock.now() - START).total_seconds() + 300)
        income = scene.world.call("venue", "income", 0, 1_000)
        paid = sum((row.amount.quantity for row in income), D(0))
        posted = [row.event for row in await scene.journal() if isinstance(row.event, IncomePosted)]
        assert len(income) == 3
        assert len(posted) == 1
        assert sum((scene.desk.state.balances[Place.FUNDING, row.amount.asset] for row in income[:1]), D(0)) == -paid
        await scene.check_whole()

    play(story)
