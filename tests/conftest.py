"""What holds for every test: one hypothesis profile, and assertions of shared helpers that say what they found."""

import decimal
import sys

import pytest
from hypothesis import settings

from ballast.domain.kernel.number import MONEY

pytest.register_assert_rewrite("tests.unit.services.scenes")

# How long an example takes on a machine that several test processes share proves nothing.
settings.register_profile("ballast", deadline=None)
settings.load_profile("ballast")


@pytest.fixture(autouse=True)
def _as_our_processes_run() -> None:  # pyright: ignore[reportUnusedFunction]  # pytest finds it
    """Undo what other people's clients do to the interpreter when tests drive them.

    web3 raises the recursion limit to where C code overflows; ccxt's own rounding helpers, which the adapter never
    calls, change the running thread's decimal context.
    """
    sys.setrecursionlimit(1000)
    decimal.setcontext(MONEY.copy())
