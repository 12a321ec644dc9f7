"""Opening an operation once, whoever asks and however often."""

import pytest
from tests.unit.builders import quick_settings
from tests.unit.services.scenes import Scene, play

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import IdReused, InvalidInput, NotKnown, RuleBroken, Stale
from ballast.domain.kernel.number import ONE
from ballast.domain.ledger.events import HedgeBaseRaised, OperationKind
from ballast.ports.journal import Draft
from ballast.services.control.pause import set_pause
from ballast.services.entry.start import start as start_entry
from ballast.services.exit.start import start as start_exit
from ballast.services.operations.open import open_operation

ENTRY = OperationKind.ENTRY


async def asked(scene: Scene, btc: str = "2") -> str:
    """Deposit and wait until the chain has it confirmed."""
    key = scene.deposit(btc)
    await scene.wait(5)
    return key


def test_the_same_request_gets_the_same_operation_also_after_its_end() -> None:
    async def story(scene: Scene) -> None:
        key = await asked(scene)
        first = await start_entry(scene.desk, "r-1", key)
        again = await start_entry(scene.desk, "r-1", key)
        assert first is not None
        assert again is first
        await scene.until(lambda: scene.closed(ENTRY))
        sequence = scene.desk.state.sequence
        assert await start_entry(scene.desk, "r-1", key) is first
        assert await start_entry(scene.desk, "r-1", key, validate_only=True) is first
        assert scene.desk.state.sequence == sequence

    play(story, running=("entry",))


def test_a_request_id_with_other_content_is_refused() -> None:
    async def story(scene: Scene) -> None:
        key, other = await asked(scene), await asked(scene, "3")
        await start_entry(scene.desk, "r-1", key)
        for ask in (start_entry(scene.desk, "r-1", other), start_exit(scene.desk, "r-1", key)):
            with pytest.raises(IdReused, match="'r-1' was used before with other content"):
                await ask

    play(story, running=())


def test_another_request_for_the_same_deposit_is_refused() -> None:
    async def story(scene: Scene) -> None:
        key = await asked(scene)
        await start_entry(scene.desk, "r-1", key)
        with pytest.raises(RuleBroken, match="has been taken up"):
            await start_entry(scene.desk, "r-2", key)
        await scene.wait(600)
        assert len(scene.open(ENTRY)) == 1

    play(story, running=())


def test_validating_only_records_nothing() -> None:
    async def story(scene: Scene) -> None:
        key = await asked(scene)
        assert await start_entry(scene.desk, "r-1", key, validate_only=True) is None
        assert scene.desk.state.sequence == 0
        assert await start_entry(scene.desk, "r-1", key) is not None

    play(story, running=())


def test_what_may_not_be_entered_is_refused_with_its_reason_and_nothing_is_recorded() -> None:
    async def story(scene: Scene) -> None:
        fresh = scene.deposit("2")
        with pytest.raises(RuleBroken, match="needs confirmed on chain, found seen"):
            await start_entry(scene.desk, "r-1", fresh)
        small = await asked(scene, "0.009")
        with pytest.raises(RuleBroken, match=r"0\.01 to 1000 BTC"):
            await start_entry(scene.desk, "r-1", small)
        with pytest.raises(NotKnown, match="vault request"):
            await start_entry(scene.desk, "r-1", "1:vault:99")
        with pytest.raises(InvalidInput, match="expected a withdrawal request, found deposit"):
            await start_exit(scene.desk, "r-1", fresh)
        with pytest.raises(InvalidInput, match="request_id"):
            await start_entry(scene.desk, "", fresh)
        assert scene.desk.state.sequence == 0
        await set_pause(scene.desk, "p-1", "operator", "entry", "drill", paused=True)
        with pytest.raises(RuleBroken, match="entry is paused: drill"):
            await start_entry(scene.desk, "r-1", fresh)
        assert not scene.desk.state.operations

    play(story, running=())


def test_what_may_not_leave_is_refused_with_its_reason_and_nothing_is_recorded() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        key = scene.withdraw(ONE)
        before = scene.desk.state.sequence
        with pytest.raises(RuleBroken, match="needs final on chain, found seen"):
            await start_exit(scene.desk, "r-1", key)
        await scene.wait(5)
        assert await start_exit(scene.desk, "r-1", key, validate_only=True) is None
        assert scene.desk.state.sequence == before
        first = await start_exit(scene.desk, "r-1", key)
        assert first is not None
        assert await start_exit(scene.desk, "r-1", key) is first
        with pytest.raises(RuleBroken, match="has been taken up"):
            await start_exit(scene.desk, "r-2", key)

    play(story, running=("entry",))


def test_money_moves_one_way_at_a_time() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        first, second, key = await asked(scene), await asked(scene), scene.withdraw(ONE)
        await scene.wait(10)
        await start_entry(scene.desk, "r-1", first)
        for ask in (start_entry(scene.desk, "r-2", second), start_exit(scene.desk, "r-3", key)):
            with pytest.raises(RuleBroken, match="one at a time: needs no open entry"):
                await ask

    play(story, running=("entry",), delays=quick_settings(durations_s=30))


def test_an_operation_decided_on_an_old_state_is_refused_and_not_opened() -> None:
    async def story(scene: Scene) -> None:
        one = Amount(BTC, ONE)
        await scene.desk.journal.append([Draft(scene.clock.now(), "another", "", HedgeBaseRaised(ONE, "a drill"))])
        with pytest.raises(Stale, match="last sequence 0"):
            await open_operation(scene.desk, ENTRY, "subject", one)
        await scene.desk.recover()
        made = await open_operation(scene.desk, ENTRY, "subject", one)
        assert list(scene.desk.state.operations) == [made]

    play(story, running=())
