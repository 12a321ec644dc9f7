"""The reserve on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from collections.abc import AsyncIterator

from attrs import frozen

from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.operations.find import find, follow
from ballast.services.operations.read import list_operations
from ballast.services.reserve.assess import Assessment
from ballast.services.reserve.preview import preview
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.translate import inward
from ballast.services.rpc.translate.operations import operation, operation_row
from ballast.services.rpc.translate.reports import reserve_assessment
from ballast.services.v1 import reserve_pb2 as pb
from ballast.services.v1.reserve_pb2_grpc import ReserveServiceServicer

KIND = OperationKind.RESERVE


@frozen
class ReserveServicer(ReserveServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk
    _runs: Runs

    async def GetReserve(self, request: pb.GetReserveRequest, context: object) -> pb.GetReserveResponse:
        return pb.GetReserveResponse(assessment=reserve_assessment(await preview(self._desk)))

    async def GetTopUp(self, request: pb.GetTopUpRequest, context: object) -> pb.GetTopUpResponse:
        found = await find(self._desk, inward.name(request.top_up_id, "top_up_id"), KIND)
        return pb.GetTopUpResponse(top_up=operation(found, self._desk.state.paused))

    async def ListTopUps(self, request: pb.ListTopUpsRequest, context: object) -> pb.ListTopUpsResponse:
        page = await list_operations(self._desk, (KIND,), request.page_size, request.page_token)
        rows = (operation_row(record, self._desk.state.paused) for record in page.operations)
        return pb.ListTopUpsResponse(top_ups=rows, next_page_token=page.next_token)

    async def WatchTopUp(self, request: pb.WatchTopUpRequest, context: object) -> AsyncIterator[pb.WatchTopUpResponse]:
        async for record in follow(self._desk, inward.name(request.top_up_id, "top_up_id"), KIND):
            yield pb.WatchTopUpResponse(top_up=operation(record, self._desk.state.paused))

    async def RunReserveNow(self, request: pb.RunReserveNowRequest, context: object) -> pb.RunReserveNowResponse:
        inward.request_id(request.request_id)
        run = preview(self._desk) if request.validate_only else self._runs.run_now("reserve", Assessment)
        return pb.RunReserveNowResponse(assessment=reserve_assessment(await run))
