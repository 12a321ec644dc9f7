"""The gRPC server: which services it offers, when it says it is ready, and how it stops."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import grpc.aio
from attrs import define, frozen
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.ids import Ids
from ballast.services.desk import Desk
from ballast.services.rpc.address import Tls, credentials_for
from ballast.services.rpc.answering import Answering
from ballast.services.rpc.runs import Runs
from ballast.services.rpc.servicers.control import ControlServicer
from ballast.services.rpc.servicers.entry import EntryServicer
from ballast.services.rpc.servicers.execution import ExecutionServicer
from ballast.services.rpc.servicers.exit import ExitServicer
from ballast.services.rpc.servicers.exposure import ExposureServicer
from ballast.services.rpc.servicers.fee_hedge import FeeHedgeServicer
from ballast.services.rpc.servicers.rebalancing import RebalancingServicer
from ballast.services.rpc.servicers.reserve import ReserveServicer
from ballast.services.runner import Runner
from ballast.services.v1 import (
    control_pb2_grpc,
    entry_pb2_grpc,
    execution_pb2_grpc,
    exit_pb2_grpc,
    exposure_pb2_grpc,
    fee_hedge_pb2_grpc,
    rebalancing_pb2_grpc,
    reserve_pb2_grpc,
)

# The stubs leave out the async servicer and the messages of health, and what a server's handlers are.
_AIO: Any = grpc.aio
_HEALTH: Any = health
_HEALTH_PB2: Any = health_pb2
SERVING: int = _HEALTH_PB2.HealthCheckResponse.SERVING
NOT_SERVING: int = _HEALTH_PB2.HealthCheckResponse.NOT_SERVING
CALLS_MAX = 1_000
_OPTIONS = (
    ("grpc.so_reuseport", 0),  # a second server on the same port is a mistake, not a way to share load
    ("grpc.max_receive_message_length", 64 * 1024),
    ("grpc.max_send_message_length", 4 * 1024 * 1024),
    ("grpc.max_concurrent_streams", 100),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
)


@frozen
class Offer:
    """One service as it can be served: its full name, what makes its servicer and what registers it."""

    full_name: str
    servicer: Callable[[Desk, Runs], object]
    register: Callable[[Any, grpc.aio.Server], None]


def _offer(name: str, servicer: Callable[[Desk, Runs], object], generated: Any) -> Offer:
    return Offer(f"ballast.services.v1.{name}", servicer, getattr(generated, f"add_{name}Servicer_to_server"))


ALWAYS = "control"
OFFERS: Mapping[str, Offer] = {
    "entry": _offer("EntryService", EntryServicer, entry_pb2_grpc),
    "exit": _offer("ExitService", ExitServicer, exit_pb2_grpc),
    "exposure": _offer("ExposureService", ExposureServicer, exposure_pb2_grpc),
    "fee_hedge": _offer("FeeHedgeService", FeeHedgeServicer, fee_hedge_pb2_grpc),
    "rebalancing": _offer("RebalancingService", RebalancingServicer, rebalancing_pb2_grpc),
    "reserve": _offer("ReserveService", ReserveServicer, reserve_pb2_grpc),
    "execution": _offer("ExecutionService", lambda desk, _runs: ExecutionServicer(desk), execution_pb2_grpc),
    ALWAYS: _offer("ControlService", lambda desk, _runs: ControlServicer(desk), control_pb2_grpc),
}


@define
class Server:
    """A running server; `port` is the one it is bound to, `names` the full names of the services it offers."""

    port: int
    names: tuple[str, ...]
    _server: grpc.aio.Server
    _health: Any
    _answering: Answering
    _runs: Runs

    async def say(self, status: int) -> None:
        """Set the health of every service and of the whole."""
        for name in ("", *self.names):
            await self._health.set(name, status)

    async def stop(self, grace_s: float) -> None:
        """Say NOT_SERVING, end the streams, take no more calls, and give running ones `grace_s` seconds to finish."""
        await self._health.enter_graceful_shutdown()
        self._answering.end_streams()
        await self._server.stop(grace_s)
        await self._runs.stop()

    async def wait(self) -> None:
        """Return once the server has stopped."""
        await self._server.wait_for_termination()


async def serve(
    runner: Runner,
    services: Iterable[str],
    listen: str,
    *,
    ids: Ids,
    tls: Tls | None = None,
    insecure: bool = False,
) -> Server:
    """Serve some services (and control) of a runner at "HOST:PORT"; returns when they are SERVING.

    They are NOT_SERVING until the desk has taken in the whole journal. Raises InvalidInput for an unknown service, an
    address that is wrong, taken, or not loopback without TLS or `insecure`, and whatever recovery raises.
    """
    offers = _chosen(services)
    credentials = credentials_for(listen, tls, insecure=insecure)
    answering, runs = Answering(ids), Runs(runner)
    server: grpc.aio.Server = _AIO.server(
        interceptors=(answering,), options=_OPTIONS, maximum_concurrent_rpcs=CALLS_MAX
    )
    for offer in offers:
        offer.register(offer.servicer(runner.desk, runs), server)
    names = tuple(offer.full_name for offer in offers)
    healths = _HEALTH.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    served = Server(_bind(server, listen, credentials), names, server, healths, answering, runs)
    await served.say(NOT_SERVING)
    await server.start()
    try:
        await runner.desk.recover()
    except BaseException:
        await served.stop(0)
        raise
    await served.say(SERVING)
    return served


def _chosen(services: Iterable[str]) -> tuple[Offer, ...]:
    names = dict.fromkeys((*services, ALWAYS))
    for name in names:
        if name not in OFFERS:
            raise InvalidInput("service", "one of " + ", ".join(OFFERS), repr(name))
    return tuple(OFFERS[name] for name in names)


def _bind(server: grpc.aio.Server, listen: str, credentials: grpc.ServerCredentials | None) -> int:
    try:
        return server.add_secure_port(listen, credentials) if credentials else server.add_insecure_port(listen)
    except RuntimeError as failure:  # all that grpc raises when it cannot bind
        raise InvalidInput("listen", "an address of this machine that is free", listen) from failure
