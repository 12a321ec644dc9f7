"""The exchange's door: parameters, signatures, request limits and arranged faults."""

import hashlib
import hmac
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.exchange.clock import ServerClock
from ballast.adapters.simulator.exchange.faults import NO_FAULT, Answer, Fault, FaultPlan
from ballast.adapters.simulator.exchange.limits import Pool, RequestLimits
from ballast.adapters.simulator.exchange.signing import Credentials, check_age, check_key, check_signature
from ballast.adapters.simulator.exchange.socket_api import socket_request
from ballast.adapters.simulator.exchange.wire import Params, Rejection, ms_of
from ballast.domain.kernel.errors import InvalidInput

OURS = Credentials("key1", "secret1")
NOON_MS = ms_of(NOON)
plain_text = st.text(st.characters(codec="ascii", exclude_characters="&=", categories=["L", "N"]), max_size=20)


def test_a_clock_jumps_forward_only_and_the_door_may_be_wrong() -> None:
    clock = ServerClock(MemoryClock(NOON))
    clock.jump(timedelta(hours=2))
    clock.gateway_offset = timedelta(seconds=-3)
    assert clock.now() == NOON + timedelta(hours=2)
    assert clock.gateway_now() == clock.now() - timedelta(seconds=3)
    with pytest.raises(InvalidInput):
        clock.jump(timedelta(seconds=-1))


@given(plain_text, plain_text)
def test_a_signature_covers_query_and_body_exactly_as_they_were_sent(query: str, body: str) -> None:
    signature = hmac.new(b"secret1", f"q={query}b={body}".encode(), hashlib.sha256).hexdigest()
    check_signature(OURS, f"q={query}", f"b={body}&signature={signature}")
    with pytest.raises(Rejection) as refused:
        check_signature(OURS, f"q={query}x", f"b={body}&signature={signature}")
    assert refused.value.code == -1022
    with pytest.raises(Rejection) as refused:
        check_signature(OURS, f"q={query}", f"b={body}")
    assert refused.value.code == -1102


@pytest.mark.parametrize(("key", "code"), [("", -2014), ("key 1", -2014), ("key2", -2015)])
def test_only_the_accounts_key_is_let_in(key: str, code: int) -> None:
    with pytest.raises(Rejection) as refused:
        check_key(OURS, key)
    assert (refused.value.code, refused.value.status) == (code, 401)


def test_the_secret_is_never_shown() -> None:
    assert "secret1" not in repr(OURS)


@pytest.mark.parametrize(
    ("sent_ms", "window", "code"),
    [
        (NOON_MS, "", None),
        (NOON_MS - 5000, "", None),
        (NOON_MS - 5001, "", -1021),
        (NOON_MS - 9000, "10000", None),
        (NOON_MS + 1000, "", None),
        (NOON_MS + 1001, "", -1021),
        (NOON_MS, "60001", -1131),
    ],
)
def test_a_request_must_be_of_now(sent_ms: int, window: str, code: int | None) -> None:
    params = Params({"timestamp": str(sent_ms), "recvWindow": window})
    if code is None:
        check_age(params, NOON)
    else:
        with pytest.raises(Rejection) as refused:
            check_age(params, NOON)
        assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "x", "NaN", "1e", "-"])
def test_a_number_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(Rejection, match="'price'") as refused:
        Params({"price": text}).number("price")
    assert refused.value.code == -1102


@pytest.mark.parametrize("text", ["1.5", "-1", "²", "9" * 19])
def test_a_whole_number_is_plain_digits(text: str) -> None:
    with pytest.raises(Rejection):
        Params({"limit": text}).whole("limit", 5)
    assert Params({}).whole("limit", 5) == 5


@given(st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 40)), max_size=30))
def test_a_pool_counts_what_its_window_saw_and_nothing_else(charges: list[tuple[int, int]]) -> None:
    pool, seen = Pool(100, 60), dict[int, int]()
    for at_ms, amount in sorted(charges):
        window = at_ms // 60_000
        seen[window] = seen.get(window, 0) + amount
        assert pool.charge(at_ms, amount) == (seen[window] <= 100)
        assert pool.used == seen[window]
        assert 1 <= pool.left_s(at_ms) <= 60


def test_going_on_after_the_limit_is_banned_and_a_ban_ends() -> None:
    clock = MemoryClock(NOON)
    limits = RequestLimits(ServerClock(clock))
    limits.weights["fapi"].limit = 1
    assert limits.admit("fapi", 1) == {"x-mbx-used-weight-1m": "1"}
    statuses: list[int] = []
    for _ in range(12):
        with pytest.raises(Rejection) as refused:
            limits.admit("fapi", 1)
        statuses.append(refused.value.status)
        assert refused.value.retry_after_s == (120 if statuses[-1] == 418 else 60)
    assert statuses == [429] * 11 + [418]
    clock.advance(timedelta(seconds=120))
    assert limits.admit("fapi", 1)


def test_families_are_counted_apart_under_their_own_headers() -> None:
    limits = RequestLimits(ServerClock(MemoryClock(NOON)))
    assert limits.admit("sapi", 600) == {"x-sapi-used-ip-weight-1m": "600"}
    assert limits.admit("api", 20) == {"x-mbx-used-weight-1m": "20", "x-mbx-used-weight": "20"}
    assert limits.admit_order("papi") == {"x-mbx-order-count-10s": "1", "x-mbx-order-count-1m": "1"}
    assert limits.admit_order("fapi")["x-mbx-order-count-1m"] == "1"


def test_a_fault_is_met_by_the_request_it_names_only_and_then_gone() -> None:
    plan = FaultPlan()
    fault = Fault(path="/a", method="POST", having={"id": "x"}, answer=Answer.CUT, times=2)
    plan.add(fault)
    assert plan.take("GET", "/a", {"id": "x"}) is NO_FAULT
    assert plan.take("POST", "/b", {"id": "x"}) is NO_FAULT
    assert plan.take("POST", "/a", {"id": "y"}) is NO_FAULT
    assert [plan.take("POST", "/a", {"id": "x"}).answer for _ in range(3)] == [Answer.CUT, Answer.CUT, Answer.NORMAL]


@pytest.mark.parametrize("wrong", [{"times": 0}, {"fill_fraction": Decimal(1)}, {"fill_fraction": Decimal("-0.1")}])
def test_a_fault_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Fault(path="/a", **wrong)


def test_a_socket_request_is_the_rest_request_it_stands_for() -> None:
    raw = socket_request(
        {"method": "order.place", "params": {"symbol": "X", "apiKey": "key1", "reduceOnly": True, "signature": "s"}}
    )
    assert raw is not None
    assert (raw.method, raw.path, raw.key, raw.family) == ("POST", "/fapi/v1/order", "key1", "fapi")
    assert raw.query == "apiKey=key1&reduceOnly=true&symbol=X&signature=s"
    assert socket_request({"method": "order.sing"}) is None
