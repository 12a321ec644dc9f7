"""Timelines as inline SVG: one row per thing, bars where it lasted."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from ballast.bootstrap.replay.axis import Scale, time_ticks
from ballast.bootstrap.replay.markup import Markup, element

WIDTH = 1240
LEFT, RIGHT, TOP, BOTTOM = 210, 230, 6, 26
ROW_HEIGHT = 20
BAR_WIDTH_MIN = 2.0
LABEL_LENGTH_MAX = 28
TIME_TICKS_MAX = 10
_SPAN_MIN = timedelta(seconds=1)


@frozen
class Bar:
    """A span of time; `hue` is a CSS class, `text` is shown at the pointer."""

    begins: datetime
    ends: datetime
    hue: str
    text: str = ""


@frozen
class Row:
    """One row: its label at the left, its bars, and a word at the right."""

    label: str
    bars: Sequence[Bar]
    note: str = ""


def timeline(title: str, rows: Sequence[Row], begins: datetime, ends: datetime) -> Markup:
    """Draw rows over [begins, ends], which is at least a second; bars too short to see are widened."""
    ends = max(ends, begins + _SPAN_MIN)
    x = Scale(begins.timestamp(), ends.timestamp(), LEFT, WIDTH - RIGHT)
    height = TOP + len(rows) * ROW_HEIGHT + BOTTOM
    parts = [part for rank, row in enumerate(rows) for part in _row(row, TOP + rank * ROW_HEIGHT, x)]
    svg = element(
        "svg", *_axis(begins, ends, x, height), *parts,
        viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=title,
    )  # fmt: skip
    return element("div", svg, class_="scroll wide")


def _axis(begins: datetime, ends: datetime, x: Scale, height: float) -> Iterator[Markup]:
    bottom = height - BOTTOM
    for time, text in time_ticks(begins, ends, TIME_TICKS_MAX):
        place = f"{x.at(time.timestamp()):.1f}"
        yield element("line", x1=place, x2=place, y1=TOP, y2=bottom + 5, class_="rule")
        yield element("text", text, x=place, y=bottom + 18, class_="tick middle")


def _row(row: Row, top: float, x: Scale) -> Iterator[Markup]:
    middle = top + ROW_HEIGHT / 2
    label = row.label if len(row.label) <= LABEL_LENGTH_MAX else row.label[: LABEL_LENGTH_MAX - 1] + "…"
    yield element("text", label, x=LEFT - 10, y=middle, dy=".32em", class_="row end")
    yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=middle, y2=middle, class_="rule")
    for bar in row.bars:
        yield _bar(bar, top, x)
    yield element("text", row.note, x=WIDTH - RIGHT + 10, y=middle, dy=".32em", class_="tick")


def _bar(bar: Bar, top: float, x: Scale) -> Markup:
    start = x.at(bar.begins.timestamp())
    width = max(x.at(bar.ends.timestamp()) - start, BAR_WIDTH_MIN)
    children = (element("title", bar.text),) if bar.text else ()
    return element(
        "rect", *children,
        x=f"{start:.1f}", y=top + 4, width=f"{width:.1f}", height=ROW_HEIGHT - 8, class_=f"bar {bar.hue}",
    )  # fmt: skip
