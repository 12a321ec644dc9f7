"""`ballast replay`: read the inputs, run with a progress bar, write the report, print the verdict."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from attrs import evolve
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ballast.bootstrap.outside import Recorded, read_inputs
from ballast.bootstrap.replay.page import render
from ballast.bootstrap.replay.run import replay
from ballast.bootstrap.replay.scenario import Flow, Scenario
from ballast.bootstrap.settings import Inputs, load_settings
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal

# The seed's own story: two depositors, one who leaves early, everybody out on the last day.
DEPOSITS = ("1=10", "7=5")
WITHDRAWALS = ("18=4",)
SPEED_MAX = "max"
BROKEN = 1

Report = Mapping[str, object]
Texts = list[str] | None


def run(
    bars: Path | None,
    funding: Path | None,
    pool: Path | None,
    period: tuple[str | None, str | None],
    flows: tuple[Texts, Texts],
    speed: str,
    out: Path,
    seed: int,
    config: Path | None,
    *,
    as_json: bool,
) -> int:
    """Replay and return the exit code: 0 when every invariant holds, 1 when one is broken."""
    given = {name: path for name, path in (("bars", bars), ("funding", funding), ("pool", pool)) if path is not None}
    settings = load_settings(config)
    told = Console(stderr=True)
    with told.status("checking every line of the inputs"):
        recorded = read_inputs(evolve(Inputs(), **given))
    scenario = _scenario(recorded, period, flows, speed, out, seed)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    # Drawn when there is something to tell: a thread that redraws by the clock would take time from the replay.
    with Progress(*columns, console=told, auto_refresh=False) as bar:
        task = bar.add_task(f"{scenario.start:%Y-%m-%d}", total=1.0)
        report = replay(
            scenario,
            recorded,
            settings,
            lambda done, text: bar.update(task, completed=done, description=text, refresh=True),
        )
        bar.update(task, completed=1.0, refresh=True)
    (out / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    (out / "report.html").write_text(render(report), encoding="utf-8")
    if as_json:
        Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(report))
    else:
        _show(report, out)
    return 0 if all(row["holds"] for row in _rows(report, "invariants")) else BROKEN


def speed_of(text: str) -> float:
    """Read "max" or a factor such as "60x"; raises InvalidInput."""
    if text == SPEED_MAX:
        return math.inf
    factor = parse_decimal(text.removesuffix("x"), "--speed")
    if factor <= 0:
        raise InvalidInput("--speed", "max, or a positive factor such as 60x", repr(text))
    return float(factor)


def _scenario(
    recorded: Recorded,
    period: tuple[str | None, str | None],
    flows: tuple[Texts, Texts],
    speed: str,
    out: Path,
    seed: int,
) -> Scenario:
    start = _moment(period[0], "--from") or recorded.info.start
    end = _moment(period[1], "--to") or recorded.info.end
    if not recorded.info.start <= start < end <= recorded.info.end:
        covered = f"a span inside {recorded.info.start:%Y-%m-%d %H:%M} to {recorded.info.end:%Y-%m-%d %H:%M}"
        raise InvalidInput("--from/--to", covered, f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")
    deposits, withdrawals = flows
    own = deposits is not None or withdrawals is not None
    return Scenario(
        start,
        end,
        _flows(deposits if own else DEPOSITS, "--deposit"),
        _flows(withdrawals if own else WITHDRAWALS, "--withdraw"),
        seed,
        speed_of(speed),
        out,
    )


def _flows(texts: Sequence[str] | None, field: str) -> tuple[Flow, ...]:
    return tuple(sorted((Flow.parse(text, field) for text in texts or ()), key=lambda flow: flow.day))


def _moment(text: str | None, field: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(field, "a moment such as 2026-03-23 or 2026-03-23T12:00", repr(text)) from None


def _rows(report: Report, name: str) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", report[name])


def _show(report: Report, out: Path) -> None:
    console = Console()
    figures = Table(title=f"{report['steps']} minutes in {report['seconds']} s", title_justify="left")
    for column in ("figure", "value", "unit", "what it is"):
        figures.add_column(column, justify="right" if column == "value" else "left")
    for row in _rows(report, "summary"):
        figures.add_row(row["name"], row["value"], row["unit"], row["note"])
    console.print(figures)
    promises = Table(title="What must hold", title_justify="left")
    for column in ("", "promise", "bound", "worst seen"):
        promises.add_column(column)
    for row in _rows(report, "invariants"):
        promises.add_row(
            "holds" if row["holds"] else "BROKEN", row["name"], row["bound"], row["detail"] or row["worst"]
        )
    console.print(promises)
    console.print(f"Report: {out / 'report.html'} and {out / 'report.json'}")
