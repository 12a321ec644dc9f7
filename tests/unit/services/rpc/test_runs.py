"""Work that outlives its caller."""

import asyncio

import pytest
import structlog
from attrs import define, field
from tests.unit.services.records import NOON, opened

from ballast.domain.kernel.errors import BallastError, RuleBroken, Stale
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.rpc.runs import Runs


@define
class SlowRunner:
    """A runner whose ticks wait for `gate` and then answer, or raise what they are told to."""

    answer: object = "found"
    error: Exception | None = None
    gate: asyncio.Event = field(factory=asyncio.Event)
    begun: list[str] = field(factory=list[str])
    ended: list[str] = field(factory=list[str])

    async def run_now(self, name: str) -> object:
        self.begun.append(name)
        await self.gate.wait()
        self.ended.append(name)
        if self.error is not None:
            raise self.error
        return self.answer


def let_go(runner: SlowRunner) -> SlowRunner:
    runner.gate.set()
    return runner


async def settle() -> None:
    """Let every task that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)  # noqa: TID251  # no time passes


async def test_a_run_answers_what_the_tick_found() -> None:
    assert await Runs(let_go(SlowRunner())).run_now("exposure", str) == "found"  # type: ignore[arg-type]


async def test_a_tick_that_did_not_run_means_that_another_process_has_the_lease() -> None:
    with pytest.raises(RuleBroken) as refused:
        await Runs(let_go(SlowRunner(answer=None))).run_now("exposure", str)  # type: ignore[arg-type]
    assert refused.value.fields["rule"] == "lease of exposure"


async def test_a_caller_that_leaves_does_not_cut_the_run_off() -> None:
    runner = SlowRunner()
    call = asyncio.ensure_future(Runs(runner).run_now("exposure", str))  # type: ignore[arg-type]
    await settle()
    call.cancel()
    let_go(runner)
    await settle()
    assert call.cancelled()
    assert runner.ended == ["exposure"]


async def test_callers_at_the_same_time_share_one_run() -> None:
    runner = SlowRunner()
    runs = Runs(runner)  # type: ignore[arg-type]
    calls = [asyncio.ensure_future(runs.run_now("exposure", str)) for _ in range(3)]
    await settle()
    let_go(runner)
    assert await asyncio.gather(*calls) == ["found"] * 3
    assert runner.begun == ["exposure"]
    assert await runs.run_now("exposure", str) == "found"
    assert runner.begun == ["exposure", "exposure"]


@pytest.mark.parametrize(
    ("kind", "service"),
    [(OperationKind.ENTRY, "entry"), (OperationKind.EXIT, "exit"), (OperationKind.REBALANCE, "rebalancing")],
)
async def test_a_started_operation_is_driven_by_its_service(kind: OperationKind, service: str) -> None:
    runner = SlowRunner()
    Runs(runner).nudge(OperationRecord(opened(kind), NOON))  # type: ignore[arg-type]
    await settle()
    assert runner.begun == [service]


async def test_nothing_is_driven_for_what_was_only_validated() -> None:
    runner = SlowRunner()
    Runs(runner).nudge(None)  # type: ignore[arg-type]
    await settle()
    assert runner.begun == []


@pytest.mark.parametrize(("error", "event"), [(Stale("a", "b", "c"), "run held"), (KeyError("x"), "run failed")])
async def test_what_a_run_raises_is_told_to_the_caller_and_to_the_log(error: Exception, event: str) -> None:
    runs = Runs(let_go(SlowRunner(error=error)))  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as logs, pytest.raises(type(error)):
        await runs.run_now("exposure", str)
    assert [(line["event"], line["run"]) for line in logs] == [(event, "exposure now")]
    assert isinstance(error, BallastError) == ("reason" in logs[0])


async def test_a_stop_ends_what_still_runs() -> None:
    runner = SlowRunner()
    runs = Runs(runner)  # type: ignore[arg-type]
    call = asyncio.ensure_future(runs.run_now("exposure", str))
    await settle()
    await runs.stop()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (runner.begun, runner.ended) == (["exposure"], [])
