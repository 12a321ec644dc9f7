"""Collateral rebalancing on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from collections.abc import AsyncIterator

from attrs import frozen

from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.operations.find import find, follow
from ballast.services.operations.read import list_operations
from ballast.services.rebalancing.assess import Assessment
from ballast.services.rebalancing.preview import preview
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.translate import inward
from ballast.services.rpc.translate.operations import operation, operation_row
from ballast.services.rpc.translate.reports import collateral_assessment
from ballast.services.v1 import rebalancing_pb2 as pb
from ballast.services.v1.rebalancing_pb2_grpc import RebalancingServiceServicer

KIND = OperationKind.REBALANCE


@frozen
class RebalancingServicer(RebalancingServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk
    _runs: Runs

    async def GetCollateralRatio(
        self, request: pb.GetCollateralRatioRequest, context: object
    ) -> pb.GetCollateralRatioResponse:
        return pb.GetCollateralRatioResponse(assessment=collateral_assessment(await preview(self._desk)))

    async def GetRebalance(self, request: pb.GetRebalanceRequest, context: object) -> pb.GetRebalanceResponse:
        found = await find(self._desk, inward.name(request.rebalance_id, "rebalance_id"), KIND)
        return pb.GetRebalanceResponse(rebalance=operation(found, self._desk.state.paused))

    async def ListRebalances(self, request: pb.ListRebalancesRequest, context: object) -> pb.ListRebalancesResponse:
        page = await list_operations(self._desk, (KIND,), request.page_size, request.page_token)
        rows = (operation_row(record, self._desk.state.paused) for record in page.operations)
        return pb.ListRebalancesResponse(rebalances=rows, next_page_token=page.next_token)

    async def WatchRebalance(
        self, request: pb.WatchRebalanceRequest, context: object
    ) -> AsyncIterator[pb.WatchRebalanceResponse]:
        async for record in follow(self._desk, inward.name(request.rebalance_id, "rebalance_id"), KIND):
            yield pb.WatchRebalanceResponse(rebalance=operation(record, self._desk.state.paused))

    async def RunRebalancingNow(
        self, request: pb.RunRebalancingNowRequest, context: object
    ) -> pb.RunRebalancingNowResponse:
        inward.request_id(request.request_id)
        run = preview(self._desk) if request.validate_only else self._runs.run_now("rebalancing", Assessment)
        return pb.RunRebalancingNowResponse(assessment=collateral_assessment(await run))
