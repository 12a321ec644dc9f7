"""`ballast local`: the story over real sockets, told as it goes."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ballast.adapters.system.clock import SystemClock
from ballast.adapters.system.log import set_up_log
from ballast.bootstrap.local import Outcome, tell_story

BROKEN = 1


def run(*, as_json: bool) -> int:
    """Tell the story and return the exit code: 0 when everything ended once and the record equals the exchange."""
    told = Console(stderr=True, highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        set_up_log(SystemClock(), sys.stderr)
        outcome = asyncio.run(tell_story(Path(folder), told.print))
    if as_json:
        Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(_json(outcome)))
    else:
        _show(outcome)
    return 0 if outcome.whole else BROKEN


def _json(outcome: Outcome) -> dict[str, object]:
    return {
        "operations": [
            {"id": row.id, "kind": row.kind.value, "cost_usd": str(row.cost_usd)} for row in outcome.operations
        ],
        "paid_btc": str(outcome.paid.quantity),
        "orders_repeated": outcome.orders_repeated,
        "differences": outcome.differences,
        "whole": outcome.whole,
    }


def _show(outcome: Outcome) -> None:
    table = Table(title="What was done, over real sockets", title_justify="left")
    for column in ("id", "kind", "amount", "cost in USD"):
        table.add_column(column)
    for row in outcome.operations:
        table.add_row(row.id, row.kind.value, str(row.opened.amount), f"{row.cost_usd:.2f}")
    console = Console(highlight=False)
    console.print(table)
    verdict = "everything ended once, and the record equals the exchange" if outcome.whole else "NOT WHOLE"
    console.print(f"paid out {outcome.paid}; {verdict}")
