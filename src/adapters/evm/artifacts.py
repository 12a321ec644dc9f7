"""The contract's build, carried inside the package so that no user needs a compiler."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import frozen

VAULT_BUILD = Path(str(files("ballast.adapters.evm") / "artifacts" / "Vault.json"))


@frozen
class Artifact:
    """One compiled contract: its ABI (Solidity's JSON), creation bytecode, and what it was compiled from and with."""

    contract: str
    compiler: str
    sources_sha256: str
    abi: list[dict[str, Any]]
    bytecode: bytes


def load_artifact(path: Path = VAULT_BUILD) -> Artifact:
    """Read a build as contracts/build.mjs writes it."""
    found = json.loads(path.read_text(encoding="utf-8"))
    code = bytes.fromhex(found["bytecode"].removeprefix("0x"))
    return Artifact(found["contract"], found["compiler"], found["sources_sha256"], found["abi"], code)
