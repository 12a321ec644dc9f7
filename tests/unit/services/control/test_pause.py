"""The kill switch."""

import pytest
from tests.unit.builders import START, desk_at, stage
from tests.unit.services.records import ID, opened

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import AlertRaised, OperationClosed, Outcome
from ballast.services.control.pause import SCOPES, set_pause
from ballast.services.desk import Desk
from ballast.services.runner import SERVICES


async def desk_with_an_entry() -> Desk:
    clock = MemoryClock(START)
    desk = desk_at(clock, stage(clock).world)
    await desk.record("entry", [opened()], ID)
    return desk


async def pause(desk: Desk, scope: str, reason: str = "drill", *, paused: bool = True) -> None:
    await set_pause(desk, "r-1", "operator", scope, reason, paused=paused)


def test_every_service_can_be_paused_under_the_name_it_acts_by() -> None:
    assert {service.actor for service in SERVICES.values()} | {"all", "venue"} == set(SCOPES)


@pytest.mark.parametrize("scope", [*SCOPES, f"operation:{ID}"])
async def test_a_scope_is_paused_with_its_reason_until_it_is_resumed(scope: str) -> None:
    desk = await desk_with_an_entry()
    await pause(desk, scope)
    assert desk.state.paused == {scope: "drill"}
    await pause(desk, scope, paused=False)
    assert desk.state.paused == {}


async def test_saying_it_again_records_nothing() -> None:
    desk = await desk_with_an_entry()
    await pause(desk, "all", paused=False)
    assert await desk.journal.head() == 1
    await pause(desk, "all")
    await pause(desk, "all", "another reason")
    assert (await desk.journal.head(), desk.state.paused) == (2, {"all": "drill"})


@pytest.mark.parametrize(
    "scope", ["", "everything", "All", ID, "operation:", "operation:en2", "operation:all", "x" * 999]
)
async def test_a_scope_that_names_nothing_is_refused_and_nothing_changes(scope: str) -> None:
    desk = await desk_with_an_entry()
    with pytest.raises(InvalidInput, match="scope: expected one of all, venue, entry"):
        await pause(desk, scope)
    assert await desk.journal.head() == 1


async def test_an_operation_that_has_ended_is_nothing_to_pause() -> None:
    desk = await desk_with_an_entry()
    await desk.record("entry", [OperationClosed(ID, Outcome.COMPLETED, ZERO)], ID)
    with pytest.raises(InvalidInput, match="scope"):
        await pause(desk, f"operation:{ID}")


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_reason_of_no_or_too_many_words_is_refused(reason: str) -> None:
    desk = await desk_with_an_entry()
    with pytest.raises(InvalidInput, match="reason: expected 1 to 500 characters"):
        await pause(desk, "all", reason)
    assert desk.state.paused == {}


async def test_an_illegal_request_id_is_refused() -> None:
    desk = await desk_with_an_entry()
    with pytest.raises(InvalidInput, match="request_id"):
        await set_pause(desk, "no spaces", "operator", "all", "drill", paused=True)


async def test_resuming_an_operation_takes_its_alert_back() -> None:
    desk = await desk_with_an_entry()
    scope = f"operation:{ID}"
    await pause(desk, scope)
    await desk.record("entry", [AlertRaised(scope, "parked")])
    await pause(desk, scope, paused=False)
    assert desk.state.alerts == {}
