"""`ballast serve`: services over gRPC, in real or recorded time, until a signal."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import structlog
from attrs import frozen

from ballast.adapters.recorded.shifted import ShiftedMarket
from ballast.adapters.simulator.access import Access
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.simulator.shared import SharedWorld
from ballast.adapters.simulator.world import World
from ballast.adapters.sqlite.database import open_database
from ballast.adapters.system.alerts import LogAlerts
from ballast.adapters.system.clock import SystemClock
from ballast.adapters.system.ids import SystemIds
from ballast.adapters.system.log import set_up_log
from ballast.bootstrap.cli.replay import speed_of
from ballast.bootstrap.container import build_desk, build_runner
from ballast.bootstrap.outside import Recorded, build_world, open_market, read_inputs
from ballast.bootstrap.settings import Inputs, Mode, Settings, load_settings
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal
from ballast.ports.clock import Clock
from ballast.services.rpc.address import Tls
from ballast.services.rpc.server import serve
from ballast.services.runner import SERVICES

GRACE_S = 5.0
USER = "depositor"
"""Who the simulated deposits of --deposit belong to."""


@frozen
class Order:
    """What the command line asked for."""

    services: tuple[str, ...]
    listen: str
    mode: Mode
    store: Path | None
    speed: float
    deposits: tuple[tuple[Decimal, Decimal], ...]
    seed: int
    tls: Tls | None
    insecure: bool


def run(
    services: Sequence[str],
    listen: str,
    mode: str,
    store: Path | None,
    speed: str,
    deposits: Sequence[str],
    seed: int,
    config: Path | None,
    tls: tuple[Path | None, Path | None],
    *,
    insecure: bool,
) -> None:
    """Serve until SIGINT or SIGTERM; raises InvalidInput for what cannot be served."""
    settings = load_settings(config)
    order = Order(
        _services(services),
        listen,
        _mode(mode),
        store,
        speed_of(speed),
        tuple(_deposit(text) for text in deposits),
        seed,
        _tls(*tls),
        insecure,
    )
    recorded = read_inputs(Inputs())
    if order.mode is Mode.REPLAY:
        _check_alone(order)
        run_virtual(lambda clock: _replay(order, settings, recorded, clock), recorded.info.start, speed=order.speed)
    else:
        asyncio.run(_paper(order, settings, recorded))


async def _replay(order: Order, settings: Settings, recorded: Recorded, clock: VirtualClock) -> None:
    """Play the record in its own time; the world lives in this process and ends with it."""
    market = open_market(recorded)
    world = build_world(recorded, market, clock, settings, order.seed, clock.now())
    await _serve(order, settings, clock, world)


async def _paper(order: Order, settings: Settings, recorded: Recorded) -> None:
    """Trade on paper in real time: the record's prices moved to today, a world that outlives the process.

    With a store the world lies in a file beside it, so that a restarted process, or another one, finds the same venue
    and chains.
    """
    clock = SystemClock()

    def build(start: datetime) -> World:
        market = ShiftedMarket.starting(open_market(recorded), recorded.info.start, start)
        return build_world(recorded, market, clock, settings, order.seed, start)

    if order.store is None:
        await _serve(order, settings, clock, build(clock.now()))
        return
    beside = order.store.with_suffix(".world")
    world = SharedWorld.open(beside, clock, world_name(order.seed), build)
    with contextlib.closing(world):
        await _serve(order, settings, clock, world)


async def _serve(order: Order, settings: Settings, clock: Clock, world: Access) -> None:
    set_up_log(clock, sys.stderr)
    ids = SystemIds()
    database = open_database(order.store) if order.store else None
    with contextlib.closing(database) if database else contextlib.nullcontext():
        desk = build_desk(
            outside="simulated",
            world=world,
            clock=clock,
            strategy=settings.strategy,
            told=LogAlerts(structlog.get_logger("ballast")),
            database=database,
            alone=database is None,
            holder=ids.fresh(),
        )
        runner = build_runner(desk, tuple(name for name in order.services if name in SERVICES))
        server = await serve(runner, order.services, order.listen, ids=ids, tls=order.tls, insecure=order.insecure)
        stopped = _stop_on_signal()
        await runner.start()
        arriving = asyncio.create_task(_arrive(order, clock, world))
        names = ", ".join(order.services)
        host = order.listen.rpartition(":")[0]
        sys.stdout.write(f"ballast ready: {names} on {host}:{server.port} ({order.mode.value})\n")
        sys.stdout.flush()
        await stopped.wait()
        arriving.cancel()
        await server.stop(GRACE_S)
        await runner.stop()


def world_name(seed: int) -> str:
    """Return what a paper world is known by in its file."""
    return f"paper, seed {seed}"


def _stop_on_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _arrive(order: Order, clock: Clock, world: Access) -> None:
    """Let the asked-for deposits arrive in the simulated contract."""
    passed = Decimal(0)
    for minutes, btc in sorted(order.deposits):
        await clock.sleep(float(timedelta(minutes=float(minutes - passed)).total_seconds()))
        passed = minutes
        world.call("vault", "deposit", USER, Amount(BTC, btc))


def _services(names: Sequence[str]) -> tuple[str, ...]:
    known = (*SERVICES, "execution")
    for name in names:
        if name not in known:
            raise InvalidInput("SERVICE", "one of " + ", ".join(known), repr(name))
    return tuple(names) or known


def _mode(text: str) -> Mode:
    for mode in Mode:
        if mode.value == text:
            if mode in (Mode.REPLAY, Mode.PAPER):
                return mode
            missing = "paper or replay: the real venue, treasury and vault adapters are not built yet"
            raise InvalidInput("--mode", missing, repr(text))
    raise InvalidInput("--mode", "one of " + ", ".join(mode.value for mode in Mode), repr(text))


def _check_alone(order: Order) -> None:
    """Refuse a replay that other processes should share: its world lives in one process."""
    if order.store is not None or set(order.services) < set(SERVICES):
        raise InvalidInput("--mode", "paper for a --store or for some of the services", "replay")


def _deposit(text: str) -> tuple[Decimal, Decimal]:
    minutes, _, btc = text.partition("=")
    after, amount = parse_decimal(minutes, "--deposit"), parse_decimal(btc, "--deposit")
    if after < 0 or amount <= 0:
        raise InvalidInput("--deposit", "MINUTES=BTC, both positive", repr(text))
    return after, Amount(BTC, amount).quantity


def _tls(certificate: Path | None, key: Path | None) -> Tls | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise InvalidInput("--tls-certificate/--tls-key", "both or neither", "one of them")
    return Tls(certificate, key)
