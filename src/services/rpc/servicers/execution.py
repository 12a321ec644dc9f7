"""Execution on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from collections.abc import AsyncIterator

from attrs import frozen

from ballast.services.desk import Desk
from ballast.services.operations.find import find, follow
from ballast.services.operations.read import list_operations
from ballast.services.paging import page_size_of
from ballast.services.rpc.translate import inward
from ballast.services.rpc.translate.operations import execution
from ballast.services.v1 import execution_pb2 as pb
from ballast.services.v1.execution_pb2_grpc import ExecutionServiceServicer

# An entry may have a hundred legs, and a client takes answers of up to 4 MiB.
PAGE_SIZE_MAX = 100


@frozen
class ExecutionServicer(ExecutionServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk

    async def GetExecution(self, request: pb.GetExecutionRequest, context: object) -> pb.GetExecutionResponse:
        found = await find(self._desk, inward.name(request.operation_id, "operation_id"))
        return pb.GetExecutionResponse(execution=execution(found, self._desk.state.paused))

    async def ListExecutions(self, request: pb.ListExecutionsRequest, context: object) -> pb.ListExecutionsResponse:
        kinds, size = inward.kinds(request.kinds, "kinds"), page_size_of(request.page_size, PAGE_SIZE_MAX)
        page = await list_operations(self._desk, kinds, size, request.page_token, open_only=request.open_only)
        rows = (execution(record, self._desk.state.paused) for record in page.operations)
        return pb.ListExecutionsResponse(executions=rows, next_page_token=page.next_token)

    async def WatchExecution(
        self, request: pb.WatchExecutionRequest, context: object
    ) -> AsyncIterator[pb.WatchExecutionResponse]:
        async for record in follow(self._desk, inward.name(request.operation_id, "operation_id")):
            yield pb.WatchExecutionResponse(execution=execution(record, self._desk.state.paused))
