"""Replay steps per second and peak memory: `python -m benchmarks.replay_speed --days 30`.

A step is one recorded minute of three assets through all six services, world and journal included. The reference does
nothing but wake six tasks at the services' own intervals, on the same virtual loop.
"""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.bootstrap.cli.replay import DEPOSITS, WITHDRAWALS
from ballast.bootstrap.outside import read_inputs
from ballast.bootstrap.replay.run import replay
from ballast.bootstrap.replay.scenario import Flow, Scenario
from ballast.bootstrap.settings import Inputs, Settings
from ballast.services.runner import SERVICES
from ballast.services.settings import Intervals
from benchmarks.children import answer
from benchmarks.figures import Figure

DAYS = 30
STEPS_AIM = ">= 3,000; 10,000"
FLAT_AIM = "ratio about 1"
_MEBI = 1024  # ru_maxrss counts kibibytes on Linux


def measure(runs: int, days: float) -> list[Figure]:
    """Replay `days` and a quarter of them, each `runs` times in processes of their own."""
    quarter = days / 4
    whole = [answer("replay_speed", "--days", str(days)) for _ in range(runs)]
    part = [answer("replay_speed", "--days", str(quarter)) for _ in range(runs)]
    if not all(run["holds"] for run in (*whole, *part)):
        raise SystemExit("an invariant of the replay is broken: no speed counts")
    if len({run["digest"] for run in whole}) > 1:
        raise SystemExit("two replays of the same days wrote different journals")
    growth = [longer["peak_mb"] / shorter["peak_mb"] for longer, shorter in zip(whole, part, strict=True)]
    peak = [run["peak_mb"] for run in whole]
    return [
        _speed(whole, days),
        _speed(part, quarter),
        Figure(f"peak memory, {days:g} days", "MB", peak, growth, f"{quarter:g} days", FLAT_AIM, _repeat(days)),
    ]


def _speed(runs: Sequence[dict[str, Any]], days: float) -> Figure:
    speeds = [run["steps"] / run["seconds"] for run in runs]
    ratios = [speed * run["bare_seconds"] / run["steps"] for speed, run in zip(speeds, runs, strict=True)]
    return Figure(f"replay, {days:g} days", "steps/s", speeds, ratios, "six empty tasks", STEPS_AIM, _repeat(days))


def _repeat(days: float) -> str:
    return f"python -m benchmarks.replay_speed --days {days:g}"


def once(days: float) -> dict[str, object]:
    """Replay the first days of the record once, and wake empty tasks for as long."""
    recorded = read_inputs(Inputs())
    start = recorded.info.start
    end = min(start + timedelta(days=days), recorded.info.end)
    deposits, withdrawals = (tuple(_flow(text, days) for text in texts) for texts in (DEPOSITS, WITHDRAWALS))
    with TemporaryDirectory() as folder:
        scenario = Scenario(start, end, deposits, withdrawals, out=Path(folder))
        report = replay(scenario, recorded, Settings(), lambda _done, _text: None)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEBI
    return {
        "steps": report["steps"],
        "seconds": report["seconds"],
        "bare_seconds": _bare_seconds(start, end),
        "peak_mb": peak_mb,
        "digest": cast("dict[str, str]", report["journal"])["digest"],
        "holds": all(row["holds"] for row in cast("list[dict[str, bool]]", report["invariants"])),
    }


def _flow(text: str, days: float) -> Flow:
    """Return a flow of the default scenario, its day moved to the same part of a shorter period."""
    flow = Flow.parse(text, "flow")
    return Flow(1 + int((flow.day - 1) * days / DAYS), flow.btc)


def _bare_seconds(start: datetime, end: datetime) -> float:
    intervals = Intervals()

    async def task(clock: VirtualClock, name: str) -> None:
        while clock.now() < end:
            await clock.sleep(intervals.of(name))

    async def main(clock: VirtualClock) -> None:
        await asyncio.gather(*(task(clock, name) for name in SERVICES))

    began = time.perf_counter()
    run_virtual(main, start)
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=DAYS, help="how much of the record, from its start (>= 2)")
    print(json.dumps(once(parser.parse_args().days)))
