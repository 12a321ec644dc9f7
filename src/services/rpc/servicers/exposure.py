"""The exposure service on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from collections.abc import AsyncIterator

from attrs import frozen

from ballast.domain.ledger.events import ExposureMeasured
from ballast.services.desk import Desk
from ballast.services.exposure.last import last, watch_last
from ballast.services.exposure.measure import Exposure
from ballast.services.exposure.preview import preview
from ballast.services.history import newest
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.translate import inward, outward
from ballast.services.rpc.translate.reports import exposure_run
from ballast.services.v1 import exposure_pb2 as pb
from ballast.services.v1.exposure_pb2_grpc import ExposureServiceServicer


@frozen
class ExposureServicer(ExposureServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk
    _runs: Runs

    async def GetExposure(self, request: pb.GetExposureRequest, context: object) -> pb.GetExposureResponse:
        found = await last(self._desk)
        return pb.GetExposureResponse(run=exposure_run(found), age_s=outward.age_s(self._desk.clock.now(), found.at))

    async def RunExposureNow(self, request: pb.RunExposureNowRequest, context: object) -> pb.RunExposureNowResponse:
        inward.request_id(request.request_id)
        found = await (preview(self._desk) if request.validate_only else self._run())
        return pb.RunExposureNowResponse(run=exposure_run(found))

    async def ListExposureRuns(
        self, request: pb.ListExposureRunsRequest, context: object
    ) -> pb.ListExposureRunsResponse:
        page = await newest(self._desk, ExposureMeasured, request.page_size, request.page_token)
        return pb.ListExposureRunsResponse(runs=map(exposure_run, page.events), next_page_token=page.next_token)

    async def WatchExposure(
        self, request: pb.WatchExposureRequest, context: object
    ) -> AsyncIterator[pb.WatchExposureResponse]:
        async for found in watch_last(self._desk):
            yield pb.WatchExposureResponse(run=exposure_run(found))

    async def _run(self) -> ExposureMeasured:
        await self._runs.run_now("exposure", Exposure)
        return await last(self._desk)
