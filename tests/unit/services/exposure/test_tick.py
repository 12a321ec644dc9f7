"""The exposure service: it measures from the outside's truth, corrects what is outside its band, and else holds."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import BTC, ETH, HEDGED, JLP, SOL, USDC, Asset
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import AlertRaised, ExposureMeasured, HedgeBaseRaised, OperationKind
from ballast.services.control.pause import set_pause
from ballast.services.settings import StrategySettings

D = Decimal
CORRECTION = OperationKind.CORRECTION


async def runs(scene: Scene) -> list[ExposureMeasured]:
    return [row.event for row in await scene.journal() if isinstance(row.event, ExposureMeasured)]


async def raise_base(scene: Scene, btc: str) -> None:
    """Make a drift of BTC by moving its target."""
    await scene.desk.record("test", [HedgeBaseRaised(D(btc), "a drill")])


async def check_holds(scene: Scene, why: str) -> None:
    """Check that nothing is measured, traded or recorded but the alert, and that one person is told once."""
    before, orders = len(await runs(scene)), len(scene.venue.placed)
    await scene.wait(600)
    assert len(await runs(scene)) == before
    assert len(scene.venue.placed) == orders
    assert not scene.desk.state.operations
    told = [alert for alert in scene.alerts.told if alert.key == "held:exposure"]
    assert len(told) == 1
    assert why in told[0].text
    recorded = [row.event for row in await scene.journal() if isinstance(row.event, AlertRaised)]
    texts = [event.text for event in recorded if event.key == "held:exposure"]
    assert len(set(texts)) == len(texts)


def test_a_run_is_recorded_every_minute_with_one_row_per_coin() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        before = len(await runs(scene))
        await scene.wait(600)
        fresh = (await runs(scene))[before:]
        assert len(fresh) == 10
        assert all([row.asset for row in run.assets] == list(HEDGED) for run in fresh)
        assert {run.action for run in fresh} == {"none"}

    play(story)


@pytest.mark.parametrize("change", ["0.03", "-0.03"])
def test_a_drift_beyond_its_band_is_traded_back_to_the_middle_once(change: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        before, corrections = scene.perps(), len(scene.closed(CORRECTION))
        await raise_base(scene, change)
        await scene.wait(240)
        after = scene.perps()
        assert abs(after[BTC] - before[BTC] - D(change)) <= D("0.001")
        assert (after[ETH], after[SOL]) == (before[ETH], before[SOL])
        assert len(scene.closed(CORRECTION)) == corrections + 1
        assert [run.action for run in (await runs(scene))[-3:]].count("correct") <= 1

    play(story, running=("entry", "exposure"))


def test_no_correction_is_made_because_prices_moved() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        corrections, orders = len(scene.closed(CORRECTION)), len(scene.venue.placed)
        before = await scene.drifts()
        await scene.glide(BTC="1.3", SOL="0.8", ETH="1.1")
        after = await scene.drifts()
        assert len(scene.closed(CORRECTION)) == corrections
        assert len(scene.venue.placed) == orders
        for coin in HEDGED:
            assert abs(after[coin] - before[coin]) < D("0.0001") * abs(scene.perps()[coin])

    play(story, running=("entry", "exposure"))


def test_what_others_have_planned_is_not_hedged_again() -> None:
    async def story(scene: Scene) -> None:
        scene.deposit("10")
        await scene.until(lambda: scene.closed(OperationKind.ENTRY))
        hedging = [run for run in await runs(scene) if any(row.pending for row in run.assets)]
        assert any(abs(row.drift - row.pending) > abs(row.pending) / 2 for run in hedging for row in run.assets)
        assert {run.action for run in hedging} == {"none"}

    small_slices = evolve(StrategySettings().terms, slice_notional_max=D(2_000))
    play(story, strategy=StrategySettings(tranches=1, terms=small_slices), running=("entry", "exposure"))


def test_a_drift_inside_its_band_is_left_alone() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("10")
        orders = len(scene.venue.placed)
        await raise_base(scene, "0.009")
        await scene.wait(300)
        assert len(scene.venue.placed) == orders
        assert (await runs(scene))[-1].action == "none"

    play(story, strategy=evolve(StrategySettings(), drift_band=Bps(D(15))), running=("entry", "exposure"))


def _stop(scene: Scene) -> None:
    scene.market.stopped = scene.clock.now()


def _part(scene: Scene) -> None:
    scene.market.oracle_factor = D("0.98")


def _gift(scene: Scene) -> None:
    scene.world.call("venue", "credit", Amount(USDC, D("0.01")), "a gift")


def _loss(scene: Scene) -> None:
    scene.world.parts["venue"].holdings.margin[BTC] -= D("0.00000001")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_stop, "is stale: needs at most 180 s old"),
        (_part, "needs venue and oracle within 100 bps"),
        (_gift, "record against the outside: needs equal balances, found USDC at venue_spot: ours"),
        (_loss, "record against the outside: needs equal balances, found BTC at venue_margin: ours"),
    ],
)
def test_what_cannot_be_trusted_holds_and_calls_a_person_and_records_nothing_wrong(
    happens: Callable[[Scene], None], why: str
) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await raise_base(scene, "0.5")
        happens(scene)
        await scene.wait(241)
        await check_holds(scene, why)

    play(story, running=("entry", "exposure"))


@pytest.mark.parametrize("mend", [_stop, _part])
def test_a_hold_ends_by_itself_when_its_reason_does(mend: Callable[[Scene], None]) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        mend(scene)
        await scene.until(lambda: "held:exposure" in scene.desk.state.alerts)
        before = len(await runs(scene))
        scene.market.stopped, scene.market.oracle_factor = None, D(1)
        await scene.wait(125)
        assert len(await runs(scene)) == before + 2
        assert scene.desk.state.alerts == {}

    play(story, running=("entry", "exposure"))


def test_a_liquidation_at_the_venue_is_detected_and_nothing_is_traded_on_top_of_it() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        scene.market.move(BTC="0.4")
        await scene.wait(130)
        assert not any(scene.perps().values())
        assert scene.desk.state.own[Asset.BTC_PERP] != 0
        assert "-PERP at venue_margin: ours" in scene.desk.state.alerts["reconciliation"]
        assert scene.desk.state.income_cursor > 0
        await check_holds(scene, "record against the outside")

    play(story, running=("entry", "exposure"))


@pytest.mark.parametrize("scope", ["all", "exposure", "venue"])
def test_a_pause_goes_on_measuring_and_trades_nothing(scope: str) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await set_pause(scene.desk, "p-1", "operator", scope, "drill", paused=True)
        await raise_base(scene, "0.1")
        orders = len(scene.venue.placed)
        before = len(await runs(scene))
        await scene.wait(300)
        fresh = (await runs(scene))[before:]
        assert [run.action for run in fresh] == ["hold: paused"] * 5
        assert len(scene.venue.placed) == orders
        await set_pause(scene.desk, "p-2", "operator", scope, "over", paused=False)
        await scene.wait(130)
        assert scene.closed(CORRECTION)

    play(story, running=("entry", "exposure"))


def test_the_naive_figure_is_recorded_beside_the_exact_one() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        row = {row.asset: row for row in (await runs(scene))[-1].assets}
        jlp = scene.desk.state.balance(Place.TREASURY, JLP)
        assert jlp > 0
        for coin in (SOL, ETH):
            assert row[coin].naive > 0
            assert row[coin].naive != row[coin].pool

    play(story, running=("entry", "exposure"))
