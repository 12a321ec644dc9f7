"""A track keeps extremes exactly in bounded memory."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.bootstrap.replay.builders import START, wave

from ballast.bootstrap.replay import series
from ballast.bootstrap.replay.series import BUCKETS_MAX, Point, Track
from ballast.domain.kernel.errors import InvalidInput

Sample = tuple[datetime, float]
_FAR = START + timedelta(days=10_000)


def track_of(samples: list[Sample]) -> Track:
    track = Track()
    for at, value in samples:
        track.add(at, value)
    return track


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    gaps_s = draw(st.lists(st.integers(0, 400) | st.integers(0, 90_000), min_size=1, max_size=120))
    samples: list[Sample] = []
    at = START
    for gap in gaps_s:
        at += timedelta(seconds=gap)
        samples.append((at, draw(st.floats(-1e9, 1e9))))
    return samples


def summary(samples: list[Sample]) -> Point:
    values = [value for _, value in samples]
    return (samples[0][0], min(values), max(values), values[-1])


@settings(deadline=None)
@given(histories(), st.integers(1, 12))
def test_every_bucket_has_the_exact_minimum_maximum_and_last_of_its_samples(
    samples: list[Sample], buckets_max: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "BUCKETS_MAX", buckets_max)
        points = track_of(samples).points()
    assert 1 <= len(points) <= buckets_max
    borders = [*(point[0] for point in points), _FAR]
    for point, (start, end) in zip(points, pairwise(borders), strict=True):
        assert point == summary([sample for sample in samples if start <= sample[0] < end])


def test_a_month_of_minutes_fills_between_half_and_all_of_the_buckets() -> None:
    assert BUCKETS_MAX / 2 < len(wave(43_200).points()) <= BUCKETS_MAX


def test_a_history_of_fifty_years_takes_no_more_room_than_a_month() -> None:
    points = wave(2_000, timedelta(days=10)).points()
    assert len(points) <= BUCKETS_MAX
    assert points[0][0] == START


def test_few_samples_stay_apart_by_the_minute() -> None:
    samples = [(START + timedelta(minutes=index), float(index)) for index in range(BUCKETS_MAX)]
    assert track_of(samples).points() == [(at, value, value, value) for at, value in samples]


def test_a_bucket_of_a_long_track_starts_where_one_of_a_shorter_track_starts() -> None:
    full, late = wave(5_000), track_of([(START + timedelta(minutes=index), 1.0) for index in range(1_000, 5_000)])
    starts = [point[0] for point in late.points()]
    shared = [point[0] for point in full.points() if point[0] > starts[0]]
    assert len(starts) > len(shared) > 100
    assert set(shared) <= set(starts)


def test_a_track_without_samples_has_no_points() -> None:
    assert Track().points() == []
    assert Track().to_json() == []


def test_json_carries_iso_times() -> None:
    track = track_of([(START, 2.5), (START, 1.5), (START, 2.0)])
    assert track.to_json() == [("2026-03-23T12:09:00+00:00", 1.5, 2.5, 2.0)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(InvalidInput, match="a finite number"):
        Track().add(START, value)


def test_a_sample_before_the_latest_is_refused_and_changes_nothing() -> None:
    track = track_of([(START, 1.0)])
    with pytest.raises(InvalidInput, match="time of a sample"):
        track.add(START - timedelta(microseconds=1), 9.0)
    assert track.points() == [(START, 1.0, 1.0, 1.0)]


def test_buckets_start_at_whole_multiples_of_their_width() -> None:
    starts = [point[0] for point in wave(43_200).points()][1:]
    midnight = datetime(1970, 1, 1, tzinfo=UTC)
    assert {(start - midnight) % timedelta(minutes=64) for start in starts} == {timedelta(0)}
