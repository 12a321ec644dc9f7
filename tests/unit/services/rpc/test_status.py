"""The table from errors to statuses."""

import importlib
import pkgutil

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo  # type: ignore[import-untyped]  # stubs, no py.typed
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs, no py.typed

import ballast.domain
import ballast.ports
import ballast.services
from ballast.domain.kernel.errors import (
    BallastError,
    IdReused,
    InvalidInput,
    InvariantError,
    LimitReached,
    NotAllowed,
    NotKnown,
    NotRecognised,
    RuleBroken,
    Stale,
    Unreachable,
)
from ballast.services.rpc.status import CODES, code_of, failure, refusal, too_late

# What the client makes of a server's refusal is on the other side of the wire.
CLIENT = "ballast.services.rpc.client"


def descendants(kind: type[BallastError]) -> list[type[BallastError]]:
    found = [found for child in kind.__subclasses__() for found in (child, *descendants(child))]
    return [kind for kind in found if kind.__module__ != CLIENT]


def sent(status: grpc.Status) -> Status:
    (encoded,) = [value for key, value in status.trailing_metadata or () if key == "grpc-status-details-bin"]
    assert isinstance(encoded, bytes)
    return Status.FromString(encoded)


def info(status: grpc.Status) -> ErrorInfo:
    found = ErrorInfo()
    assert sent(status).details[0].Unpack(found)
    return found


def test_every_error_of_the_tree_has_its_code_in_the_table() -> None:
    for package in (ballast.domain, ballast.ports, ballast.services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    without = [kind.__name__ for kind in descendants(BallastError) if not any(base in CODES for base in kind.__mro__)]
    assert without == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("field", "one", "two"), "INVALID_ARGUMENT"),
        (NotKnown("entry", "en1"), "NOT_FOUND"),
        (IdReused("r1"), "ALREADY_EXISTS"),
        (RuleBroken("cap", "less", "more"), "FAILED_PRECONDITION"),
        (Stale("quote", "new", "old"), "ABORTED"),
        (LimitReached("cap", 9), "RESOURCE_EXHAUSTED"),
        (NotAllowed("no"), "PERMISSION_DENIED"),
        (NotRecognised("who"), "UNAUTHENTICATED"),
        (Unreachable("gone"), "UNAVAILABLE"),
        (InvariantError("impossible"), "INTERNAL"),
    ],
)
def test_each_error_has_the_code_of_the_house_table(error: BallastError, code: str) -> None:
    assert code_of(type(error)) is grpc.StatusCode[code]
    assert sent(refusal(error)).code == grpc.StatusCode[code].value[0]


def test_an_error_nobody_foresaw_is_internal() -> None:
    assert code_of(KeyError) is grpc.StatusCode.INTERNAL
    assert code_of(BallastError) is grpc.StatusCode.INTERNAL


def test_a_refusal_carries_reason_domain_and_fields() -> None:
    found = info(refusal(RuleBroken("cap", "less", "more")))
    assert (found.reason, found.domain) == ("RULE_BROKEN", "ballast")
    assert dict(found.metadata) == {"rule": "cap", "expected": "less", "found": "more"}


def test_a_reached_limit_says_when_to_retry() -> None:
    retry = RetryInfo()
    assert sent(refusal(LimitReached("cap", 9))).details[1].Unpack(retry)
    assert retry.retry_delay.seconds == 9


def test_a_failure_of_ours_tells_the_log_id_and_nothing_else() -> None:
    status = failure("UNFORESEEN", "id-7")
    assert dict(info(status).metadata) == {"log_id": "id-7"}
    assert status.details == "internal failure, see the log for id-7"


def test_work_that_was_stopped_says_the_limit() -> None:
    status = too_late(1.5)
    assert status.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert dict(info(status).metadata) == {"limit_s": "1.5"}


def test_long_texts_are_cut_so_that_the_status_fits_into_the_trailers() -> None:
    status = refusal(InvalidInput("f" * 5_000, "e" * 5_000, "ü" * 5_000))
    assert len(sent(status).SerializeToString()) < 4_096
    assert info(status).metadata["expected"].endswith("e...")
