"""`ballast simulate-venue` as a process, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from attrs import evolve

from ballast.bootstrap.cli.simulate_venue import Wish, run
from ballast.domain.kernel.errors import InvalidInput

WAIT_S = 20
# The project's first recorded minute of BTC.
FIRST_OPEN = "69979.98"
WISH = Wish(
    listen="127.0.0.1:0",
    key="key1",
    secret="word",  # noqa: S106  # no secret of anybody's
    balance="BTC=10",
    margin="",
    whitelist=[],
    bars=None,
    book=None,
    control_token="",
    seed=1,
    insecure=False,
)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"listen": "127.0.0.1"}, "--listen"),
        ({"listen": "127.0.0.1:99999"}, "--listen"),
        ({"listen": "0.0.0.0:0"}, "listen"),
        ({"key": "a key"}, "--key"),
        ({"secret": ""}, "--secret"),
        ({"balance": "BTC"}, "--balance"),
        ({"balance": "BTC=-1"}, "--balance"),
        ({"balance": "BTC=1,BTC=2"}, "--balance"),
        ({"margin": "SOL=1"}, "--margin"),
        ({"whitelist": ["BTC"]}, "--whitelist"),
        ({"bars": Path("a"), "book": Path("b")}, "--book"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(change: Mapping[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        run(evolve(WISH, **change))


def asked(url: str, body: bytes | None = None) -> Any:
    request = Request(url, body, {"X-Control-Token": "token1"})  # noqa: S310  # loopback
    with urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310  # loopback
        return json.load(answer)


def test_it_says_when_it_is_ready_serves_its_prices_and_stops_on_a_signal() -> None:
    command = [sys.executable, "-m", "ballast.bootstrap.main", "simulate-venue", "--listen", "127.0.0.1:0"]
    options = ["--key", "key1", "--balance", "BTC=2,USDT=5", "--margin", "USDT=7", "--control-token", "token1"]
    environment = {**os.environ, "BALLAST_SIMULATED_SECRET": "word", "PYTHONPATH": ".dev"}
    with subprocess.Popen(  # noqa: S603  # our own command
        [*command, *options], stdout=subprocess.PIPE, text=True, env=environment, cwd=Path(__file__).parents[4]
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            mark = asked(f"{ready[-1]}/fapi/v1/premiumIndex?symbol=BTCUSDT")
            truth = asked(f"{ready[-1]}/control/truth", b"{}")["done"]
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(WAIT_S)
    assert ready[:-1] == ["ballast", "ready:", "simulated", "venue", "on"]
    assert mark["markPrice"] == FIRST_OPEN
    assert (truth["spot"]["BTC"], truth["spot"]["USDT"], truth["margin"]["USDT"]) == ("2", "5", "7")
    assert ended == 0
