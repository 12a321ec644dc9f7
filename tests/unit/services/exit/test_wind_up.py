"""The last exit: everything is closed and paid out, whatever the market did to the account before."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.services.scenes import Scene, differences, play

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC
from ballast.domain.ledger.events import ExposureMeasured, OperationClosed, OperationKind, Outcome
from ballast.services.operations.open import open_operation
from ballast.services.settings import StrategySettings

D = Decimal
EXIT = OperationKind.EXIT


@pytest.mark.parametrize(
    "moves",
    [{"BTC": "0.8"}, {"BTC": "1.4"}, {"SOL": "1.25", "ETH": "1.25"}, {"SOL": "0.7"}, {"BTC": "0.9", "SOL": "1.2"}],
    ids=str,
)
def test_after_any_move_the_last_shares_get_what_all_of_it_is_worth(moves: dict[str, str]) -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.glide(**moves)
        await scene.quiet()
        worth = scene.desk.share_nav_btc((await scene.desk.observe()).marks)
        scene.withdraw(scene.shares())
        await scene.until(lambda: scene.closed(EXIT))
        exit_ = scene.closed(EXIT)[0]
        assert exit_.payout is not None
        assert scene.claims() == exit_.payout.payout.quantity
        assert D("0.98") * worth < scene.claims() < worth
        assert not {asset for asset, quantity in scene.desk.state.own.items() if quantity}
        assert not any(scene.perps().values())
        assert await differences(scene.desk) == {}
        assert scene.world.parts["venue"].repeated_ids == 0
        assert scene.desk.state.paused == {}

    play(story)


def test_a_debt_in_usdt_that_closing_leaves_is_covered_by_selling_btc() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        await scene.glide(3, BTC="0.97")
        scene.withdraw(scene.shares())
        await scene.until(lambda: scene.closed(EXIT))
        exit_ = scene.closed(EXIT)[0]
        assert exit_.confirmed(0, "coverusdt") is not None
        assert (0, "cover") in exit_.legs

    play(story, running=("entry", "exit"))


def test_the_last_exit_waits_for_what_others_have_under_way() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        other = await open_operation(scene.desk, OperationKind.CORRECTION, "a drill", Amount(BTC, D(1)))
        scene.withdraw(scene.shares())
        await scene.wait(1_200)
        assert scene.open(EXIT)[0].payout is None
        assert (0, "flatten") not in scene.open(EXIT)[0].legs
        await scene.desk.record("test", [OperationClosed(other, Outcome.COMPLETED, D(0))], other)
        await scene.until(lambda: scene.closed(EXIT))
        assert not scene.desk.state.operations

    play(story, running=("entry", "exit"))


def test_the_drift_of_closing_everything_is_nothing_to_correct() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        # The profit of the long perpetuals is USDT until the very end, when it buys BTC nothing is sold against.
        await scene.glide(BTC="1.2")
        await scene.quiet()
        scene.withdraw(scene.shares())
        await scene.until(lambda: scene.desk.state.winding_up)
        corrections = len(scene.closed(OperationKind.CORRECTION))
        await scene.until(lambda: scene.closed(EXIT))
        actions = {row.event.action for row in await scene.journal() if isinstance(row.event, ExposureMeasured)}
        assert "hold: winding up" in actions
        assert len(scene.closed(OperationKind.CORRECTION)) == corrections

    small_slices = evolve(StrategySettings().terms, slice_notional_max=D(3_000))
    play(story, strategy=StrategySettings(terms=small_slices))


def test_a_deposit_after_everything_was_paid_out_starts_anew_at_one() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("4")
        scene.withdraw(scene.shares())
        await scene.until(lambda: scene.closed(EXIT))
        entry = await scene.entered("2")
        assert entry.price_per_share is not None
        assert D(1) < entry.price_per_share < D("1.01")
        assert abs(scene.desk.share_price_btc((await scene.desk.observe()).marks) - 1) < D("0.001")
        await scene.check_whole()

    play(story)
