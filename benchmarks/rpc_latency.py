"""GetExposure against a bare echo of the same bytes: `python -m benchmarks.rpc_latency`.

Both servers run in processes of their own and answer the same client by turns, so what the machine does meanwhile hits
both. The client sends and takes plain bytes: what is compared is the servers.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import grpc.aio
from attrs import frozen

from benchmarks.children import server
from benchmarks.echo_server import METHOD, SERVICE
from benchmarks.figures import Figure

# The stubs leave out what a channel's calls are.
_AIO: Any = grpc.aio
GET = "/ballast.services.v1.ExposureService/GetExposure"
ECHO = f"/{SERVICE}/{METHOD}"
RATIO_AIM = "ratio >= 0.6"
REPEAT = "python -m benchmarks.rpc_latency"
CLIENTS = (1, 8)
PARTS = ("rate", "p50_ms", "p99_ms")
CALLS, ROUNDS = 3_000, 7
WARM_UP = 300


@frozen
class Round:
    """One round of calls: milliseconds each, and how many were answered in a second."""

    p50_ms: float
    p99_ms: float
    rate: float


def measure(rounds: int, calls: int) -> list[Figure]:
    """Measure over the journal in memory, then over a durable file."""
    with TemporaryDirectory() as folder, server("echo_server") as echo:
        with server("exposure_server") as ours:
            figures = asyncio.run(_compare("GetExposure, memory,", ours, echo, rounds, calls))
        with server("exposure_server", "--store", str(Path(folder) / "journal.sqlite")) as ours:
            figures += asyncio.run(_compare("GetExposure, store,", ours, echo, rounds, calls))
    return figures


async def _compare(name: str, ours: int, echo: int, rounds: int, calls: int) -> list[Figure]:
    async with _channel(ours) as to_us, _channel(echo) as to_echo:
        get, back = to_us.unary_unary(GET), to_echo.unary_unary(ECHO)
        payload: bytes = await get(b"")
        await _round(get, b"", 1, WARM_UP)
        await _round(back, payload, 1, WARM_UP)
        figures: list[Figure] = []
        for clients in CLIENTS:
            pairs = [
                (await _round(get, b"", clients, calls), await _round(back, payload, clients, calls))
                for _ in range(rounds)
            ]
            figures += _figures(f"{name} x{clients}", len(payload), pairs)
    return figures


def _channel(port: int) -> Any:
    return _AIO.insecure_channel(f"127.0.0.1:{port}")


async def _round(call: Any, request: bytes, clients: int, calls: int) -> Round:
    times_ms: list[float] = []

    async def client() -> None:
        for _ in range(calls // clients):
            began = time.perf_counter()
            await call(request)
            times_ms.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - began
    cuts = quantiles(times_ms, n=100)
    return Round(cuts[49], cuts[98], len(times_ms) / seconds)


def _figures(name: str, payload_bytes: int, pairs: Sequence[tuple[Round, Round]]) -> list[Figure]:
    """Return rate and latencies; a ratio is our rate over the echo's, or the echo's time over ours: 1 is as fast."""
    reference = f"grpc.aio echo, {payload_bytes} bytes"
    rate, p50, p99 = ([(getattr(ours, what), getattr(echo, what)) for ours, echo in pairs] for what in PARTS)
    return [
        Figure(
            f"{name} rate", "answers/s", [ours for ours, _ in rate], [ours / echo for ours, echo in rate],
            reference, RATIO_AIM, REPEAT,
        ),
        Figure(
            f"{name} p50", "ms", [ours for ours, _ in p50], [echo / ours for ours, echo in p50],
            reference, RATIO_AIM, REPEAT,
        ),
        Figure(
            f"{name} p99", "ms", [ours for ours, _ in p99], [echo / ours for ours, echo in p99],
            reference, RATIO_AIM, REPEAT,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS)
    asked = parser.parse_args()
    print(json.dumps([figure.to_json() for figure in measure(asked.rounds, asked.calls)], indent=1))
