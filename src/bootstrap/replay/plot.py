"""Line charts as inline SVG: complete without a script, readable at a glance."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from attrs import frozen

from ballast.bootstrap.replay.axis import Scale, Ticks, time_ticks, value_ticks
from ballast.bootstrap.replay.markup import Markup, element, join
from ballast.bootstrap.replay.series import Point
from ballast.domain.kernel.errors import InvalidInput

# Drawing units; the page shows one unit as about one pixel.
WIDTH, HEIGHT = 640, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 136, 26, 26
LABEL_GAP = 14
TIME_TICKS_MAX = 6
VALUE_TICKS_MAX = 5
SHADE_WIDTH_MIN = 1.5
_PADDING = 0.06
# A peak beyond the range of the middle 96 % by more than three times its size is cut off and written at the edge.
_TAIL = 0.02
_PEAK = 3.0
_KEPT_OF_PEAK = 0.15
_FLAT = 0.01


@frozen
class Line:
    """One curve: the last value of each bucket, with a light envelope from minimum to maximum.

    `hue` names CSS classes: a colour, and `dashed`.
    """

    name: str
    points: Sequence[Point]
    hue: str


@frozen
class Level:
    """A horizontal line to compare with."""

    value: float
    label: str


@frozen
class Chart:
    """A line chart over [begins, ends]; `band` is a series drawn as the zone from minus to plus its last values.

    `shades` are spans of time to set apart.
    """

    title: str
    unit: str
    begins: datetime
    ends: datetime
    lines: tuple[Line, ...]
    levels: tuple[Level, ...] = ()
    band: Sequence[Point] = ()
    shades: Sequence[tuple[datetime, datetime]] = ()


@frozen
class _Frame:
    x: Scale
    y: Scale
    ticks: Ticks

    def time(self, time: datetime) -> float:
        return self.x.at(time.timestamp())

    def text(self, value: float) -> str:
        """Write a value one digit finer than the ticks."""
        return _number_text(value, self.ticks.fine_places)


def line_chart(chart: Chart) -> Markup:
    """Draw a chart; raises InvalidInput for a period without length. Lines without points are left out."""
    if chart.begins >= chart.ends:
        raise InvalidInput("period", "an end after its start", f"{chart.begins} to {chart.ends}")
    lines = [line for line in chart.lines if line.points]
    if not lines:
        return element("p", "Nothing was recorded.")
    frame = _frame(chart, lines)
    svg = element(
        "svg",
        element("text", chart.unit, x=LEFT, y=11),
        *_shades(chart, frame),
        *_grid(chart, frame),
        *_band(chart, frame),
        *(_envelope(line, frame) for line in lines),
        *_levels(chart, frame),
        *(_curve(line, frame) for line in lines),
        *_labels(chart, lines, frame),
        *_peaks(lines, frame),
        viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=chart.title,
    )  # fmt: skip
    return join(element("div", svg, class_="scroll"), _readout(chart, lines, frame))


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move places apart until neighbours are `gap` from each other, inside [low, high] if there is room.

    Returns the new places in the order they were given; who was above stays above.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved: list[float] = []
    for index in order:
        moved.append(max(places[index], low, moved[-1] + gap if moved else low))
    edge = high
    for rank in reversed(range(len(moved))):
        moved[rank] = min(moved[rank], edge)
        edge = moved[rank] - gap
    result = [0.0] * len(places)
    for rank, index in enumerate(order):
        result[index] = moved[rank]
    return result


def _frame(chart: Chart, lines: Sequence[Line]) -> _Frame:
    low, high = _value_range(chart, lines)
    padding = (high - low) * _PADDING
    y = Scale(low - padding, high + padding, HEIGHT - BOTTOM, TOP)
    x = Scale(chart.begins.timestamp(), chart.ends.timestamp(), LEFT, WIDTH - RIGHT)
    return _Frame(x, y, value_ticks(y.low, y.high, VALUE_TICKS_MAX))


def _value_range(chart: Chart, lines: Sequence[Line]) -> tuple[float, float]:
    """Return the range to show: everything, unless rare peaks would flatten the rest."""
    shown = [level.value for level in chart.levels]
    shown += [side * point[3] for point in chart.band for side in (-1, 1)]
    lows = sorted(point[1] for line in lines for point in line.points)
    highs = sorted(point[2] for line in lines for point in line.points)
    tail = int(len(lows) * _TAIL)
    low, high = min([lows[tail], *shown]), max([highs[-1 - tail], *shown])
    least, most = min(low, lows[0]), max(high, highs[-1])
    if least == most:
        room = abs(low) * _FLAT or 1.0
        return low - room, high + room
    size = high - low or most - least
    return low - _kept(low - least, size), high + _kept(most - high, size)


def _kept(excess: float, size: float) -> float:
    return excess if excess <= size * _PEAK else size * _KEPT_OF_PEAK


def _grid(chart: Chart, frame: _Frame) -> Iterator[Markup]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for value in frame.ticks.values:
        y = f"{frame.y.at(value):.1f}"
        yield element("line", x1=LEFT, x2=right, y1=y, y2=y, class_="rule")
        yield element("text", _number_text(value, frame.ticks.places), x=LEFT - 7, y=y, dy=".32em", class_="tick end")
    for time, text in time_ticks(chart.begins, chart.ends, TIME_TICKS_MAX):
        x = f"{frame.time(time):.1f}"
        yield element("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, class_="rule")
        yield element("text", text, x=x, y=bottom + 18, class_="tick middle")


def _shades(chart: Chart, frame: _Frame) -> Iterator[Markup]:
    """Draw the spans as one path, so that overlapping ones are not darker and many stay small."""
    spans = [(frame.time(begins), frame.time(ends)) for begins, ends in chart.shades]
    widths = [(start, max(end - start, SHADE_WIDTH_MIN)) for start, end in spans]
    height = HEIGHT - BOTTOM - TOP
    outline = "".join(f"M{start:.1f},{TOP}h{width:.1f}v{height}h-{width:.1f}z" for start, width in widths)
    if outline:
        yield element("path", d=outline, class_="shade")


def _band(chart: Chart, frame: _Frame) -> Iterator[Markup]:
    if chart.band:
        upper = [_place(frame, point[0], point[3]) for point in chart.band]
        lower = [_place(frame, point[0], -point[3]) for point in chart.band]
        yield element("polygon", points=" ".join([*upper, *reversed(lower)]), class_="band")
        for edge in (upper, lower):
            yield element("polyline", points=" ".join(edge), class_="edge")
        widest = max(chart.band, key=lambda point: point[3])
        x, y = frame.time(widest[0]), frame.y.at(widest[3]) - 5
        yield element("text", "band", x=f"{x:.1f}", y=f"{y:.1f}", class_=f"tick {_inward(x)}")


def _envelope(line: Line, frame: _Frame) -> Markup:
    if all(low == high for _, low, high, _ in line.points):
        return Markup()
    upper = [_place(frame, time, high) for time, _, high, _ in line.points]
    lower = [_place(frame, time, low) for time, low, _, _ in line.points]
    return element("polygon", points=" ".join([*upper, *reversed(lower)]), class_=f"envelope {line.hue}")


def _curve(line: Line, frame: _Frame) -> Markup:
    places = " ".join(_place(frame, time, last) for time, _, _, last in line.points)
    return element("polyline", points=places, class_=f"curve {line.hue}")


def _place(frame: _Frame, time: datetime, value: float) -> str:
    return f"{frame.time(time):.1f},{frame.y.at(value):.1f}"


def _levels(chart: Chart, frame: _Frame) -> Iterator[Markup]:
    for level in chart.levels:
        y = f"{frame.y.at(level.value):.1f}"
        yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="level")


def _labels(chart: Chart, lines: Sequence[Line], frame: _Frame) -> Iterator[Markup]:
    """Write names and last values at the right end, beside what they name."""
    wanted = [(line.points[-1][3], f"{line.name} {frame.text(line.points[-1][3])}", line.hue) for line in lines]
    wanted += [(level.value, level.label, "quiet") for level in chart.levels]
    heights = spread([frame.y.at(value) for value, _, _ in wanted], LABEL_GAP, TOP, HEIGHT - BOTTOM)
    for (_, text, hue), y in zip(wanted, heights, strict=True):
        yield element("text", text, x=WIDTH - RIGHT + 7, y=f"{y:.1f}", dy=".32em", class_=f"label {hue}")


def _peaks(lines: Sequence[Line], frame: _Frame) -> Iterator[Markup]:
    """Write the extremes that are cut off at the place where they happened."""
    points = [point for line in lines for point in line.points]
    lowest, highest = min(points, key=lambda point: point[1]), max(points, key=lambda point: point[2])
    if lowest[1] < frame.y.low:
        yield _peak(frame, lowest[0], f"▼ {frame.text(lowest[1])}", HEIGHT - BOTTOM - 4)
    if highest[2] > frame.y.high:
        yield _peak(frame, highest[0], f"▲ {frame.text(highest[2])}", TOP + 9)


def _peak(frame: _Frame, time: datetime, text: str, y: float) -> Markup:
    x = frame.time(time)
    side = _inward(x)
    return element("text", text, x=f"{x:.1f}", y=y, dx=-5 if side == "end" else 5, class_=f"peak {side}")


def _inward(x: float) -> str:
    """Return the text anchor that keeps a text inside the plot."""
    return "end" if x > (LEFT + WIDTH - RIGHT) / 2 else "start"


def _readout(chart: Chart, lines: Sequence[Line], frame: _Frame) -> Markup:
    """Return the numbers behind the picture, which page.js shows at the pointer."""
    data = {
        "unit": chart.unit,
        "places": frame.ticks.fine_places + 1,
        "x": [LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM],
        "t": [round(frame.x.low), round(frame.x.high)],
        "lines": [_numbers(line, frame) for line in lines],
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/json">{text}</script>')


def _numbers(line: Line, frame: _Frame) -> dict[str, object]:
    """Return a line's times (seconds between neighbours, after the period's start) and values as page.js reads them."""
    places = frame.ticks.fine_places + 1
    seconds = [round(frame.x.low), *(round(point[0].timestamp()) for point in line.points)]
    numbers: dict[str, object] = {
        "name": line.name,
        "dt": [after - before for before, after in pairwise(seconds)],
        "last": [round(point[3], places) for point in line.points],
    }
    if any(point[1] != point[2] for point in line.points):
        numbers["low"] = [round(point[1], places) for point in line.points]
        numbers["high"] = [round(point[2], places) for point in line.points]
    return numbers


def _number_text(value: float, places: int) -> str:
    """Round and write with thousands apart; adding nothing turns -0 into 0."""
    return f"{round(value, places) + 0.0:,.{places}f}"
