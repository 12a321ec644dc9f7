"""Which groups of laws each adapter claims. A law outside these is skipped by name; any other skip fails the run."""

from collections.abc import Mapping

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
        pytest.skip(f"{_UNCLAIMED}{port} on {adapter} without {group}")


def excused(reason: str) -> bool:
    """Say whether a skip was made by `require_claim`."""
    return _UNCLAIMED in reason
