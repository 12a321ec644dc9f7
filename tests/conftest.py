"""What holds for every test: one hypothesis profile, and assertions of shared helpers that say what they found."""

import sys

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("tests.unit.services.scenes")

# How long an example takes on a machine that several test processes share proves nothing.
settings.register_profile("ballast", deadline=None)
settings.load_profile("ballast")


@pytest.fixture(autouse=True)
def _usual_recursion_limit() -> None:  # pyright: ignore[reportUnusedFunction]  # pytest finds it
    """Put the interpreter's limit back where our processes have it: web3 raises it to where C code overflows."""
    sys.setrecursionlimit(1000)
