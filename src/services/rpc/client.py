"""A client for people and scripts: any call by its names, plain dicts in and out."""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status

from ballast.domain.kernel.errors import BallastError, InvalidInput, Unreachable
from ballast.services.v1 import (
    control_pb2,
    entry_pb2,
    execution_pb2,
    exit_pb2,
    exposure_pb2,
    fee_hedge_pb2,
    rebalancing_pb2,
    reserve_pb2,
)

TIMEOUT_S = 30
_MODULES: tuple[Any, ...] = (
    control_pb2,
    entry_pb2,
    execution_pb2,
    exit_pb2,
    exposure_pb2,
    fee_hedge_pb2,
    rebalancing_pb2,
    reserve_pb2,
)
SERVICES: Mapping[str, Any] = {
    name: descriptor for module in _MODULES for name, descriptor in module.DESCRIPTOR.services_by_name.items()
}

Json = dict[str, Any]


class Client:
    """A connection to one server, closed at the end of the `with` block."""

    def __init__(self, address: str, certificate_authority: bytes | None = None) -> None:
        self._address = address
        if certificate_authority is None:
            self._channel: Any = grpc.insecure_channel(address)
        else:
            self._channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(certificate_authority))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def call(self, service: str, method: str, **request: object) -> Json:
        """Call a unary method; raises BallastError with the server's words, Unreachable when no server answers."""
        path, message, reply = _method(service, method, request)
        unary = self._channel.unary_unary(path, type(message).SerializeToString, reply.FromString)
        try:
            return _json(unary(message, timeout=TIMEOUT_S))
        except grpc.RpcError as error:
            raise self._meaning(error) from error

    def stream(self, service: str, method: str, **request: object) -> Iterator[Json]:
        """Yield what a watching method sends; raises as `call`."""
        path, message, reply = _method(service, method, request)
        watching = self._channel.unary_stream(path, type(message).SerializeToString, reply.FromString)
        try:
            for answer in watching(message):
                yield _json(answer)
        except grpc.RpcError as error:
            raise self._meaning(error) from error

    def _meaning(self, error: Any) -> BallastError:
        code, details = error.code(), error.details() or ""
        if code is grpc.StatusCode.UNAVAILABLE and rpc_status.from_call(error) is None:
            hint = f"no server answers at {self._address}; start one with: ballast serve --listen {self._address}"
            return Unreachable(hint)
        return BallastError(f"{code.name}: {details}")


def _method(service: str, method: str, request: Mapping[str, object]) -> tuple[str, Message, type[Message]]:
    found = SERVICES[service].methods_by_name[method]
    try:
        message = json_format.ParseDict(dict(request), GetMessageClass(found.input_type)())
    except json_format.ParseError as error:
        raise InvalidInput("request", f"the fields of {found.input_type.name}", str(error)) from error
    return f"/{found.containing_service.full_name}/{method}", message, GetMessageClass(found.output_type)


def _json(message: Message) -> Json:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)
