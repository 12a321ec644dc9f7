"""The one interceptor: bytes in, statuses out, time limited."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn, cast

import grpc
import pytest
import structlog
from attrs import define, field, frozen
from google.protobuf.message import Message

from ballast.adapters.memory.ids import MemoryIds
from ballast.domain.kernel.errors import InvariantError, Stale
from ballast.services.rpc.answering import Answering
from ballast.services.v1 import entry_pb2 as pb

METHOD = "/ballast.services.v1.EntryService/GetEntry"
REQUEST = pb.GetEntryRequest(entry_id="en1").SerializeToString()
# The stubs know the handlers of blocking servers only.
GRPC: Any = grpc
Behaviour = Callable[[pb.GetEntryRequest, object], Awaitable[pb.GetEntryResponse]]
Streaming = Callable[[pb.GetEntryRequest, object], AsyncIterator[pb.GetEntryResponse]]


class AbortedError(Exception):
    """What a context raises to end a call."""


@define
class Context:
    """The part of gRPC's context that an answer needs."""

    written: list[Message] = field(factory=list[Message])
    code: grpc.StatusCode | None = None
    said: str = ""

    async def abort(self, code: grpc.StatusCode, details: str, _trailing_metadata: object) -> NoReturn:
        self.code, self.said = code, details
        raise AbortedError

    async def write(self, message: Message) -> None:
        self.written.append(message)


@frozen
class Details:
    """Which method is called."""

    method: str


async def wrapped(answering: Answering, handler: object, method: str = METHOD) -> Any:
    async def found(_details: object) -> object:
        return handler

    return await answering.intercept_service(cast("Any", found), cast("Any", Details(method)))


def unary(behaviour: Behaviour) -> Any:
    return GRPC.unary_unary_rpc_method_handler(behaviour, pb.GetEntryRequest.FromString)


def streaming(behaviour: Streaming) -> Any:
    return GRPC.unary_stream_rpc_method_handler(behaviour, pb.GetEntryRequest.FromString)


async def refused(behaviour: Behaviour, raw: bytes = REQUEST, answer_s_max: float = 60.0) -> Context:
    handler, context = await wrapped(Answering(MemoryIds(), answer_s_max), unary(behaviour)), Context()
    with pytest.raises(AbortedError):
        await handler.unary_unary(raw, context)
    return context


def raising(error: Exception) -> Behaviour:
    async def behaviour(_request: pb.GetEntryRequest, _context: object) -> pb.GetEntryResponse:
        raise error

    return behaviour


async def echo(request: pb.GetEntryRequest, _context: object) -> pb.GetEntryResponse:
    response = pb.GetEntryResponse()
    response.entry.id = request.entry_id
    return response


async def forever(_request: pb.GetEntryRequest, _context: object) -> pb.GetEntryResponse:
    await asyncio.Event().wait()
    return pb.GetEntryResponse()


async def test_a_readable_request_reaches_the_method() -> None:
    handler = await wrapped(Answering(MemoryIds()), unary(echo))
    assert (await handler.unary_unary(REQUEST, Context())).entry.id == "en1"


async def test_an_unreadable_request_is_invalid_and_not_our_failure() -> None:
    context = await refused(echo, b"\xff\xff")
    assert context.code is grpc.StatusCode.INVALID_ARGUMENT
    assert context.said == "request: expected this method's message, found 2 bytes that are none"


async def test_an_error_of_the_tree_is_told_in_full() -> None:
    context = await refused(raising(Stale("quote", "new", "old")))
    assert (context.code, context.said) == (grpc.StatusCode.ABORTED, "quote is stale: needs new, found old")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(KeyError("password=1234"), "UNFORESEEN"), (InvariantError("password=1234"), "INVARIANT")],
)
async def test_a_failure_of_ours_is_logged_in_full_and_told_by_its_log_id(error: Exception, reason: str) -> None:
    with structlog.testing.capture_logs() as logs:
        context = await refused(raising(error))
    assert (context.code, context.said) == (grpc.StatusCode.INTERNAL, "internal failure, see the log for id-1")
    (line,) = logs
    assert (line["method"], line["reason"], line["log_id"], line["exc_info"]) == (METHOD, reason, "id-1", error)


async def test_an_answer_that_takes_too_long_is_stopped() -> None:
    context = await refused(forever, answer_s_max=0)
    assert (context.code, context.said) == (grpc.StatusCode.DEADLINE_EXCEEDED, "not answered within 0 s")


async def test_a_time_out_of_something_else_is_not_taken_for_the_limit() -> None:
    context = await refused(raising(TimeoutError()))
    assert context.code is grpc.StatusCode.INTERNAL


async def test_a_caller_that_leaves_cancels_the_work_and_gets_no_status() -> None:
    handler, context = await wrapped(Answering(MemoryIds()), unary(forever)), Context()
    call = asyncio.ensure_future(handler.unary_unary(REQUEST, context))
    asyncio.get_running_loop().call_soon(call.cancel)
    with pytest.raises(asyncio.CancelledError):
        await call
    assert context.code is None


async def test_methods_of_others_and_unknown_ones_pass_untouched() -> None:
    handler = unary(echo)
    assert await wrapped(Answering(MemoryIds()), handler, "/grpc.health.v1.Health/Check") is handler
    assert await wrapped(Answering(MemoryIds()), None) is None


async def twice(request: pb.GetEntryRequest, context: object) -> AsyncIterator[pb.GetEntryResponse]:
    yield await echo(request, context)
    yield await echo(request, context)


async def once_and_wait(request: pb.GetEntryRequest, context: object) -> AsyncIterator[pb.GetEntryResponse]:
    yield await echo(request, context)
    await asyncio.Event().wait()


async def test_a_stream_ends_when_its_source_does() -> None:
    handler, context = await wrapped(Answering(MemoryIds()), streaming(twice)), Context()
    await handler.unary_stream(REQUEST, context)
    assert len(context.written) == 2
    assert context.code is None


async def test_a_stop_ends_running_streams_and_new_ones_with_unavailable() -> None:
    answering = Answering(MemoryIds())
    handler = await wrapped(answering, streaming(once_and_wait))
    running, late = Context(), Context()
    call = asyncio.ensure_future(handler.unary_stream(REQUEST, running))
    asyncio.get_running_loop().call_soon(answering.end_streams)
    for context, work in ((running, call), (late, handler.unary_stream(REQUEST, late))):
        with pytest.raises(AbortedError):
            await work
        assert (context.code, context.said) == (grpc.StatusCode.UNAVAILABLE, "the server is stopping")
    assert len(running.written) == 1
