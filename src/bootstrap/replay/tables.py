"""Tables, and what folds away until it is asked for."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from ballast.bootstrap.replay.markup import Markup, element, join

ROWS_MAX = 2_000


@frozen
class Column:
    """A heading and how its cells are set: "", "number" or "wide"."""

    heading: str
    style: str = ""


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table of at most ROWS_MAX rows; it says how many more the JSON report has."""
    styles = [column.style or None for column in columns]
    head = [element("th", column.heading, class_=column.style or None, scope="col") for column in columns]
    body = [
        element("tr", *(element("td", cell, class_=style) for cell, style in zip(row, styles, strict=True)))
        for row in rows[:ROWS_MAX]
    ]
    made = element("table", element("thead", element("tr", *head)), element("tbody", *body))
    more = len(rows) - len(body)
    rest = element("p", f"{more:,} more are in report.json.") if more > 0 else Markup()
    return join(element("div", made, class_="scroll"), rest)


def details(summary: str, *content: str, shown: bool = False) -> Markup:
    """Put content under a line that folds it away."""
    return element("details", element("summary", summary), *content, open="" if shown else None)


def time_text(time: datetime) -> str:
    """Return a UTC time to the second, without its offset (the page says once that times are UTC)."""
    return f"{time:%Y-%m-%d %H:%M:%S}"
