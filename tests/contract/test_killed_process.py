"""Real processes over one store and one world, killed with -9 inside an entry: one deposit, one fulfilment."""

import random  # noqa: TID251 (the moments of the kills; any will do)
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ballast.adapters.recorded.shifted import ShiftedMarket
from ballast.adapters.simulator.shared import SharedWorld
from ballast.adapters.system.clock import SystemClock
from ballast.bootstrap.cli.serve import world_name
from ballast.bootstrap.outside import build_world, open_market, read_inputs
from ballast.bootstrap.settings import Inputs, load_settings
from ballast.services.rpc.client import Client

KILLS = 4
DEADLINE_S = 90
SERVICES = ("entry", "exit", "exposure", "fee_hedge", "rebalancing", "reserve")
QUICK = """
[strategy]
tranches = 1
[strategy.intervals]
entry_s = 1
exit_s = 5
exposure_s = 5
fee_hedge_s = 5
rebalancing_s = 5
reserve_s = 5
work_s = 1
[world]
approval_delay_s = 1
approval_jitter_s = 0
time_lock_s = 1
confirm_s = 1
final_s = 2
transaction_s = 1
routes = [
  { address = "venue-btc", receiver = "venue", asset = "BTC", duration_s = 2 },
  { address = "venue-usdc", receiver = "venue", asset = "USDC", duration_s = 2 },
  { address = "treasury-usdc", receiver = "treasury", asset = "USDC", duration_s = 2 },
  { address = "contract-btc", receiver = "vault", asset = "BTC", duration_s = 2 },
]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "quick.toml"
    path.write_text(QUICK)
    return path


@contextmanager
def serving(store: Path, config: Path, *words: str) -> Generator[tuple["subprocess.Popen[str]", str]]:
    """A server process and its address; killed with -9 at the end, if it still lives."""
    command = [sys.executable, "-m", "ballast.bootstrap.main", "serve", *words, "--listen", "127.0.0.1:0"]
    command += ["--mode", "paper", "--store", str(store), "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("ballast ready:"), ready
        yield process, ready.split(" on ")[1].split()[0]
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def entries(address: str) -> list[dict[str, Any]]:
    with Client(address) as client:
        answer = client.call("ExecutionService", "ListExecutions", kinds=["OPERATION_KIND_ENTRY"])
    return [row["operation"] for row in answer.get("executions", [])]


def ended(address: str) -> bool:
    return any(row["state"] == "OPERATION_STATE_COMPLETED" for row in entries(address))


def wait_until_ended(address: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not ended(address):
        assert time.monotonic() < deadline, entries(address)
        time.sleep(0.5)


def check_once(address: str, exposure: str, store: Path, config: Path) -> None:
    """One entry, fulfilled once; the record agrees with the outside; no order id was accepted twice."""
    assert len(entries(address)) == 1
    with Client(address) as client:
        deposits = client.call("EntryService", "ListDeposits")["deposits"]
        assert [row["state"] for row in deposits] == ["VAULT_REQUEST_STATE_FULFILLED"]
    with Client(exposure) as client:
        run = client.call("ExposureService", "RunExposureNow", request_id="check")["run"]
        assert not run["action"].startswith("hold")
    settings, recorded, clock = load_settings(config), read_inputs(Inputs()), SystemClock()

    def build(start: Any) -> Any:
        market = ShiftedMarket.starting(open_market(recorded), recorded.info.start, start)
        return build_world(recorded, market, clock, settings, 1, start)

    world = SharedWorld.open(store.with_suffix(".world"), clock, world_name(1), build)
    with closing(world):
        world.call("venue", "account")
        assert world.part("venue").repeated_ids == 0
        assert len(world.part("vault").books.shares) == 1


def test_a_server_killed_again_and_again_ends_the_entry_once(tmp_path: Path, config: Path) -> None:
    store, chance = tmp_path / "store.sqlite", random.Random(7)  # noqa: S311
    with serving(store, config, "--deposit", "0=1"):
        time.sleep(2 + chance.random() * 2)
    for _ in range(KILLS - 1):
        with serving(store, config):
            time.sleep(0.5 + chance.random() * 2)
    with serving(store, config) as (process, address):
        wait_until_ended(address)
        check_once(address, address, store, config)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_six_processes_over_one_store_behave_as_one(tmp_path: Path, config: Path) -> None:
    store = tmp_path / "store.sqlite"
    with ExitStack() as running:
        _, address = running.enter_context(serving(store, config, "entry", "execution", "--deposit", "0=1"))
        others = {name: running.enter_context(serving(store, config, name, "execution"))[1] for name in SERVICES[1:]}
        wait_until_ended(address)
        assert {name: ended(other) for name, other in others.items()} == dict.fromkeys(others, True)
        check_once(address, others["exposure"], store, config)
