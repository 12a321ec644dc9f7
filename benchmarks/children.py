"""Measuring in fresh processes, so that neither memory nor warmth goes from one run to the next."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any, cast

STOPPING_S = 20


def _command(module: str, arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.{module}", *arguments]


def answer(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module of this package to its end and return the JSON object on its last line."""
    ran = subprocess.run(_command(module, arguments), check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ours
    return cast("dict[str, Any]", json.loads(ran.stdout.splitlines()[-1]))


@contextmanager
def server(module: str, *arguments: str) -> Generator[int]:
    """Run a module that prints the loopback port it serves as its first line, and stop it at the end."""
    command = _command(module, arguments)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ours
    try:
        yield int(cast("IO[str]", process.stdout).readline())
    finally:
        process.terminate()
        process.communicate(timeout=STOPPING_S)
