"""A time series that stays small however long the history is: what the replay's plots are drawn from."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite, nan

from attrs import define, field

from ballast.domain.kernel.errors import InvalidInput

BUCKETS_MAX = 1024
FINEST = timedelta(minutes=1)

# (time of the first sample, minimum, maximum, last); floats, because this is for plots only.
Point = tuple[datetime, float, float, float]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)


def width_for(period: timedelta) -> timedelta:
    """Return FINEST, doubled until a period takes no more than BUCKETS_MAX buckets."""
    width = FINEST
    while width * BUCKETS_MAX < period:
        width *= 2
    return width


@define
class Track:
    """One series in at most BUCKETS_MAX buckets of equal width, each with its exact minimum, maximum and last value.

    Borders are whole multiples of the width since 1970, so tracks that are fed together have the same buckets. When
    there are too many, the width doubles and neighbours merge; that is once per doubling of the history. Whoever knows
    how long it will be starts with `width_for` it.
    """

    _width: timedelta = FINEST
    _closed: list[Point] = field(init=False, factory=list[Point])
    _first: datetime = field(init=False, default=_NEVER)
    _latest: datetime = field(init=False, default=_NEVER)
    _end: datetime = field(init=False, default=_NEVER)
    _low: float = field(init=False, default=nan)
    _high: float = field(init=False, default=nan)
    _last: float = field(init=False, default=nan)

    def add(self, at: datetime, exact: float | Decimal) -> None:
        """Take in one sample; `at` is aware UTC.

        Raises InvalidInput for a time before the latest sample, and for a value that is not finite.
        """
        value = float(exact)
        if at < self._latest:
            raise InvalidInput("time of a sample", f"{self._latest} or later", str(at))
        if not isfinite(value):
            raise InvalidInput("value of a sample", "a finite number", str(value))
        self._latest = at
        if at >= self._end:
            self._start_bucket(at, value)
        elif value < self._low:
            self._low = value
        elif value > self._high:
            self._high = value
        self._last = value

    def points(self) -> list[Point]:
        """Return the buckets in order of time."""
        return [*self._closed, self._open()] if self._first > _NEVER else []

    def to_json(self) -> list[tuple[str, float, float, float]]:
        """Return the buckets with their times as ISO 8601 text."""
        return [(first.isoformat(), low, high, last) for first, low, high, last in self.points()]

    def _open(self) -> Point:
        return (self._first, self._low, self._high, self._last)

    def _start_bucket(self, at: datetime, value: float) -> None:
        if self._first > _NEVER:
            self._closed.append(self._open())
        self._first, self._low, self._high, self._last = at, value, value, value
        if len(self._closed) >= BUCKETS_MAX:
            self._coarsen()
        self._end = _EPOCH + (self._bucket(at) + 1) * self._width

    def _bucket(self, at: datetime) -> int:
        return (at - _EPOCH) // self._width

    def _coarsen(self) -> None:
        """Double the width until there is room; the open bucket takes part."""
        buckets = self.points()
        while len(buckets) > BUCKETS_MAX:
            self._width *= 2
            buckets = self._merged(buckets)
        self._first, self._low, self._high, self._last = buckets.pop()
        self._closed = buckets

    def _merged(self, points: list[Point]) -> list[Point]:
        merged: list[Point] = []
        for point in points:
            first, low, high, last = point
            if merged and self._bucket(merged[-1][0]) == self._bucket(first):
                into = merged[-1]
                merged[-1] = (into[0], min(into[1], low), max(into[2], high), last)
            else:
                merged.append(point)
        return merged
