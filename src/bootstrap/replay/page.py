"""The report's page: one HTML file that needs neither network nor script."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from importlib.resources import files

from ballast.bootstrap.replay.axis import duration_text
from ballast.bootstrap.replay.document import Invariant, Report, flat, read
from ballast.bootstrap.replay.figures import PARTS, Figures
from ballast.bootstrap.replay.markup import Markup, element, join
from ballast.bootstrap.replay.operations import operations
from ballast.bootstrap.replay.tables import Column, details, table, time_text

_FLOWS = {**{part: name for part, (name, _) in PARTS.items()}, "flows": "deposits and payouts"}

_KEY = element(
    "p", element("span", class_="stripe"), " In every chart: an operation that moves capital was open.", class_="key"
)


def render(report: Mapping[str, object]) -> str:
    """Return the page of a report (the content of report.json).

    Raises InvalidInput naming the path of what is missing or wrong in the report.
    """
    data = read(report)
    figures = Figures(data)
    sections = (
        ("Summary", _summary(data)),
        ("Value", join(_KEY, _grid(figures.value()))),
        ("Net delta", _grid(figures.exposure())),
        ("Exact and naive hedge", _grid(figures.hedge())),
        ("Collateral and reserve", _grid(figures.safety())),
        ("Attribution", _attribution(data, figures)),
        ("Operations", operations(data)),
        ("Invariants", _invariants(data.invariants)),
        ("Breaches and alerts", _breaches(data)),
        ("Repeat it", _repeat(data)),
    )
    anchors = [name.lower().replace(" ", "-") for name, _ in sections]
    links = [element("a", name, href=f"#{anchor}") for (name, _), anchor in zip(sections, anchors, strict=True)]
    bodies = [
        element("section", element("h2", name), body, id=anchor)
        for (name, body), anchor in zip(sections, anchors, strict=True)
    ]
    main = element("main", _heading(data), _verdict(data), element("nav", *links), *bodies)
    return f"{_head(data.title)}<body>{main}<script>{_resource('page.js')}</script></body></html>\n"


def _resource(name: str) -> Markup:
    return Markup(files("ballast.bootstrap.replay").joinpath(name).read_text("utf-8"))


def _head(title: str) -> Markup:
    return join(
        Markup('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        element("title", title),
        element("style", _resource("page.css")),
        Markup("</head>"),
    )


def _grid(figures: Iterator[Markup]) -> Markup:
    return element("div", *figures, class_="grid")


def _heading(report: Report) -> Markup:
    period = report.period
    span = f"{time_text(period.begins)} to {time_text(period.ends)} UTC ({duration_text(period.ends - period.begins)})"
    pace = f"{report.steps:,} steps in {report.seconds:,.1f} s"
    return element(
        "header", element("h1", report.title), element("p", f"{span} · {pace}"), element("p", report.source)
    )  # fmt: skip


def _verdict(report: Report) -> Markup:
    """Say first whether everything that was promised held."""
    rows = report.invariants
    broken = [row for row in rows if not row.holds]
    if not rows:
        return element("div", element("h2", "✖ No invariant was checked: nothing is proved"), class_="verdict bad")
    if broken:
        listed = (
            element("li", element("b", row.name), f": {row.worst}, bound {row.bound}. {row.detail}") for row in broken
        )
        heading = element("h2", f"✖ Broken: {len(broken)} of {len(rows)} invariants")
        return element("div", heading, element("ul", *listed), class_="verdict bad")
    names = element("p", ", ".join(row.name for row in rows))
    return element("div", element("h2", f"✔ All {len(rows)} invariants hold"), names, class_="verdict good")


def _summary(report: Report) -> Markup:
    columns = (Column(""), Column("value", "number"), Column("unit"), Column("", "wide"))
    return table(columns, [(row.name, row.value, row.unit, row.note) for row in report.summary])


def _attribution(report: Report, figures: Figures) -> Markup:
    total = report.attribution_total
    columns = (Column("over the whole period"), Column("BTC", "number"))
    sums = table(columns, [(name, _btc(getattr(total, part))) for part, name in _FLOWS.items()])
    by_day = table(
        (Column("day"), *(Column(name, "number") for name in _FLOWS.values())),
        [(row.time.isoformat(), *(_btc(getattr(row, part)) for part in _FLOWS)) for row in report.attribution],
    )
    grid = element("div", *figures.attribution(), element("div", sums), class_="grid")
    return join(grid, details(f"Day by day, in BTC ({len(report.attribution)})", by_day))


def _btc(value: Decimal) -> str:
    """Write a change in BTC to the satoshi, and what is smaller than one by its size."""
    text = f"{value:+.8f}"
    return text if value == 0 or text.strip("+-0.") else f"{value:+.1e}"


def _invariants(rows: Sequence[Invariant]) -> Markup:
    columns = (Column("invariant"), Column("holds"), Column("worst seen"), Column("bound"), Column("detail", "wide"))
    return table(
        columns,
        [
            (row.name, element("b", "✔ yes" if row.holds else "✖ no", class_="good" if row.holds else "bad"),
             row.worst, row.bound, row.detail)
            for row in rows
        ],
    )  # fmt: skip


def _breaches(report: Report) -> Markup:
    spans = [(time_text(row.begins), _until(row.begins, row.ends), row.what, row.worst) for row in report.breaches]
    told = [(time_text(row.time), row.key, row.text) for row in report.alerts]
    broken = table((Column("from"), Column("for"), Column("what"), Column("worst")), spans)
    alerts = table((Column("time"), Column("alert"), Column("text", "wide")), told)
    return join(
        broken if spans else element("p", "No floor or bound was broken at any time."),
        details(f"Alerts ({len(told):,})", alerts) if told else element("p", "No alert was raised."),
    )


def _until(begins: datetime, ends: datetime | None) -> str:
    return duration_text(ends - begins) if ends else "to the end"


def _repeat(report: Report) -> Markup:
    return join(
        element("pre", element("code", report.command)),
        element("p", f"The same inputs write the same {report.journal.events:,} journal events, with the digest"),
        element("pre", element("code", report.journal.digest)),
        details(
            "Settings of this run", table((Column("setting"), Column("value")), list(flat(report.settings).items()))
        ),
    )
