"""A deposit in and out again over the wire, watched, listed and reported; and who is waited for how long."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import grpc
import pytest
from attrs import frozen
from tests.contract.grpc_rig import PATIENCE_S, Rig, Stubs, refusal
from tests.unit.builders import USER
from tests.unit.services.records import opened

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import SHARE
from ballast.domain.ledger.events import OperationClosed, OperationKind, Outcome
from ballast.services.rpc.translate import outward
from ballast.services.v1 import (
    control_pb2,
    entry_pb2,
    execution_pb2,
    exit_pb2,
    exposure_pb2,
    fee_hedge_pb2,
    operations_pb2,
    rebalancing_pb2,
    requests_pb2,
    reserve_pb2,
)

D = Decimal
COMPLETED = operations_pb2.OPERATION_STATE_COMPLETED


@frozen
class Wire:
    """A rig and the stubs of a channel to its server."""

    rig: Rig
    stubs: Stubs


def wired(rig: Rig) -> Iterator[Wire]:
    server = rig.serve()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield Wire(rig, Stubs(channel))
    rig.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    yield from wired(Rig())


@pytest.fixture
def slow_wire() -> Iterator[Wire]:
    """A wire to a desk whose venue takes a second for each answer."""
    yield from wired(Rig(slow=True))


def playing(wire: Wire) -> None:
    """Start the services and let time pass."""
    wire.rig.do(wire.rig.runner.start())
    wire.rig.on_loop(wire.rig.clock.flow)


def entered(wire: Wire, btc: str) -> list[operations_pb2.Operation]:
    """Enter a deposit to its end and return what a watcher saw; then time stands still again."""
    key = wire.rig.on_loop(lambda: wire.rig.stage.deposit(btc))
    wire.rig.clock.advance(60)
    start = entry_pb2.StartEntryRequest(request_id="in", deposit_key=key)
    entry = wire.stubs.entry.StartEntry(start).entry
    watching = wire.stubs.entry.WatchEntry(entry_pb2.WatchEntryRequest(entry_id=entry.id), timeout=PATIENCE_S)
    playing(wire)
    seen = [answer.entry for answer in watching]
    wire.rig.on_loop(wire.rig.clock.stand)
    return seen


def exited(wire: Wire, shares: str) -> list[operations_pb2.Operation]:
    """Take shares out to the end while the services run, and return what a watcher saw."""
    stage = wire.rig.stage
    amount = Amount(SHARE, D(shares))
    key: str = wire.rig.on_loop(lambda: stage.world.call("vault", "request_withdrawal", USER, amount))
    wire.rig.clock.advance(60)
    start = exit_pb2.StartExitRequest(request_id="out", withdrawal_key=key)
    found = wire.stubs.exit.StartExit(start).exit
    wire.rig.head()
    driven = wire.stubs.exit.GetExit(exit_pb2.GetExitRequest(exit_id=found.id)).exit
    assert driven.steps, "a started exit is driven at once"
    watching = wire.stubs.exit.WatchExit(exit_pb2.WatchExitRequest(exit_id=found.id), timeout=PATIENCE_S)
    wire.rig.on_loop(wire.rig.clock.flow)
    seen = [answer.exit for answer in watching]
    wire.rig.on_loop(wire.rig.clock.stand)
    return seen


def test_a_deposit_goes_in_and_half_of_it_out_again_while_it_is_watched(wire: Wire) -> None:
    seen = entered(wire, "10")
    assert len(seen) > 1
    assert [state.revision for state in seen] == sorted({state.revision for state in seen})
    last = seen[-1]
    assert (last.state, last.request_id, list(last.unproved_intent_ids)) == (COMPLETED, "in", [])
    assert D("1.0") < D(last.price_per_share_btc.value) < D("1.01")
    assert {step.name for step in last.steps} >= {
        "release",
        "forward",
        "margin",
        "trade",
        "withdraw",
        "mint0",
        "fulfil",
    }
    left = exited(wire, "5")[-1]
    assert (left.state, left.payout.asset) == (COMPLETED, "BTC")
    assert D("4.9") < D(left.payout.quantity.value) < D("5.1")
    quoted = exit_pb2.QuoteExitRequest(amount=outward.amount(Amount(SHARE, D(1))))
    assert D("0.98") < D(wire.stubs.exit.QuoteExit(quoted).quote.price_btc.value) < D("1.01")


def test_what_was_done_is_listed_without_steps_and_told_leg_by_leg(wire: Wire) -> None:
    entry = entered(wire, "10")[-1]
    (listed,) = wire.stubs.entry.ListEntries(entry_pb2.ListEntriesRequest()).entries
    assert (listed.id, len(listed.steps)) == (entry.id, 0)
    assert wire.stubs.entry.GetEntry(entry_pb2.GetEntryRequest(entry_id=entry.id)).entry == entry
    (deposit,) = wire.stubs.entry.ListDeposits(entry_pb2.ListDepositsRequest()).deposits
    assert (deposit.state, deposit.operation_id) == (requests_pb2.VAULT_REQUEST_STATE_FULFILLED, entry.id)
    watching = wire.stubs.execution.WatchExecution(execution_pb2.WatchExecutionRequest(operation_id=entry.id))
    (execution,) = [answer.execution for answer in watching]
    assert wire.stubs.execution.GetExecution(
        execution_pb2.GetExecutionRequest(operation_id=entry.id)
    ).execution == execution  # fmt: skip
    legs = [leg for group in execution.legs for leg in group.legs]
    assert {leg.symbol for leg in legs} == {"BTCUSDC:SPOT", "BTCUSDT:PERP", "ETHUSDT:PERP", "SOLUSDT:PERP"}
    assert all(leg.done.value == leg.quantity.value and abs(leg.shortfall_bps) < 50 for leg in legs)


def test_executions_of_all_kinds_are_listed_page_by_page(wire: Wire) -> None:
    entry = entered(wire, "10")[-1]
    request = execution_pb2.ListExecutionsRequest(page_size=1)
    seen: list[str] = []
    while not seen or request.page_token:
        page = wire.stubs.execution.ListExecutions(request)
        seen += [execution.operation.id for execution in page.executions]
        request.page_token = page.next_page_token
    assert len(seen) == len(set(seen)) > 1
    assert seen[-1] == entry.id
    entries = execution_pb2.ListExecutionsRequest(kinds=[operations_pb2.OPERATION_KIND_ENTRY])
    assert [row.operation.id for row in wire.stubs.execution.ListExecutions(entries).executions] == [entry.id]
    unended = execution_pb2.ListExecutionsRequest(open_only=True)
    assert entry.id not in [row.operation.id for row in wire.stubs.execution.ListExecutions(unended).executions]


def test_an_operation_is_known_only_to_the_service_of_its_kind(wire: Wire) -> None:
    entry = entered(wire, "10")[-1]
    code, reason, fields = refusal(lambda: wire.stubs.exit.GetExit(exit_pb2.GetExitRequest(exit_id=entry.id)))
    assert (code, reason, fields) == ("NOT_FOUND", "NOT_KNOWN", {"what": "exit", "name": entry.id})
    assert not wire.stubs.exit.ListExits(exit_pb2.ListExitsRequest()).exits
    assert not wire.stubs.exit.ListWithdrawals(exit_pb2.ListWithdrawalsRequest()).withdrawals


def test_the_top_up_that_an_entry_asks_for_is_watched_to_its_end(wire: Wire) -> None:
    entered(wire, "10")
    (top_up,) = wire.stubs.reserve.ListTopUps(reserve_pb2.ListTopUpsRequest()).top_ups
    watching = wire.stubs.reserve.WatchTopUp(reserve_pb2.WatchTopUpRequest(top_up_id=top_up.id), timeout=PATIENCE_S)
    wire.rig.on_loop(wire.rig.clock.flow)
    seen = [answer.top_up for answer in watching]
    assert (seen[-1].state, seen[-1].kind) == (COMPLETED, operations_pb2.OPERATION_KIND_RESERVE)
    found = wire.stubs.reserve.GetTopUp(reserve_pb2.GetTopUpRequest(top_up_id=top_up.id)).top_up
    assert found == seen[-1]


def test_a_rebalance_is_listed_and_watched_to_its_end(wire: Wire) -> None:
    begun = opened(OperationKind.REBALANCE, "rb1")
    wire.rig.do(wire.rig.desk.record("rebalance", [begun], "rb1"))
    (row,) = wire.stubs.rebalancing.ListRebalances(rebalancing_pb2.ListRebalancesRequest()).rebalances
    found = wire.stubs.rebalancing.GetRebalance(rebalancing_pb2.GetRebalanceRequest(rebalance_id="rb1"))
    assert (row, row.subject) == (found.rebalance, "1:vault:rb1")
    request = rebalancing_pb2.WatchRebalanceRequest(rebalance_id="rb1")
    watching = iter(wire.stubs.rebalancing.WatchRebalance(request, timeout=PATIENCE_S))
    assert next(watching).rebalance == row
    wire.rig.do(wire.rig.desk.record("rebalance", [OperationClosed("rb1", Outcome.COMPLETED, D(0))], "rb1"))
    wire.rig.on_loop(wire.rig.clock.flow)
    assert [answer.rebalance.state for answer in watching] == [COMPLETED]


def test_runs_are_made_on_demand_and_listed_newest_first(wire: Wire) -> None:
    for request_id in ("a", "b", "c"):
        wire.stubs.exposure.RunExposureNow(exposure_pb2.RunExposureNowRequest(request_id=request_id))
        wire.stubs.fee_hedge.RunFeeHedgeNow(fee_hedge_pb2.RunFeeHedgeNowRequest(request_id=request_id))
        wire.rig.clock.advance(7)
    newest = wire.stubs.exposure.GetExposure(exposure_pb2.GetExposureRequest())
    assert newest.age_s == 7
    first = wire.stubs.exposure.ListExposureRuns(exposure_pb2.ListExposureRunsRequest(page_size=2))
    token = first.next_page_token
    rest = wire.stubs.exposure.ListExposureRuns(exposure_pb2.ListExposureRunsRequest(page_size=2, page_token=token))
    runs = [*first.runs, *rest.runs]
    assert (len(runs), rest.next_page_token, runs[0]) == (3, "", newest.run)
    times = [run.measure_time.seconds for run in runs]
    assert times == sorted(times, reverse=True)
    reports = wire.stubs.fee_hedge.ListFeeHedgeReports(fee_hedge_pb2.ListFeeHedgeReportsRequest()).reports
    report = wire.stubs.fee_hedge.GetFeeHedgeReport(fee_hedge_pb2.GetFeeHedgeReportRequest())
    assert (len(reports), reports[0], report.age_s) == (3, report.report, 7)
    ratio = wire.stubs.rebalancing.RunRebalancingNow(rebalancing_pb2.RunRebalancingNowRequest(request_id="d"))
    asked = wire.stubs.rebalancing.GetCollateralRatio(rebalancing_pb2.GetCollateralRatioRequest())
    assert ratio.assessment == asked.assessment
    reserve = wire.stubs.reserve.RunReserveNow(reserve_pb2.RunReserveNowRequest(request_id="d"))
    assert reserve.assessment == wire.stubs.reserve.GetReserve(reserve_pb2.GetReserveRequest()).assessment


@pytest.mark.parametrize("actor", ["exposure", "fee_hedge", "rebalance", "reserve"])
def test_a_run_needs_the_lease_of_its_service(wire: Wire, actor: str) -> None:
    wire.rig.desk.alone = False
    wire.rig.do(wire.rig.desk.lease.take(actor, "another process", 60))
    before = wire.rig.head()
    stubs = wire.stubs
    code, reason, fields = refusal(
        {
            "exposure": lambda: stubs.exposure.RunExposureNow(exposure_pb2.RunExposureNowRequest(request_id="a")),
            "fee_hedge": lambda: stubs.fee_hedge.RunFeeHedgeNow(fee_hedge_pb2.RunFeeHedgeNowRequest(request_id="a")),
            "rebalance": lambda: stubs.rebalancing.RunRebalancingNow(
                rebalancing_pb2.RunRebalancingNowRequest(request_id="a")
            ),
            "reserve": lambda: stubs.reserve.RunReserveNow(reserve_pb2.RunReserveNowRequest(request_id="a")),
        }[actor]
    )
    assert (code, reason, fields["found"]) == ("FAILED_PRECONDITION", "RULE_BROKEN", "another holder")
    assert wire.rig.head() == before


def test_watching_exposure_gives_each_new_run_until_the_caller_leaves(wire: Wire) -> None:
    watching: Any = wire.stubs.exposure.WatchExposure(exposure_pb2.WatchExposureRequest(), timeout=PATIENCE_S)
    playing(wire)
    times = [next(watching).run.measure_time.seconds for _ in range(3)]
    assert times == sorted(set(times))
    watching.cancel()
    with pytest.raises(grpc.RpcError) as ended:
        list(watching)
    assert ended.value.code() is grpc.StatusCode.CANCELLED


def test_work_past_the_callers_deadline_is_cancelled(slow_wire: Wire) -> None:
    clock = slow_wire.rig.clock
    call: Any = slow_wire.stubs.reserve.GetReserve
    answer = call.future(reserve_pb2.GetReserveRequest(), timeout=0.2)
    slow_wire.rig.wait_until(lambda: clock.waiting == 1)
    assert answer.exception().code() is grpc.StatusCode.DEADLINE_EXCEEDED
    slow_wire.rig.wait_until(lambda: clock.waiting == 0)


def test_a_run_goes_on_when_its_caller_runs_out_of_time(slow_wire: Wire) -> None:
    rig, exposure = slow_wire.rig, slow_wire.stubs.exposure
    with pytest.raises(grpc.RpcError) as late:
        exposure.RunExposureNow(exposure_pb2.RunExposureNowRequest(request_id="a"), timeout=0.05)
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert rig.clock.waiting == 1
    rig.on_loop(rig.clock.flow)
    assert rig.head() > 0
    assert exposure.GetExposure(exposure_pb2.GetExposureRequest()).run.action == "none"


def test_a_status_tells_what_the_strategy_holds(wire: Wire) -> None:
    entered(wire, "10")
    answer = wire.stubs.control.GetStatus(control_pb2.GetStatusRequest())
    assert D("9.9") < D(answer.status.share_supply.value) < D(10)
    assert D("9.9") < D(answer.status.nav_btc.value) < D(10)
    assert '"hedge_base_btc"' in answer.document_json
