"""What rpc_latency measures: our server over a strategy that has run for half a day, standing still since.

With `--store FILE` the journal is a durable SQLite file that other processes might write, so every answer looks at it
first; without, it lies in memory.
"""

import argparse
import asyncio
import signal
from contextlib import closing, nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.sqlite.database import Database, open_database
from ballast.adapters.system.clock import SystemClock
from ballast.adapters.system.ids import SystemIds
from ballast.bootstrap.container import build_desk, build_runner
from ballast.bootstrap.outside import Recorded, build_world, open_market, read_inputs
from ballast.bootstrap.settings import Inputs, Settings
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC
from ballast.services.desk import Desk
from ballast.services.rpc.server import serve
from ballast.services.runner import Runner

RUN_S = timedelta(hours=12).total_seconds()
DEPOSIT = Amount(BTC, Decimal(10))


async def _half_a_day(recorded: Recorded, clock: VirtualClock, database: Database | None) -> Desk:
    settings = Settings()
    start: datetime = clock.now()
    world = build_world(recorded, open_market(recorded), clock, settings, 1, start)
    desk = build_desk(
        outside="simulated", world=world, clock=clock, strategy=settings.strategy, told=MemoryAlerts(),
        database=database, alone=database is None, holder="bench",
    )  # fmt: skip
    runner = build_runner(desk)
    world.call("vault", "deposit", "depositor", DEPOSIT)
    await runner.start()
    await clock.sleep(RUN_S)
    await runner.stop()
    return desk


async def _serve(desk: Desk) -> None:
    desk.clock = SystemClock()
    server = await serve(Runner(desk, ()), ("exposure",), "127.0.0.1:0", ids=SystemIds())
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print(server.port, flush=True)
    await stopped.wait()
    await server.stop(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path)
    store: Path | None = parser.parse_args().store
    recorded = read_inputs(Inputs())
    database = open_database(store) if store else None
    with closing(database) if database else nullcontext():
        desk = run_virtual(lambda clock: _half_a_day(recorded, clock, database), recorded.info.start)
        asyncio.run(_serve(desk))


if __name__ == "__main__":
    main()
