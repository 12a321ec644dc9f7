"""The suite beside this file finds every fault that is planted in a copy of the sources, one at a time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen
from tests.compiled import COMMITTED, CONTRACTS, compile_contracts, same, toolchain_lack
from tests.unit.contracts.rig import BUILD_VARIABLE

ROOT = Path(__file__).parents[3]
FAILED = 1


@frozen
class Fault:
    """One wrong edit of one source file."""

    name: str
    file: str
    right: str
    wrong: str


FAULTS = (
    Fault("custody takes users' assets", "Vault.sol", "_checkFree(assets);\n        emit Sent", "emit Sent"),
    Fault(
        "double fulfilment",
        "Requests.sol",
        "request.state = end;",
        "if (end == State.Cancelled) request.state = end;",
    ),
    Fault("reserve not released", "Claims.sol", "claimableAssets -= assets;", ""),
    Fault("minting rounds for the user", "Vault.sol", "current.entryPrice)", "current.entryPrice, Math.Rounding.Ceil)"),
    Fault("stale price accepted", "Quotes.sol", "_checkAge(current.valuedAt);", ""),
    Fault("cap of a block off by one", "Caps.sol", "usage.inBlock <= perBlock,", "usage.inBlock <= perBlock + 1,"),
    Fault(
        "pause stops a claim",
        "Claims.sol",
        "private view returns (Bucket",
        "private view whenNotPaused returns (Bucket",
    ),
    Fault("valuation before the request", "Quotes.sol", "current.valuedAt > requestedAt", "current.valuedAt > 0"),
    Fault(
        "valuation at the request", "Quotes.sol", "current.valuedAt > requestedAt", "current.valuedAt >= requestedAt"
    ),
    Fault("refund from others' assets", "Requests.sol", "if (request.state == State.Released) _checkFree(amount);", ""),
)


@pytest.fixture
def toolchain() -> None:
    if lack := toolchain_lack():
        pytest.skip(lack)


@pytest.mark.usefixtures("toolchain")
def test_the_committed_builds_are_what_the_sources_give(tmp_path: Path) -> None:
    compile_contracts(tmp_path, tmp_path)
    assert [name for name, folder in COMMITTED.items() if not same(tmp_path / name, folder / name)] == []


@pytest.mark.usefixtures("toolchain")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found(tmp_path: Path, fault: Fault) -> None:
    sources = shutil.copytree(CONTRACTS / "src", tmp_path / "src")
    plant(fault, sources / fault.file)
    compile_contracts(tmp_path, tmp_path, sources)
    run = run_suite(tmp_path / "Vault.json")
    assert run.returncode == FAILED, run.stdout
    assert "FAILED" in run.stdout


def plant(fault: Fault, file: Path) -> None:
    """Edit a source; the right text must be there exactly once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(fault.right) == 1
    file.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")


def run_suite(build: Path) -> "subprocess.CompletedProcess[str]":
    """Run every other test of this folder on a build, until the first failure."""
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
    command += ["--hypothesis-seed=0", "--hypothesis-profile=unshrunk", f"--ignore={__file__}", str(folder)]
    environment = {**os.environ, BUILD_VARIABLE: str(build)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # ours
