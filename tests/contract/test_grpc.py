"""Every method over a real server on loopback: what is refused, by which code and field, and that nothing changed."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from tests.contract.grpc_refusals import (
    CASES,
    DEPOSIT,
    LONG,
    SECOND,
    Refusal,
    message_of,
    methods,
    of,
)
from tests.contract.grpc_rig import Rig, Stubs, refusal, told

from ballast.services.rpc.server import OFFERS, Server
from ballast.services.v1 import control_pb2, entry_pb2, exposure_pb2, fee_hedge_pb2, rebalancing_pb2, reserve_pb2

WITHOUT_FIELDS = {of(name) for name in ("GetCollateralRatio", "GetReserve", "GetStatus", "WatchExposure")}


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """A world whose time stands still, with two deposits that may be entered, one too small and one too young."""
    rig = Rig()
    rig.on_loop(lambda: [rig.stage.deposit(btc) for btc in ("10", "5", "0.001")])
    rig.clock.advance(60)
    rig.on_loop(lambda: rig.stage.deposit("2"))
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def grpc_server(rig: Rig) -> Server:
    """The real server, where pytest-grpc would start a blocking one."""
    return rig.serve()


@pytest.fixture(scope="module")
def grpc_addr(grpc_server: Server) -> str:
    """The address it is bound to; pytest-grpc's own leaves a socket open and its port to whoever is faster."""
    return f"127.0.0.1:{grpc_server.port}"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[Stubs]:
    return Stubs


def sent(channel: grpc.Channel, method: str, raw: bytes) -> object:
    """Call a method with bytes; a stream's first message is its answer."""
    descriptor = dict(methods())[method]
    call: Any = channel
    if descriptor.server_streaming:
        return next(call.unary_stream(method)(raw, timeout=10))
    return call.unary_unary(method)(raw, timeout=10)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_request_is_refused_precisely_and_changes_nothing(
    case: Refusal, rig: Rig, grpc_channel: grpc.Channel
) -> None:
    before = rig.head()
    code, reason, fields = refusal(lambda: sent(grpc_channel, case.method, case.request.SerializeToString()))
    assert (code, reason) == case.verdict
    assert case.where in (fields.get("field"), fields.get("rule"), fields.get("what"))
    assert all(len(text) <= 400 for text in fields.values())
    assert rig.head() == before


def test_every_method_that_takes_something_is_among_the_refusals() -> None:
    assert {path for path, _ in methods()} - {case.method for case in CASES} == WITHOUT_FIELDS


@pytest.mark.parametrize("method", [path for path, _ in methods()])
def test_bytes_that_are_no_request_are_invalid_for_every_method(
    method: str, rig: Rig, grpc_channel: grpc.Channel
) -> None:
    before = rig.head()
    code, reason, fields = refusal(lambda: sent(grpc_channel, method, b"\x0a\xff\xff"))
    assert (code, reason, fields["field"]) == ("INVALID_ARGUMENT", "INVALID_INPUT", "request")
    assert rig.head() == before


def test_a_request_beyond_the_size_limit_never_reaches_us(grpc_stub: Stubs) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        grpc_stub.entry.GetEntry(entry_pb2.GetEntryRequest(entry_id=LONG * 2))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_method_nobody_has_is_unimplemented(grpc_channel: grpc.Channel) -> None:
    call: Any = grpc_channel
    with pytest.raises(grpc.RpcError) as refused:
        call.unary_unary("/ballast.services.v1.EntryService/Nothing")(b"")
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(
    "method",
    ["QuoteEntry", "StartEntry", "RunExposureNow", "RunFeeHedgeNow", "RunRebalancingNow", "RunReserveNow",
     "GetCollateralRatio", "GetReserve"],
)  # fmt: skip
def test_an_old_price_is_no_price(method: str, rig: Rig, grpc_channel: grpc.Channel) -> None:
    fields: dict[str, dict[str, Any]] = {
        "QuoteEntry": {"amount": {"asset": "BTC", "quantity": {"value": "1"}}},
        "StartEntry": {"request_id": "r", "deposit_key": DEPOSIT},
        "GetCollateralRatio": {},
        "GetReserve": {},
    }
    request = message_of(of(method), **fields.get(method, {"request_id": "r"}))
    rig.stage.market.stopped = rig.clock.now()
    rig.clock.advance(181)
    before = rig.head()
    code, reason, found = refusal(lambda: sent(grpc_channel, of(method), request.SerializeToString()))
    rig.stage.market.stopped = None
    rig.clock.advance(1)
    assert (code, reason, found["expected"]) == ("ABORTED", "STALE", "at most 180 s old")
    assert rig.head() == before


def test_a_place_that_does_not_answer_makes_the_call_unavailable(rig: Rig, grpc_stub: Stubs) -> None:
    rig.clock.advance(1)
    rig.stage.world.faults.plan("venue.account", "unreachable")
    request = reserve_pb2.GetReserveRequest()
    code, reason, _ = refusal(lambda: grpc_stub.reserve.GetReserve(request))
    assert (code, reason) == ("UNAVAILABLE", "UNREACHABLE")
    assert grpc_stub.reserve.GetReserve(request).assessment.usdt.value == "0"


