"""`ballast vault deploy`: the vault contract onto a chain."""

import json
import os
from pathlib import Path

from attrs import asdict
from rich.console import Console

from ballast.adapters.evm.deployment import deploy_vault, load_key
from ballast.adapters.evm.terms import read_terms

EXIT_UNRESOLVED = 3


def deploy(terms: Path, rpc_url: str, *, validate_only: bool, as_json: bool) -> int:
    """Deploy, or only validate, and print where the vault is; returns the exit code."""
    found = deploy_vault(rpc_url, load_key(os.environ), read_terms(terms), validate_only=validate_only)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    if as_json:
        console.print(json.dumps(asdict(found), indent=1))
    else:
        for name, value in asdict(found).items():
            console.print(f"{name.replace('_', ' '):12} {value}")
    return EXIT_UNRESOLVED if found.state == "unresolved" else 0
