"""In the simulated world everything due happens in time order, whoever asks first."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from attrs import evolve
from tests.unit.adapters.simulator.worlds import SETTINGS, START, build

from ballast.domain.kernel.errors import InvariantError

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


Noted = tuple[str, datetime]


def _note(seen: list[Noted], name: str, now: datetime) -> None:
    seen.append((name, now))


def test_what_is_due_happens_in_time_order_and_at_its_own_time() -> None:
    built, seen = build(), list[Noted]()
    for name, seconds in (("late", 30), ("early", 10), ("never", 61)):
        built.world.schedule(START + seconds * SECOND, partial(_note, seen, name))
    built.world.advance(START + MINUTE)
    assert seen == [("early", START + 10 * SECOND), ("late", START + 30 * SECOND)]


def test_of_two_things_due_together_the_one_scheduled_first_comes_first() -> None:
    built, seen = build(), list[Noted]()
    for number in range(20):
        built.world.schedule(START + SECOND, partial(_note, seen, str(number)))
    built.world.advance(START + SECOND)
    assert [int(number) for number, _ in seen] == list(range(20))


def test_what_happens_may_cause_something_that_is_due_at_once() -> None:
    built, seen = build(), list[str]()
    built.world.schedule(START + SECOND, lambda now: built.world.schedule(now, lambda _: seen.append("then")))
    built.world.advance(START + SECOND)
    assert seen == ["then"]


def test_the_prices_of_a_minute_come_before_what_is_due_on_it() -> None:
    built, seen = build(), list[int]()
    built.world.schedule(START + MINUTE, lambda _: seen.append(len(built.venue.minutes)))
    built.world.advance(START + MINUTE)
    assert seen == [1]


def test_a_part_is_told_of_every_whole_minute_once() -> None:
    built = build(start=START + 20 * SECOND)
    for seconds in (39, 1, 1, 179, 3600):
        built.wait(seconds)
        built.world.call("transit", "total", "nothing")
    assert built.venue.minutes == [START + minute * MINUTE for minute in range(1, len(built.venue.minutes) + 1)]
    assert built.venue.minutes[-1] == START + 64 * MINUTE


def test_a_call_gets_the_present_as_its_first_argument() -> None:
    built = build()
    built.wait(7)
    assert built.world.now == START + 7 * SECOND
    assert built.world.call("prices", "read")[next(iter(built.market.prices))].time == START + 7 * SECOND


def test_the_world_does_not_go_back() -> None:
    built = build()
    built.world.advance(START + MINUTE)
    assert built.world.now == START + MINUTE
    with pytest.raises(InvariantError, match="cannot go back"):
        built.world.advance(START)


def test_each_part_has_its_own_stream_of_chance() -> None:
    first, second = build(seed=5), build(seed=5)
    first.world.rng("venue").random()
    assert first.world.rng("vault").random() == second.world.rng("vault").random()
    assert first.world.rng("vault").random() != first.world.rng("venue").random()
    assert first.world.rng("vault").random() != build(seed=6).world.rng("vault").random()


async def test_a_call_takes_as_long_as_the_part_is_set_to() -> None:
    built = build(evolve(SETTINGS, latency_ms={"pool": 250}))
    await built.world.latency("pool")
    await built.world.latency("vault")
    assert built.clock.now() == START + timedelta(milliseconds=250)


def test_what_fails_when_it_is_due_does_not_happen_again() -> None:
    built, seen = build(), list[str]()

    def fail(_now: datetime) -> None:
        seen.append("failed")
        raise InvariantError("broken")

    built.world.schedule(START + SECOND, fail)
    with pytest.raises(InvariantError, match="broken"):
        built.world.advance(START + MINUTE)
    built.world.advance(START + MINUTE)
    assert seen == ["failed"]
