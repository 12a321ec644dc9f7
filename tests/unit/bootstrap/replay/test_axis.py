"""Ticks are round, few, and inside what is shown."""

from datetime import UTC, datetime, timedelta
from math import isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ballast.bootstrap.replay.axis import Scale, duration_text, time_ticks, value_ticks


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(3, 10))
def test_value_ticks_are_evenly_spaced_inside_the_range(low: float, size: float, count_max: int) -> None:
    high = low + size
    assume(size > abs(low) * 1e-6)
    ticks = value_ticks(low, high, count_max)
    assert 1 <= len(ticks.values) <= count_max + 1
    slack = size * 1e-6
    assert all(low - slack <= value <= high + slack for value in ticks.values)
    steps = {f"{second - first:.5e}" for first, second in zip(ticks.values, ticks.values[1:], strict=False)}
    assert all(text[0] in "1259" for text in steps)
    assert len({f"{value:.{ticks.places}f}" for value in ticks.values}) == len(ticks.values)


@pytest.mark.parametrize(
    ("low", "high", "values", "places", "fine_places"),
    [
        (0.9, 3.1, (1.0, 1.5, 2.0, 2.5, 3.0), 1, 2),
        (-1_300, 1_250, (-1_000, 0, 1_000), 0, 0),
        (0.9991, 1.0069, (1.0, 1.002, 1.004, 1.006), 3, 4),
        (-1, 16, (0, 5, 10, 15), 0, 1),
    ],
)
def test_value_ticks_are_the_round_numbers_a_person_would_take(
    low: float, high: float, values: tuple[float, ...], places: int, fine_places: int
) -> None:
    ticks = value_ticks(low, high, 5)
    assert (ticks.values, ticks.places, ticks.fine_places) == (values, places, fine_places)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.integers(1, 50 * 366 * 86_400),
    st.integers(3, 12),
)
def test_time_ticks_are_few_ascending_and_inside_the_period(begins: datetime, span_s: int, count_max: int) -> None:
    ends = begins + timedelta(seconds=span_s)
    times = [time for time, _ in time_ticks(begins, ends, count_max)]
    assert len(times) <= count_max + 1
    assert times == sorted(set(times))
    assert all(begins <= time <= ends for time in times)


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (timedelta(days=30), ["27 Mar", "1 Apr", "6 Apr", "11 Apr", "16 Apr", "21 Apr"]),
        (timedelta(days=2), ["24 Mar", "12:00", "25 Mar", "12:00"]),
        (timedelta(seconds=10), ["12:09:00", "12:09:02", "12:09:04", "12:09:06", "12:09:08", "12:09:10"]),
        (timedelta(hours=3), ["12:30", "13:00", "13:30", "14:00", "14:30", "15:00"]),
        (timedelta(days=250), ["May 2026", "Jul 2026", "Sep 2026", "Nov 2026"]),
        (timedelta(days=250 * 12), ["Jan 2028", "Jan 2030", "Jan 2032", "Jan 2034"]),
    ],
)
def test_time_labels_are_as_coarse_as_the_period_asks(span: timedelta, labels: list[str]) -> None:
    begins = datetime(2026, 3, 23, 12, 9, tzinfo=UTC)
    assert [text for _, text in time_ticks(begins, begins + span, 6)] == labels


def test_weeks_start_on_mondays() -> None:
    begins = datetime(2026, 3, 23, 12, 9, tzinfo=UTC)
    times = [time for time, _ in time_ticks(begins, begins + timedelta(days=40), 6)]
    assert {time.isoweekday() for time in times} == {1}


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(-1e7, 1e7))
def test_a_scale_never_draws_outside_its_edges(low: float, size: float, value: float) -> None:
    drawn = Scale(low, low + size, 100, 20).at(value)
    assert 20 - 1e-9 <= drawn <= 100 + 1e-9


def test_a_scale_is_linear_between_its_edges() -> None:
    scale = Scale(-1, 3, 200, 0)
    assert [scale.at(value) for value in (-1, 0, 3)] == [200, 150, 0]
    assert isclose(scale.at(1), 100)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (5_400, "1 h 30 min"), (90_061, "1 d 1 h"), (86_400, "1 d")],
)
def test_durations_are_told_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == text
