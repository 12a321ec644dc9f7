"""The entry service on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from collections.abc import AsyncIterator

from attrs import frozen

from ballast.domain.ledger.events import OperationKind
from ballast.ports.vault_contract import RequestKind
from ballast.services.desk import Desk
from ballast.services.entry.quote import quote
from ballast.services.entry.start import start
from ballast.services.operations.find import find, follow
from ballast.services.operations.list_requests import list_requests
from ballast.services.operations.quote_expiry import check_quote
from ballast.services.operations.read import list_operations
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.translate import inward, outward
from ballast.services.rpc.translate.operations import operation, operation_or_absent, operation_row
from ballast.services.v1 import entry_pb2 as pb
from ballast.services.v1.entry_pb2_grpc import EntryServiceServicer

KIND = OperationKind.ENTRY


@frozen
class EntryServicer(EntryServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk
    _runs: Runs

    async def QuoteEntry(self, request: pb.QuoteEntryRequest, context: object) -> pb.QuoteEntryResponse:
        found = await quote(self._desk, inward.amount(request.amount, "amount"))
        return pb.QuoteEntryResponse(quote=outward.quote(found))

    async def StartEntry(self, request: pb.StartEntryRequest, context: object) -> pb.StartEntryResponse:
        key = inward.name(request.deposit_key, "deposit_key")
        await check_quote(self._desk, request.request_id, inward.moment(request.quote_expiry_time, "quote_expiry_time"))
        started = await start(self._desk, request.request_id, key, validate_only=request.validate_only)
        self._runs.nudge(started)
        return pb.StartEntryResponse(entry=operation_or_absent(started, self._desk.state.paused))

    async def GetEntry(self, request: pb.GetEntryRequest, context: object) -> pb.GetEntryResponse:
        found = await find(self._desk, inward.name(request.entry_id, "entry_id"), KIND)
        return pb.GetEntryResponse(entry=operation(found, self._desk.state.paused))

    async def ListEntries(self, request: pb.ListEntriesRequest, context: object) -> pb.ListEntriesResponse:
        page = await list_operations(self._desk, (KIND,), request.page_size, request.page_token)
        rows = (operation_row(record, self._desk.state.paused) for record in page.operations)
        return pb.ListEntriesResponse(entries=rows, next_page_token=page.next_token)

    async def WatchEntry(self, request: pb.WatchEntryRequest, context: object) -> AsyncIterator[pb.WatchEntryResponse]:
        async for record in follow(self._desk, inward.name(request.entry_id, "entry_id"), KIND):
            yield pb.WatchEntryResponse(entry=operation(record, self._desk.state.paused))

    async def ListDeposits(self, request: pb.ListDepositsRequest, context: object) -> pb.ListDepositsResponse:
        page = await list_requests(self._desk, RequestKind.DEPOSIT, request.page_size, request.page_token)
        rows = (outward.vault_request(*row) for row in page.requests)
        return pb.ListDepositsResponse(deposits=rows, next_page_token=page.next_token)
