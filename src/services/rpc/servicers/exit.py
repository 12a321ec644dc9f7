"""The exit service on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from collections.abc import AsyncIterator

from attrs import frozen

from ballast.domain.ledger.events import OperationKind
from ballast.ports.vault_contract import RequestKind
from ballast.services.desk import Desk
from ballast.services.exit.quote import quote
from ballast.services.exit.start import start
from ballast.services.operations.find import find, follow
from ballast.services.operations.list_requests import list_requests
from ballast.services.operations.quote_expiry import check_quote
from ballast.services.operations.read import list_operations
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.translate import inward, outward
from ballast.services.rpc.translate.operations import operation, operation_or_absent, operation_row
from ballast.services.v1 import exit_pb2 as pb
from ballast.services.v1.exit_pb2_grpc import ExitServiceServicer

KIND = OperationKind.EXIT


@frozen
class ExitServicer(ExitServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk
    _runs: Runs

    async def QuoteExit(self, request: pb.QuoteExitRequest, context: object) -> pb.QuoteExitResponse:
        found = await quote(self._desk, inward.amount(request.amount, "amount"))
        return pb.QuoteExitResponse(quote=outward.quote(found))

    async def StartExit(self, request: pb.StartExitRequest, context: object) -> pb.StartExitResponse:
        key = inward.name(request.withdrawal_key, "withdrawal_key")
        await check_quote(self._desk, request.request_id, inward.moment(request.quote_expiry_time, "quote_expiry_time"))
        started = await start(self._desk, request.request_id, key, validate_only=request.validate_only)
        self._runs.nudge(started)
        return pb.StartExitResponse(exit=operation_or_absent(started, self._desk.state.paused))

    async def GetExit(self, request: pb.GetExitRequest, context: object) -> pb.GetExitResponse:
        found = await find(self._desk, inward.name(request.exit_id, "exit_id"), KIND)
        return pb.GetExitResponse(exit=operation(found, self._desk.state.paused))

    async def ListExits(self, request: pb.ListExitsRequest, context: object) -> pb.ListExitsResponse:
        page = await list_operations(self._desk, (KIND,), request.page_size, request.page_token)
        rows = (operation_row(record, self._desk.state.paused) for record in page.operations)
        return pb.ListExitsResponse(exits=rows, next_page_token=page.next_token)

    async def WatchExit(self, request: pb.WatchExitRequest, context: object) -> AsyncIterator[pb.WatchExitResponse]:
        async for record in follow(self._desk, inward.name(request.exit_id, "exit_id"), KIND):
            yield pb.WatchExitResponse(exit=operation(record, self._desk.state.paused))

    async def ListWithdrawals(self, request: pb.ListWithdrawalsRequest, context: object) -> pb.ListWithdrawalsResponse:
        page = await list_requests(self._desk, RequestKind.WITHDRAWAL, request.page_size, request.page_token)
        rows = (outward.vault_request(*row) for row in page.requests)
        return pb.ListWithdrawalsResponse(withdrawals=rows, next_page_token=page.next_token)
