"""A real server over loopback on a loop in a thread, and a world whose time the test lets pass."""

import asyncio
import concurrent.futures
import heapq
import threading
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import grpc
from attrs import define, evolve, field
from google.rpc.error_details_pb2 import ErrorInfo  # type: ignore[import-untyped]  # stubs, no py.typed
from grpc_status import rpc_status
from tests.unit.builders import START, Stage, desk_at, quick_settings, stage

from ballast.adapters.memory.ids import MemoryIds
from ballast.bootstrap.container import build_runner
from ballast.services.desk import Desk
from ballast.services.rpc.address import Tls
from ballast.services.rpc.server import OFFERS, Server, serve
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

ResultT = TypeVar("ResultT")
# How long a test waits for the thread or for an answer before it fails; nothing takes that long.
PATIENCE_S = 20.0
LOOPBACK = "127.0.0.1:0"


# Turns of the loop in which nothing but waiting for time is left to do; no step of a service takes more at once.
IDLE_TURNS = 20


@define
class HandClock:
    """Time that stands still until it is let flow: then it jumps to whoever wakes next, whenever the loop is idle."""

    _now: datetime
    _flowing: bool = field(default=False, init=False)
    _sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = field(factory=list[Any], init=False)
    _order: "count[int]" = field(factory=count, init=False)

    @property
    def waiting(self) -> int:
        """How many wait for time to pass."""
        return sum(not sleeper.done() for _, _, sleeper in self._sleepers)

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._order), sleeper))
            await sleeper

    def flow(self) -> None:
        """Let time pass from now on."""
        self._flowing = True
        self._turn(IDLE_TURNS)

    def stand(self) -> None:
        """Let no more time pass."""
        self._flowing = False

    def advance(self, seconds: float) -> None:
        """Let some time pass at once, waking nobody."""
        self._now += timedelta(seconds=seconds)

    def _turn(self, left: int) -> None:
        if not self._flowing:
            return
        if not left:
            self._jump()
        asyncio.get_running_loop().call_soon(self._turn, left - 1 if left else IDLE_TURNS)

    def _jump(self) -> None:
        while self._sleepers:
            due, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                self._now = max(self._now, due)
                sleeper.set_result(None)
                return


class Stubs:
    """Every service of one channel."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.entry = entry_pb2_grpc.EntryServiceStub(channel)
        self.exit = exit_pb2_grpc.ExitServiceStub(channel)
        self.exposure = exposure_pb2_grpc.ExposureServiceStub(channel)
        self.fee_hedge = fee_hedge_pb2_grpc.FeeHedgeServiceStub(channel)
        self.rebalancing = rebalancing_pb2_grpc.RebalancingServiceStub(channel)
        self.reserve = reserve_pb2_grpc.ReserveServiceStub(channel)
        self.execution = execution_pb2_grpc.ExecutionServiceStub(channel)
        self.control = control_pb2_grpc.ControlServiceStub(channel)


class Rig:
    """A server with its world; the methods are for the test's thread.

    With `slow` every answer of the venue takes a second of the test's time.
    """

    def __init__(self, *, slow: bool = False) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.clock = HandClock(START)
        self.stage: Stage = stage(self.clock, evolve(quick_settings(), latency_ms={"venue": 1000} if slow else {}))
        self.desk: Desk = desk_at(self.clock, self.stage.world)
        self.runner: Runner = build_runner(self.desk)
        self.server: Server | None = None

    def do(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run a coroutine on the server's loop and return what it does."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def on_loop(self, act: Callable[[], ResultT]) -> ResultT:
        """Run a plain function on the server's loop."""

        async def run() -> ResultT:
            return act()

        return self.do(run())

    def begin(self, work: Coroutine[Any, Any, ResultT]) -> "concurrent.futures.Future[ResultT]":
        """Begin a coroutine on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def starting(
        self, services: Iterable[str] = OFFERS, listen: str = LOOPBACK, tls: Tls | None = None
    ) -> Server:
        """Start the server, on its own loop."""
        self.server = await serve(self.runner, services, listen, ids=MemoryIds(), tls=tls)
        return self.server

    def serve(self, services: Iterable[str] = OFFERS, listen: str = LOOPBACK, tls: Tls | None = None) -> Server:
        """Start the server."""
        return self.do(self.starting(services, listen, tls))

    def head(self) -> int:
        """The journal's last sequence, once nothing that a request set going is running."""
        self.do(_quiet())
        return self.do(self.desk.journal.head())

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds on the server's loop; fails when it never does."""

        async def poll() -> None:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():  # noqa: ASYNC110  # what is waited for is gRPC's own doing
                    await asyncio.sleep(0)  # noqa: TID251  # what is waited for is gRPC's own doing

        self.do(poll())

    def close(self) -> None:
        """Stop everything and the thread."""
        if self.server is not None:
            self.do(self.server.stop(0))
        self.do(self.runner.stop())
        self.clock.stand()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


async def _quiet() -> None:
    runs = [task for task in asyncio.all_tasks() if task.get_name().endswith(" now")]
    await asyncio.gather(*runs, return_exceptions=True)


def refusal(call: Callable[[], object]) -> tuple[str, str, dict[str, str]]:
    """The code, the reason and the fields with which a call was refused; fails when it was not."""
    try:
        answer = call()
    except grpc.RpcError as error:
        return told(error)
    raise AssertionError(f"answered instead of refused: {answer}")


def told(error: grpc.RpcError) -> tuple[str, str, dict[str, str]]:
    """The code, the reason and the fields of a refused call; the domain is always ours."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]  # a client's error is its call
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.domain == "ballast"
    return error.code().name, info.reason, dict(info.metadata)
