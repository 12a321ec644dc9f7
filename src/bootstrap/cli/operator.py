"""The operators' commands: a running server's answers as tables or JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from ballast.adapters.system.ids import SystemIds
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.ledger.events import OperationKind
from ballast.services.rpc.client import Client

Json = Mapping[str, Any]
_FIELDS = (
    ("NAV", "nav_btc", "BTC"),
    ("NAV", "nav_usd", "USD"),
    ("price per share", "share_price_btc", "BTC"),
    ("shares", "share_supply", ""),
    ("hedge base", "hedge_base_btc", "BTC"),
    ("users' BTC in open operations", "claims_btc", "BTC"),
)


def show_status(server: str, *, as_json: bool) -> None:
    """Print the main status document."""
    with Client(server) as client:
        answer = client.call("ControlService", "GetStatus")
    document = json.loads(answer["document_json"])
    if as_json:
        _print_json(document)
        return
    status = answer["status"]
    console = Console(highlight=False)
    health = "healthy" if status.get("healthy") else f"NOT HEALTHY {status.get('unhealthy_reason', '')}"
    console.print(f"{health}, event {status.get('sequence', 0)}", markup=False)
    console.print(_table("", ("figure", "value", "unit"), [
        (name, _number(status.get(field)), unit) for name, field, unit in _FIELDS
    ]))  # fmt: skip
    if document["exposure"]:
        _print_exposure(console, document["exposure"]["assets"])
    held = document["balances"].items()
    balances = [(place, asset, quantity) for place, assets in held for asset, quantity in assets.items()]
    running = [(row["id"], row["kind"], row["amount"], ", ".join(row["unproved"])) for row in document["operations"]]
    for title, columns, rows in (
        ("Ledger", ("place", "asset", "quantity"), balances),
        ("Open operations", ("id", "kind", "amount", "unproved"), running),
        ("Paused", ("what", "why"), document["paused"].items()),
        ("Alerts", ("what", "why"), document["alerts"].items()),
    ):
        if rows:
            console.print(_table(title, columns, rows))


def show_quote(server: str, kind: str, quantity: str, *, as_json: bool) -> None:
    """Print an itemised quote."""
    service, method, asset = {
        "entry": ("EntryService", "QuoteEntry", "BTC"),
        "exit": ("ExitService", "QuoteExit", "SHARE"),
    }[kind]
    with Client(server) as client:
        quote = client.call(service, method, amount={"asset": asset, "quantity": {"value": quantity}})["quote"]
    if as_json:
        _print_json(quote)
        return
    console = Console(highlight=False)
    console.print(f"pay {_amount(quote['pay'])}, receive {_amount(quote['receive'])}")
    price, costs = _number(quote["price_btc"]), quote.get("cost_bps", 0)
    console.print(f"{price} BTC per share, costs {costs} bps, holds until {quote['expiry_time']}")
    items = [(item["name"], f"{float(_number(item['usd'])):,.2f}") for item in quote.get("items", ())]
    console.print(_table("Costs in USD", ("cost", "USD"), items))


def show_deposits(server: str, *, as_json: bool) -> None:
    """Print the vault's deposits, page after page."""
    with Client(server) as client:
        rows = _pages(client, "EntryService", "ListDeposits", "deposits")
    if as_json:
        _print_json(rows)
        return
    shown = [
        (row["key"], _amount(row["amount"]), row["request_time"], _word(row["finality"]), _word(row["state"]),
         row.get("operation_id", "")) for row in rows
    ]  # fmt: skip
    Console(highlight=False).print(_table("Deposits", ("key", "amount", "time", "chain", "state", "operation"), shown))


