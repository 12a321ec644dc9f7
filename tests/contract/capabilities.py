"""Which groups of laws each adapter claims. A law outside these is skipped by name; any other skip fails the run."""

from collections.abc import Mapping
from typing import NoReturn

import pytest

# port -> adapter -> groups of laws that some adapters cannot keep by their nature. Laws in no group bind everybody.
CLAIMS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "journal": {
        "memory": frozenset(),
        "sqlite": frozenset({"restart", "processes"}),
        "sqlite-fast": frozenset({"restart"}),
    },
    "lease": {
        "memory": frozenset(),
        "sqlite": frozenset({"restart", "processes"}),
        "sqlite-fast": frozenset({"restart"}),
    },
    "status_store": {
        "memory": frozenset(),
        "sqlite": frozenset({"restart", "processes"}),
        "sqlite-fast": frozenset({"restart"}),
    },
    "alerts": {
        "memory": frozenset(),
        "sqlite": frozenset({"failure", "restart", "processes"}),
        "system": frozenset({"failure"}),
    },
    "clock": {
        "memory": frozenset(),
        "simulator": frozenset(),
        "system": frozenset({"wall"}),
    },
    "ids": {
        "memory": frozenset(),
        "system": frozenset({"processes"}),
    },
}
_UNCLAIMED = "not claimed: "


def require_claim(port: str, adapter: str, group: str) -> None:
    """Skip the running law unless the adapter claims its group; KeyError for an adapter or group nobody declared."""
    adapters = CLAIMS[port]
    if not any(group in claimed for claimed in adapters.values()):
        raise KeyError(f"no adapter of {port} claims {group}")
    if group not in adapters[adapter]:
        skip_unclaimed(port, adapter, group)


def skip_unclaimed(port: str, adapter: str, needed: str) -> NoReturn:
    """Skip the running law on an adapter that needs what is not here."""
    pytest.skip(f"{_UNCLAIMED}{port} on {adapter} without {needed}")


def excused(reason: str) -> bool:
    """Say whether a skip was made by `require_claim` or `skip_unclaimed`."""
    return _UNCLAIMED in reason
