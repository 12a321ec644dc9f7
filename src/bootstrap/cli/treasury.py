"""`ballast treasury inspect`: account files in words or JSON."""

import json
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from ballast.adapters.squads.inspect import Finding, inspect


def inspect_treasury(paths: Iterable[Path], *, as_json: bool) -> None:
    """Print what account files say; raises InvalidInput for bytes that prove wrong."""
    found = inspect(paths)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    if as_json:
        console.print(json.dumps(found.to_json(), indent=1))
        return
    for finding in found.findings:
        _print(console, finding)
    for skipped in found.skipped:
        console.print(f"skipped {skipped.path}: {skipped.reason}", style="dim")


def _print(console: Console, finding: Finding) -> None:
    console.print(finding.title, style="bold")
    console.print(f"  read from {finding.source}{f', address {finding.address}' if finding.address else ''}")
    for line in finding.words.lines:
        console.print(f"  {line}")
    for warning in finding.words.warnings:
        console.print(f"  WARNING: {warning}", style="bold red")