def show_exposure(server: str, *, run_now: bool, as_json: bool) -> None:
    """Print the newest exposure run, or make one."""
    with Client(server) as client:
        if run_now:
            run = client.call("ExposureService", "RunExposureNow", request_id=SystemIds().fresh())["run"]
        else:
            run = client.call("ExposureService", "GetExposure")["run"]
    if as_json:
        _print_json(run)
        return
    console = Console(highlight=False)
    console.print(
        f"measured {run['measure_time']}, NAV {_number(run['nav_btc'])} BTC, then: {run['action']}", markup=False
    )
    names = ("pool", "spot", "perp", "pending", "net", "target", "drift_usd", "band_usd", "naive_pool")
    rows = [(row["asset"], *(_short(row.get(name)) for name in names)) for row in run["assets"]]
    console.print(_table("Exposure", ("asset", *names), rows))


def show_operations(server: str, kind: str, watched: str | None, page_size: int, *, as_json: bool) -> None:
    """Print a page of operations, or each change of one until it ends."""
    with Client(server) as client:
        if watched is not None:
            for answer in client.stream("ExecutionService", "WatchExecution", operation_id=watched):
                _print_operation(answer["execution"]["operation"], as_json=as_json)
            return
        kinds = [f"OPERATION_KIND_{_kind(kind).value.upper()}"] if kind else []
        answer = client.call("ExecutionService", "ListExecutions", page_size=page_size, kinds=kinds)
    operations = [row["operation"] for row in answer.get("executions", ())]
    if as_json:
        _print_json(operations)
        return
    rows = [
        (row["id"], _word(row["kind"]), _word(row["state"]), _amount(row["amount"]), row["open_time"],
         row.get("close_time", ""), _short(row.get("cost_usd"))) for row in operations
    ]  # fmt: skip
    Console(highlight=False).print(
        _table("Operations", ("id", "kind", "state", "amount", "opened", "closed", "cost $"), rows)
    )


def set_pause(server: str, scope: str, reason: str, *, paused: bool) -> None:
    """Pause or resume a scope and print what is paused now."""
    method = "Pause" if paused else "Resume"
    with Client(server) as client:
        answer = client.call("ControlService", method, request_id=SystemIds().fresh(), scope=scope, reason=reason)
    still = [(row["name"], row.get("text", "")) for row in answer.get("paused", ())]
    Console(highlight=False).print(_table("Paused now", ("what", "why"), still) if still else "nothing is paused")


def _pages(client: Client, service: str, method: str, name: str) -> list[Json]:
    rows: list[Json] = []
    token = ""
    while True:
        answer = client.call(service, method, page_size=500, page_token=token)
        rows += answer.get(name, [])
        token = answer.get("next_page_token", "")
        if not token:
            return rows


def _kind(text: str) -> OperationKind:
    for kind in OperationKind:
        if kind.value == text:
            return kind
    raise InvalidInput("--kind", "one of " + ", ".join(kind.value for kind in OperationKind), repr(text))


def _print_operation(operation: Json, *, as_json: bool) -> None:
    if as_json:
        Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(operation))
        return
    steps = operation.get("steps", ())
    last = f"{steps[-1].get('tranche', 0)} {steps[-1]['name']} {_word(steps[-1]['state'])}" if steps else ""
    Console(highlight=False).print(f"{operation['id']} {_word(operation['state'])} {last}", markup=False)


def _print_exposure(console: Console, assets: Mapping[str, Json]) -> None:
    names = ("net", "target", "drift", "drift_usd", "band_usd")
    rows = [(asset, *(_short({"value": row[name]}) for name in names)) for asset, row in assets.items()]
    console.print(_table("Exposure", ("asset", *names), rows))


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    return table


def _print_json(value: object) -> None:
    Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(value, indent=1))


def _number(value: Json | None) -> str:
    """Return a decimal as it reads best: at most 8 decimals, no zeros at its end."""
    if value is None or "value" not in value:
        return ""
    text = f"{Decimal(value['value']):.8f}"
    return text.rstrip("0").rstrip(".")


def _short(value: Json | None) -> str:
    text = _number(value)
    return f"{float(text):,.6g}" if text else ""


def _amount(amount: Json) -> str:
    return f"{_number(amount['quantity'])} {amount['asset']}"


def _word(enum: str) -> str:
    return enum.rpartition("_")[2].lower()
