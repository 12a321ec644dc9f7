"""`ballast pool inspect`: account files as tables or JSON."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ballast.adapters.svm.inspect import CustodyRow, Inspection, inspect
from ballast.domain.kernel.number import parse_decimal

Columns = tuple[tuple[str, Callable[[CustodyRow], str]], ...]

_HOLDINGS: Columns = (
    ("asset", lambda row: row.asset),
    ("owned", lambda row: _number(row.owned, 4)),
    ("locked", lambda row: _number(row.locked, 4)),
    ("debt", lambda row: _number(row.debt, 2)),
    ("delta", lambda row: _number(row.delta, 4)),
)
_SHORTS: Columns = (
    ("asset", lambda row: row.asset),
    ("short size $", lambda row: _number(row.short_size_usd, 0)),
    ("average $", lambda row: _number(row.short_average_price, 4)),
)
_ADDRESSES: Columns = (("asset", lambda row: row.asset), ("address", lambda row: row.address))
_PER_JLP: Columns = (
    ("asset", lambda row: row.asset),
    ("price $", lambda row: _number(row.price, 4)),
    ("delta per JLP, exact", lambda row: _number(row.delta_per_jlp, 14)),
    ("naive (by value)", lambda row: _number(row.naive_delta_per_jlp, 14)),
)


def inspect_pool(paths: Iterable[Path], supply: str | None, *, as_json: bool) -> None:
    """Print what account files say; raises InvalidInput for bytes that prove wrong."""
    found = inspect(paths, None if supply is None else parse_decimal(supply, "--supply"))
    if as_json:
        Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(found.to_json(), indent=1))
        return
    console = Console(highlight=False)
    console.print(_table("Custodies, in whole tokens", _HOLDINGS, found))
    console.print(_table("Traders' shorts", _SHORTS, found))
    console.print(_table("Accounts", _ADDRESSES, found))
    if found.supply is not None:
        console.print(_table(f"Per JLP, of {found.supply:,.6f}", _PER_JLP, found))
    _print_total(console, found)
    for skipped in found.skipped:
        console.print(f"skipped {skipped.path}: {skipped.reason}", style="dim", markup=False)


def _table(title: str, columns: Columns, found: Inspection) -> Table:
    table = Table(title=title, title_justify="left")
    for name, _ in columns:
        table.add_column(name, justify="left" if name in ("asset", "address") else "right", no_wrap=True)
    for row in found.custodies:
        table.add_row(*(cell(row) for _, cell in columns))
    return table


def _number(value: Decimal | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _print_total(console: Console, found: Inspection) -> None:
    if found.total is None:
        console.print("No value of the whole pool, lacking: " + ", ".join(found.lacking), markup=False)
        return
    total = found.total
    console.print(f"AUM        {total.aum_usd_min:,.6f} (Min) to {total.aum_usd_max:,.6f} (Max) dollars")
    console.print(f"JLP price  {total.jlp_price_min:.9f} (Min) to {total.jlp_price_max:.9f} (Max) dollars")
    for check in found.checks:
        verdict = (
            "holds" if check.holds else "DOES NOT HOLD: these accounts are not of one moment, or a figure is wrong"
        )
        console.print(f"check      {check.name}: {verdict}", markup=False)
