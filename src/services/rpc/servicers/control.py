"""Control on the wire."""
# ruff: noqa: N802, D102, ARG002  # gRPC gives names and arguments; what a method does is said in its proto file

from attrs import frozen

from ballast.services.control.pause import set_pause
from ballast.services.control.status import save_status
from ballast.services.desk import Desk
from ballast.services.rpc.translate.outward import conditions
from ballast.services.rpc.translate.status import status
from ballast.services.v1 import control_pb2 as pb
from ballast.services.v1.control_pb2_grpc import ControlServiceServicer

ACTOR = "operator"


@frozen
class ControlServicer(ControlServiceServicer):
    """Translate in, call, translate out."""

    _desk: Desk

    async def GetStatus(self, request: pb.GetStatusRequest, context: object) -> pb.GetStatusResponse:
        document = await save_status(self._desk)
        return status(self._desk.state, document)

    async def Pause(self, request: pb.PauseRequest, context: object) -> pb.PauseResponse:
        await set_pause(self._desk, request.request_id, ACTOR, request.scope, request.reason, paused=True)
        return pb.PauseResponse(paused=conditions(self._desk.state.paused))

    async def Resume(self, request: pb.ResumeRequest, context: object) -> pb.ResumeResponse:
        await set_pause(self._desk, request.request_id, ACTOR, request.scope, request.reason, paused=False)
        return pb.ResumeResponse(paused=conditions(self._desk.state.paused))
