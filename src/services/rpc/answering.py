"""The one place where requests are read, time is limited and errors become statuses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn, Protocol

import grpc.aio
import structlog
from attrs import define, field
from google.protobuf.message import DecodeError, Message

from ballast.domain.kernel.errors import BallastError, InvalidInput, InvariantError, Unreachable
from ballast.ports.ids import Ids
from ballast.services.rpc.status import failure, refusal, too_late

log = structlog.get_logger("ballast")
OURS = "/ballast.services.v1."
ANSWER_S_MAX = 60.0


class Context(Protocol):
    """The part of gRPC's context that an answer needs."""

    async def abort(self, code: grpc.StatusCode, details: str, trailing_metadata: Any) -> NoReturn:
        """End the call with a status."""
        ...

    async def write(self, message: Message) -> None:
        """Send one message of a stream."""
        ...


# The stubs know the handlers of blocking servers only.
Handler = Any
_GRPC: Any = grpc
Read = Callable[[bytes], Message]
Unary = Callable[[Message, Context], Awaitable[Message]]
Stream = Callable[[Message, Context], AsyncIterator[Message]]


@define
class Answering(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Wrap every method of ours; health and reflection pass untouched.

    An answer takes at most `answer_s_max` seconds, less when the caller's own deadline is nearer: gRPC then cancels
    the work. A stream lasts until it ends, the caller leaves or `end_streams` is called.
    """

    ids: Ids
    answer_s_max: float = ANSWER_S_MAX
    _handlers: dict[str, Handler] = field(factory=dict[str, Handler], init=False)
    _streams: set[asyncio.Timeout] = field(factory=set[asyncio.Timeout], init=False)
    _stopping: bool = field(default=False, init=False)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return the method's handler, wrapped when it is ours; None for a method nobody has."""
        method = handler_call_details.method
        known = self._handlers.get(method)
        if known is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is not None and method.startswith(OURS):
            handler = self._handlers[method] = self._wrapped(method, handler)
        return handler

    def end_streams(self) -> None:
        """End every stream with UNAVAILABLE, and each new one at once: watchers do not hold a stop up."""
        self._stopping = True
        for life in self._streams:
            life.reschedule(0)

    def _wrapped(self, method: str, handler: Handler) -> Handler:
        """Return a handler that gets the request as bytes, so that an unreadable one is refused like any other."""
        read = handler.request_deserializer
        if handler.unary_stream is not None:
            streamed = self._streamed(method, read, handler.unary_stream)
            return _GRPC.unary_stream_rpc_method_handler(streamed, None, handler.response_serializer)
        answered = self._answered(method, read, handler.unary_unary)
        return _GRPC.unary_unary_rpc_method_handler(answered, None, handler.response_serializer)

    def _answered(self, method: str, read: Read, unary: Unary) -> Callable[[bytes, Context], Awaitable[Message]]:
        async def answer(raw: bytes, context: Context) -> Message:
            life = asyncio.timeout(self.answer_s_max)
            try:
                async with life:
                    return await unary(_request(read, raw), context)
            except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets a status of ours
                late = too_late(self.answer_s_max) if life.expired() else None
                await _abort(context, late or self._status(method, error))

        return answer

    def _streamed(self, method: str, read: Read, stream: Stream) -> Callable[[bytes, Context], Awaitable[None]]:
        async def write(raw: bytes, context: Context) -> None:
            life = asyncio.timeout(0 if self._stopping else None)
            try:
                async with life:
                    self._streams.add(life)
                    async for message in stream(_request(read, raw), context):
                        await context.write(message)
            except Exception as error:  # noqa: BLE001  # whatever it is, the caller gets a status of ours
                ended = refusal(Unreachable("the server is stopping")) if life.expired() else None
                await _abort(context, ended or self._status(method, error))
            finally:
                self._streams.discard(life)

        return write

    def _status(self, method: str, error: Exception) -> grpc.Status:
        """Return an error's status; what is our own failure is logged in full and told by its log id only."""
        if isinstance(error, BallastError) and not isinstance(error, InvariantError):
            return refusal(error)
        reason = error.reason if isinstance(error, BallastError) else "UNFORESEEN"
        log_id = self.ids.fresh()
        log.error("failed", method=method, reason=reason, log_id=log_id, exc_info=error)
        return failure(reason, log_id)


def _request(read: Read, raw: bytes) -> Message:
    try:
        return read(raw)
    except DecodeError:
        raise InvalidInput("request", "this method's message", f"{len(raw)} bytes that are none") from None


async def _abort(context: Context, status: grpc.Status) -> NoReturn:
    await context.abort(status.code, status.details, status.trailing_metadata)