def test_a_failure_nobody_foresaw_is_internal_and_tells_nothing(
    rig: Rig, grpc_stub: Stubs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def secret(*_: object) -> None:
        raise KeyError("password=1234")

    rig.clock.advance(1)
    monkeypatch.setattr(rig.stage.world, "call", secret)
    with pytest.raises(grpc.RpcError) as refused:
        grpc_stub.reserve.GetReserve(reserve_pb2.GetReserveRequest())
    code, reason, fields = told(refused.value)
    assert (code, reason, list(fields)) == ("INTERNAL", "UNFORESEEN", ["log_id"])
    assert "password" not in str(refused.value)


def test_what_is_only_validated_changes_nothing(rig: Rig, grpc_stub: Stubs) -> None:
    before = rig.head()
    start = entry_pb2.StartEntryRequest(request_id="v", deposit_key=DEPOSIT, validate_only=True)
    assert not grpc_stub.entry.StartEntry(start).HasField("entry")
    exposure = exposure_pb2.RunExposureNowRequest(request_id="v", validate_only=True)
    assert grpc_stub.exposure.RunExposureNow(exposure).run.action == "preview"
    fees = fee_hedge_pb2.RunFeeHedgeNowRequest(request_id="v", validate_only=True)
    assert grpc_stub.fee_hedge.RunFeeHedgeNow(fees).report.unexplained_btc.value == "0"
    ratio = rebalancing_pb2.RunRebalancingNowRequest(request_id="v", validate_only=True)
    assert grpc_stub.rebalancing.RunRebalancingNow(ratio).assessment.below_floor is False
    reserve = reserve_pb2.RunReserveNowRequest(request_id="v", validate_only=True)
    assert grpc_stub.reserve.RunReserveNow(reserve).assessment.below_floor is False
    assert rig.head() == before


def test_a_repeated_start_is_the_first_answer_and_the_id_is_good_for_no_other(rig: Rig, grpc_stub: Stubs) -> None:
    def start(key: str, request_id: str = "once") -> entry_pb2.StartEntryResponse:
        return grpc_stub.entry.StartEntry(entry_pb2.StartEntryRequest(request_id=request_id, deposit_key=key))

    first = start(DEPOSIT)
    settled = rig.head()
    assert start(DEPOSIT).entry.id == first.entry.id
    code, reason, fields = refusal(lambda: start(SECOND))
    assert (code, reason, fields) == ("ALREADY_EXISTS", "ID_REUSED", {"request_id": "once"})
    code, reason, fields = refusal(lambda: start(DEPOSIT, "another"))
    assert (code, reason, fields["rule"]) == ("FAILED_PRECONDITION", "RULE_BROKEN", "deposit")
    code, reason, fields = refusal(lambda: start(SECOND, "another"))
    assert (code, reason, fields["rule"]) == ("FAILED_PRECONDITION", "RULE_BROKEN", "one at a time")
    assert rig.head() == settled


def test_a_started_entry_is_driven_at_once(rig: Rig, grpc_stub: Stubs) -> None:
    start = entry_pb2.StartEntryRequest(request_id="once", deposit_key=DEPOSIT)
    entry = grpc_stub.entry.StartEntry(start).entry
    assert rig.head() >= 2
    steps = grpc_stub.entry.GetEntry(entry_pb2.GetEntryRequest(entry_id=entry.id)).entry.steps
    assert steps[0].name == "release"


def test_a_paused_service_starts_nothing_until_it_is_resumed(rig: Rig, grpc_stub: Stubs) -> None:
    pause = control_pb2.PauseRequest(request_id="p", scope="entry", reason="drill")
    paused = grpc_stub.control.Pause(pause).paused
    assert [(row.name, row.text) for row in paused] == [("entry", "drill")]
    head = rig.head()
    assert grpc_stub.control.Pause(pause).paused == paused
    start = entry_pb2.StartEntryRequest(request_id="p", deposit_key=SECOND)
    code, reason, fields = refusal(lambda: grpc_stub.entry.StartEntry(start))
    assert (code, reason, fields["rule"]) == ("FAILED_PRECONDITION", "RULE_BROKEN", "running")
    assert rig.head() == head
    status = grpc_stub.control.GetStatus(control_pb2.GetStatusRequest()).status
    assert (status.healthy, status.paused[0].name) == (False, "entry")
    resume = control_pb2.ResumeRequest(request_id="p", scope="entry", reason="over")
    assert not grpc_stub.control.Resume(resume).paused


def test_every_service_is_offered(grpc_server: Server) -> None:
    assert set(grpc_server.names) == {path.split("/")[1] for path, _ in methods()}
    assert len(OFFERS) == len(grpc_server.names)
