"""Line charts show what is there, at the right place, and hide no peak."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.bootstrap.replay.builders import END, START, Page, parse

from ballast.bootstrap.replay.plot import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Chart,
    Level,
    Line,
    line_chart,
    spread,
)
from ballast.bootstrap.replay.series import Point
from ballast.domain.kernel.errors import InvalidInput

HOUR = timedelta(hours=1)


def points(*values: float, width: float = 0) -> list[Point]:
    return [(START + index * HOUR, value - width, value + width, value) for index, value in enumerate(values)]


def draw(*lines: list[Point], levels: tuple[Level, ...] = (), band: list[Point] | None = None, hours: int = 10) -> Page:
    named = tuple(Line(f"line{index}", line, "blue") for index, line in enumerate(lines))
    return parse(line_chart(Chart("Title", "BTC", START, START + hours * HOUR, named, levels, band or [])))


def places(page: Page, name: str, class_: str) -> list[list[tuple[float, float]]]:
    drawn = (element.attributes["points"] or "" for element in page.all(name, class_))
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())] for text in drawn]


@given(st.lists(st.floats(0, 100), max_size=8), st.floats(1, 20))
def test_labels_end_up_apart_in_their_order_and_inside(wanted: list[float], gap: float) -> None:
    given_room = (len(wanted) - 1) * gap <= 100
    made = spread(wanted, gap, 0, 100)
    ranked = sorted(range(len(wanted)), key=lambda index: wanted[index])
    assert all(made[after] - made[before] >= gap - 1e-9 for before, after in pairwise(ranked))
    assert not given_room or all(-1e-9 <= place <= 100 + 1e-9 for place in made)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([50, 10, 90], 14, 0, 100) == [50, 10, 90]


def test_a_curve_goes_from_edge_to_edge_through_every_bucket() -> None:
    page = draw(points(1, 3, 2), hours=2)
    curve = places(page, "polyline", "curve")[0]
    assert [x for x, _ in curve] == [LEFT, (LEFT + WIDTH - RIGHT) / 2, WIDTH - RIGHT]
    low, high, middle = (y for _, y in curve)
    assert TOP < high < middle < low < HEIGHT - BOTTOM
    assert middle == pytest.approx((low + high) / 2, abs=0.1)


def test_the_envelope_reaches_from_minimum_to_maximum_around_the_curve() -> None:
    page = draw(points(10, 12, width=1))
    (envelope,), (curve,) = places(page, "polygon", "envelope"), places(page, "polyline", "curve")
    upper, lower = envelope[:2], envelope[:1:-1]
    assert all(top[1] < drawn[1] < bottom[1] for top, drawn, bottom in zip(upper, curve, lower, strict=True))


def test_a_series_without_spread_has_no_envelope() -> None:
    assert not draw(points(10, 12)).all("polygon", "envelope")


def test_a_level_is_drawn_where_a_curve_of_that_value_would_be() -> None:
    page = draw(points(0.95, 0.88), levels=(Level(0.88, "floor 0.88"),))
    level = page.all("line", "level")[0]
    assert float(level.attributes["y1"] or "") == places(page, "polyline", "curve")[0][1][1]
    assert "floor 0.88" in page.texts("text", "label")


def test_levels_outside_the_data_widen_the_axis() -> None:
    page = draw(points(1.2, 1.3), levels=(Level(0.88, "floor"),))
    assert TOP < float(page.all("line", "level")[0].attributes["y1"] or "") < HEIGHT - BOTTOM


def test_lines_are_named_at_their_ends_with_their_last_value() -> None:
    page = draw(points(1.01, 1.02), points(1.03, 1.04))
    assert page.texts("text", "label") == ["line0 1.020", "line1 1.040"]


def test_a_rare_peak_is_cut_off_and_written_where_it_was() -> None:
    page = draw(points(*[1.0, 1.1] * 49, 55.0, 1.0), hours=100)
    assert page.texts("text", "peak") == ["▲ 55.000"]
    shown = [y for _, y in places(page, "polyline", "curve")[0]]
    assert min(shown) == TOP
    assert max(shown) - sorted(shown)[1] > 50
    peak = page.all("text", "peak")[0]
    assert float(peak.attributes["x"] or "") == pytest.approx(LEFT + 0.98 * (WIDTH - RIGHT - LEFT), abs=0.1)


def test_a_rare_dip_is_cut_off_and_written_where_it_was() -> None:
    assert draw(points(*[1.0, 1.1] * 49, -55.0, 1.0), hours=100).texts("text", "peak") == ["▼ -55.000"]


def test_what_is_not_rare_is_shown_whole() -> None:
    page = draw(points(*[0.0] * 10, *[10.0, 10.2] * 45), hours=100)
    assert not page.texts("text", "peak")


def test_a_flat_series_is_drawn_in_the_middle() -> None:
    page = draw(points(7, 7, 7))
    assert {y for _, y in places(page, "polyline", "curve")[0]} == {(TOP + HEIGHT - BOTTOM) / 2}


def test_a_flat_series_with_one_other_value_shows_both() -> None:
    page = draw(points(*[7.0] * 99, 8.0), hours=100)
    assert len({y for _, y in places(page, "polyline", "curve")[0]}) == 2
    assert not page.texts("text", "peak")


def test_the_band_is_symmetric_around_zero() -> None:
    page = draw(points(0, 0, 0), levels=(Level(0, "zero"),), band=points(100, 200, 150))
    upper, lower = places(page, "polyline", "edge")
    zero = float(page.all("line", "level")[0].attributes["y1"] or "")
    assert all(
        above[1] + below[1] == pytest.approx(2 * zero, abs=0.3) for above, below in zip(upper, lower, strict=True)
    )
    assert "band" in page.texts("text", "tick")


def test_shades_are_seen_however_short_they_are() -> None:
    chart = Chart("Title", "BTC", START, END, (Line("a", points(1, 2), "blue"),), shades=((START, START),))
    assert [element.attributes["d"] for element in parse(line_chart(chart)).all("path", "shade")] == [
        f"M62.0,{TOP}h1.5v{HEIGHT - TOP - BOTTOM}h-1.5z"
    ]


def test_the_readout_carries_times_and_values() -> None:
    page = draw(points(1.25, 1.75, width=0.25), hours=1)
    data = json.loads(page.texts("script")[0])
    assert data["t"] == [START.timestamp(), (START + HOUR).timestamp()]
    assert data["lines"] == [
        {"name": "line0", "dt": [0, 3600], "last": [1.25, 1.75], "low": [1.0, 1.5], "high": [1.5, 2.0]}
    ]


def test_a_name_cannot_end_the_readout() -> None:
    chart = Chart("Title", "BTC", START, END, (Line("</script><b>", points(1, 2), "blue"),))
    page = parse(line_chart(chart))
    assert not page.all("b")
    assert json.loads(page.texts("script")[0])["lines"][0]["name"] == "</script><b>"


def test_nothing_recorded_is_said() -> None:
    assert parse(line_chart(Chart("Title", "BTC", START, END, (Line("a", [], "blue"),)))).texts("p") == [
        "Nothing was recorded."
    ]


def test_a_period_without_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="period: expected an end after its start"):
        line_chart(Chart("Title", "BTC", START, START, (Line("a", points(1), "blue"),)))
