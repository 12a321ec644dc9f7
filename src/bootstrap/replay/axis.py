"""Scales and round ticks for values and for time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10

from attrs import frozen

_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_TIME_STEPS = (
    *(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 5, 7, 14)),
)
_MONTH_STEPS = (1, 2, 3, 6)
_YEAR = 12
_ROUND = (1.0, 2.0, 5.0, 10.0)


@frozen
class Scale:
    """A linear map of [low, high] (low < high) to drawing units; what lies outside is drawn at the edge."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is drawn."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)


@frozen
class Ticks:
    """Round values inside a range, and the decimal places that tell them apart; `fine_places` tell tenths apart."""

    values: tuple[float, ...]
    places: int
    fine_places: int


def value_ticks(low: float, high: float, count_max: int) -> Ticks:
    """Return at most `count_max` + 1 multiples of 1, 2 or 5 times a power of ten in [low, high] (low < high)."""
    rough = (high - low) / count_max
    power = 10.0 ** floor(log10(rough))
    step = power * next(factor for factor in _ROUND if factor * power >= rough * (1 - 1e-9))
    magnitude = floor(log10(step) + 1e-9)
    places = max(0, -magnitude)
    indices = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
    return Ticks(tuple(round(index * step, places) for index in indices), places, max(0, 1 - magnitude))


def time_ticks(begins: datetime, ends: datetime, count_max: int) -> Sequence[tuple[datetime, str]]:
    """Return round UTC moments in [begins, ends] with their labels, about `count_max` at most."""
    span = ends - begins
    for step in _TIME_STEPS:
        if span <= step * count_max:
            return [(time, _label(time, step)) for time in _multiples(begins, ends, step)]
    return [(time, f"{time:%b %Y}") for time in _months(begins, ends, count_max)]


def _multiples(begins: datetime, ends: datetime, step: timedelta) -> Iterator[datetime]:
    """Yield multiples counted from a Monday, so that weeks start on one."""
    time = _MONDAY - (_MONDAY - begins) // step * step
    while time <= ends:
        yield time
        time += step


def _label(time: datetime, step: timedelta) -> str:
    at_midnight = not (time - _MONDAY) % _DAY
    if step >= _DAY or at_midnight:
        return day_text(time)
    return f"{time:%H:%M}" if step >= _MINUTE else f"{time:%H:%M:%S}"


def _months(begins: datetime, ends: datetime, count_max: int) -> Iterator[datetime]:
    first, last = begins.year * _YEAR + begins.month, ends.year * _YEAR + ends.month - 1
    months = last - first + 1
    years = ceil(months / _YEAR / count_max) * _YEAR
    step = next((step for step in _MONTH_STEPS if months <= step * count_max), years)
    for index in range(-(-first // step) * step, last + 1, step):
        yield datetime(index // _YEAR, index % _YEAR + 1, 1, tzinfo=UTC)


def day_text(time: datetime) -> str:
    """Return a day as "7 Apr"."""
    return f"{time.day} {time:%b}"


def duration_text(duration: timedelta) -> str:
    """Return a duration in its two largest units, as "3 h 20 min"."""
    seconds = round(duration.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    parts = [f"{count} {unit}" for count, unit in units if count]
    return " ".join(parts[:2]) or "0 s"
