"""The fee hedge on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from attrs import frozen

from ballast.domain.ledger.events import ValueTaken
from ballast.services.desk import Desk
from ballast.services.fee_hedge.last import last
from ballast.services.fee_hedge.preview import preview
from ballast.services.history import newest
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.translate import inward, outward
from ballast.services.rpc.translate.reports import fee_hedge_report
from ballast.services.v1 import fee_hedge_pb2 as pb
from ballast.services.v1.fee_hedge_pb2_grpc import FeeHedgeServiceServicer


@frozen
class FeeHedgeServicer(FeeHedgeServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk
    _runs: Runs

    async def GetFeeHedgeReport(
        self, request: pb.GetFeeHedgeReportRequest, context: object
    ) -> pb.GetFeeHedgeReportResponse:
        found = await last(self._desk)
        age_s = outward.age_s(self._desk.clock.now(), found.at)
        return pb.GetFeeHedgeReportResponse(report=fee_hedge_report(found), age_s=age_s)

    async def ListFeeHedgeReports(
        self, request: pb.ListFeeHedgeReportsRequest, context: object
    ) -> pb.ListFeeHedgeReportsResponse:
        page = await newest(self._desk, ValueTaken, request.page_size, request.page_token)
        rows = map(fee_hedge_report, page.events)
        return pb.ListFeeHedgeReportsResponse(reports=rows, next_page_token=page.next_token)

    async def RunFeeHedgeNow(self, request: pb.RunFeeHedgeNowRequest, context: object) -> pb.RunFeeHedgeNowResponse:
        inward.request_id(request.request_id)
        run = preview(self._desk) if request.validate_only else self._runs.run_now("fee_hedge", ValueTaken)
        return pb.RunFeeHedgeNowResponse(report=fee_hedge_report(await run))
