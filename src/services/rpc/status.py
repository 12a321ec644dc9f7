"""What an error is on the wire: one table, total over the error tree (design/house.md section 4)."""

from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo  # type: ignore[import-untyped]  # stubs, no py.typed
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs, no py.typed
from grpc_status import rpc_status

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

DOMAIN = "ballast"
CODES: Mapping[type[BallastError], grpc.StatusCode] = {
    InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    NotKnown: grpc.StatusCode.NOT_FOUND,
    IdReused: grpc.StatusCode.ALREADY_EXISTS,
    RuleBroken: grpc.StatusCode.FAILED_PRECONDITION,
    Stale: grpc.StatusCode.ABORTED,
    LimitReached: grpc.StatusCode.RESOURCE_EXHAUSTED,
    NotAllowed: grpc.StatusCode.PERMISSION_DENIED,
    NotRecognised: grpc.StatusCode.UNAUTHENTICATED,
    Unreachable: grpc.StatusCode.UNAVAILABLE,
    InvariantError: grpc.StatusCode.INTERNAL,
}
# Status travels in the trailing metadata, of which clients accept 8 KiB by default.
_TEXT_LENGTH_MAX = 400


def code_of(kind: type[BaseException]) -> grpc.StatusCode:
    """Return the code of a class of errors by its nearest ancestor in the table; INTERNAL for everything unforeseen."""
    return next((CODES[base] for base in kind.__mro__ if base in CODES), grpc.StatusCode.INTERNAL)


def refusal(error: BallastError) -> grpc.Status:
    """Return the status of an error the caller may know all about."""
    details: list[Message] = [_info(error.reason, error.fields)]
    if isinstance(error, LimitReached):
        details.append(RetryInfo(retry_delay=Duration(seconds=error.retry_after_s)))
    return _status(code_of(type(error)), error.message, details)


def failure(reason: str, log_id: str) -> grpc.Status:
    """Return the status of a failure of ours: nothing but the id under which the log tells it."""
    message = f"internal failure, see the log for {log_id}"
    return _status(grpc.StatusCode.INTERNAL, message, [_info(reason, {"log_id": log_id})])


def too_late(limit_s: float) -> grpc.Status:
    """Return the status of work that was stopped at the server's own limit."""
    message = f"not answered within {limit_s:g} s"
    return _status(grpc.StatusCode.DEADLINE_EXCEEDED, message, [_info("TOO_LATE", {"limit_s": f"{limit_s:g}"})])


def _info(reason: str, fields: Mapping[str, str]) -> ErrorInfo:
    return ErrorInfo(reason=reason, domain=DOMAIN, metadata={name: _cut(text) for name, text in fields.items()})


def _status(code: grpc.StatusCode, message: str, details: list[Message]) -> grpc.Status:
    packed: list[Any] = []
    for detail in details:
        packed.append(Any())
        packed[-1].Pack(detail)
    number: int = code.value[0]
    return rpc_status.to_status(Status(code=number, message=_cut(message), details=packed))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_LENGTH_MAX else text[: _TEXT_LENGTH_MAX - 3] + "..."
