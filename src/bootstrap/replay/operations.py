"""Every operation of the run: as a timeline, step by step, and as a table."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ballast.bootstrap.replay.axis import duration_text
from ballast.bootstrap.replay.document import Operation, Report
from ballast.bootstrap.replay.figures import capital, figure
from ballast.bootstrap.replay.markup import Markup, element, join
from ballast.bootstrap.replay.tables import Column, details, table, time_text
from ballast.bootstrap.replay.timeline import Bar, Row, timeline

# A kind with more operations than this shares one row, as the routine ones do.
OWN_ROWS_MAX = 12
PICTURES_MAX = 60
HUES = {"entry": "blue", "exit": "purple", "rebalance": "vermillion", "reserve": "green"}


def operations(report: Report) -> Markup:
    """Show all operations over the period, the steps of those that move capital, and the table."""
    period = report.period
    done = sorted(report.operations, key=lambda row: row.opened)
    picture = timeline("Operations over the whole period", _rows(report, done), period.begins, period.ends)
    note = "One row per operation; kinds with many share a row of ticks. Very short ones are widened to be seen."
    moved = [row for row in done if capital(row)]
    examples = {row.kind: row for row in reversed(moved)}.values()
    steps = [_steps(row, period.ends, shown=row in examples) for row in moved[:PICTURES_MAX]]
    more = len(moved) - len(steps)
    count = f"Every operation as a table ({len(done):,})"
    return join(
        figure("Everything that was done", note, picture),
        element("h3", "Step by step") if steps else Markup(),
        *steps,
        element("p", f"The steps of {more:,} more are in report.json.") if more else Markup(),
        details(count, _table(done)),
    )


def _rows(report: Report, done: Sequence[Operation]) -> list[Row]:
    ends = report.period.ends
    kinds: dict[str, list[Operation]] = {}
    for row in done:
        kinds.setdefault(row.kind, []).append(row)
    own = [row for row in done if capital(row) and len(kinds[row.kind]) <= OWN_ROWS_MAX]
    shared = {kind: rows for kind, rows in kinds.items() if rows[0] not in own}
    lines = [Row(_name(row), [_bar(row, ends)], _note(row)) for row in own]
    marks = {_words(kind): [_bar(row, ends) for row in rows] for kind, rows in shared.items()}
    marks["breaches"] = [Bar(row.begins, row.ends or ends, "vermillion", row.what) for row in report.breaches]
    marks["alerts"] = [Bar(row.time, row.time, "amber", f"{time_text(row.time)} {row.text}") for row in report.alerts]
    return lines + [Row(name, bars, f"{len(bars):,} times") for name, bars in marks.items() if bars]


def _bar(row: Operation, ends: datetime) -> Bar:
    text = f"{time_text(row.opened)} {row.subject} {row.amount} {row.outcome or 'open'}"
    return Bar(row.opened, row.closed or ends, HUES.get(row.kind, "ink"), text)


def _note(row: Operation) -> str:
    return f"{row.amount} · {_took(row)}"


def _took(row: Operation) -> str:
    return duration_text(row.closed - row.opened) if row.closed else "not ended"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _name(row: Operation) -> str:
    """Return kind and subject; the subject of a periodic service begins with its kind already."""
    kind = _words(row.kind)
    return row.subject if row.subject.startswith(kind) else f"{kind} {row.subject}"


def _steps(row: Operation, ends: datetime, *, shown: bool) -> Markup:
    """Draw one operation's steps over its own time: one lane per step name, so that tranches line up."""
    lanes: dict[str, list[Bar]] = {}
    for step in row.steps:
        begins, until = time_text(step.begins), time_text(step.ends) if step.ends else "not proved"
        hue = HUES.get(row.kind, "ink") if step.ends else "amber"
        bar = Bar(step.begins, step.ends or ends, hue, f"{step.name} {begins} to {until} {step.detail}")
        lanes.setdefault(_without_tranche(step.name), []).append(bar)
    rows = [Row(name, bars, _lane_note(bars)) for name, bars in lanes.items()]
    picture = timeline(f"Steps of {row.id}", rows, row.opened, row.closed or ends)
    what = (time_text(row.opened), _name(row), _note(row), row.outcome or "open")
    return details(" · ".join(what), picture, shown=shown)


def _without_tranche(name: str) -> str:
    """Return a step's name without the number of its tranche before it ("2 trade")."""
    tranche, _, step = name.partition(" ")
    return step if step and tranche.isdecimal() else name


def _lane_note(bars: Sequence[Bar]) -> str:
    longest = max(bar.ends - bar.begins for bar in bars)
    return duration_text(longest) if len(bars) == 1 else f"{len(bars)} times, at most {duration_text(longest)}"


def _table(rows: Sequence[Operation]) -> Markup:
    columns = (
        Column("id"), Column("kind"), Column("subject"), Column("opened"), Column("took"), Column("amount", "number"),
        Column("cost, USD", "number"), Column("BTC per share", "number"), Column("outcome"), Column("reason", "wide"),
    )  # fmt: skip
    return table(columns, [tuple(_cells(row)) for row in rows])


def _cells(row: Operation) -> Iterator[str]:
    yield from (row.id, _words(row.kind), row.subject, time_text(row.opened), _took(row), row.amount)
    yield from (row.cost_usd or "", row.price_per_share or "", row.outcome or "open", row.reason)
