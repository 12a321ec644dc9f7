"""The recorded market is a price path: a function of the moment, whatever was asked before."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.recorded.folders import COINS, START_MS, line, write_bars, write_funding, write_market

from ballast.adapters.recorded.bars import check
from ballast.adapters.recorded.funding import load
from ballast.adapters.recorded.market import WINDOW_S, RecordedMarket
from ballast.domain.kernel.asset import BTC, ETH, JLP, SOL
from ballast.domain.kernel.errors import InvalidInput

START = datetime(2026, 3, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RISING = ("100", "110", "90", "105")
FALLING = ("105", "110", "90", "100")


def market_of(folder: Path, rows: list[str], interval: str = "1m") -> RecordedMarket:
    write_market(folder, rows, interval=interval)
    for coin in COINS:
        write_funding(folder / "funding", coin, [f"{START_MS},0.0003"])
    info = check(folder)
    return RecordedMarket.open(info, load(folder / "funding", info.start, info.end), Decimal("0.9998"))


@pytest.fixture(autouse=True)
def _funding_folder(tmp_path: Path) -> None:
    (tmp_path / "funding").mkdir()


def pair(low: int | str, high: int | str) -> tuple[Decimal, Decimal]:
    return Decimal(low), Decimal(high)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_on_the_minute_a_one_minute_bar_gives_its_open(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0, RISING), line(1, ("106", "120", "106", "119"))])
    assert [market.price(BTC, at(minute)) for minute in (0, 1)] == [100, 106]


def test_a_rising_bar_goes_by_its_low_to_its_high(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0, RISING)])
    assert [market.price(BTC, at(minute / 60)) for minute in (0, 10, 20, 30, 40, 60)] == [100, 95, 90, 100, 110, 105]


def test_a_falling_bar_goes_by_its_high_to_its_low(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0, FALLING)])
    assert [market.price(BTC, at(minute / 60)) for minute in (0, 20, 40, 60)] == [105, 110, 90, 100]


def test_stepping_by_minutes_meets_both_extremes_of_a_five_minute_bar(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0, FALLING), line(5, ("101", "101", "101", "101"))], "5m")
    found = [market.price(SOL, at(minute)) for minute in range(6)]
    assert [found[0], found[1], found[4], found[5]] == [105, 110, 90, 101]
    assert found[2] == Decimal("103.33333333")


@pytest.mark.parametrize("interval", [3, 5, 15, 30, 60])
def test_stepping_by_minutes_meets_both_extremes_of_every_longer_bar(tmp_path: Path, interval: int) -> None:
    market = market_of(tmp_path, [line(0, RISING)], f"{interval}m")
    found = [market.price(ETH, at(minute)) for minute in range(interval)]
    assert {90, 110} <= set(found)


def test_inside_a_gap_the_price_keeps_the_time_of_the_last_close(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0), line(10), line(11)])
    assert market.reading(BTC, at(7)) == (Decimal(105), at(1))
    assert market.reading(BTC, at(10)) == (Decimal(100), at(10))


def test_after_the_end_the_price_keeps_the_time_of_the_last_close(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0)])
    assert market.reading(BTC, at(1)) == (Decimal(105), at(1))
    assert market.reading(BTC, at(90)) == (Decimal(105), at(1))


def test_before_the_first_bar_there_is_no_price(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0)])
    assert market.price(BTC, at(-1)) is None
    assert market.extremes(BTC, at(-2), at(-1)) is None


def test_a_thing_that_was_not_recorded_has_no_price(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0)])
    assert market.reading(JLP, START) is None
    assert market.extremes(JLP, START, at(1)) is None


def test_questions_may_go_back_within_the_window_only(tmp_path: Path) -> None:
    minutes = WINDOW_S // 60
    market = market_of(tmp_path, [line(minute) for minute in range(minutes + 5)])
    market.price(BTC, at(minutes + 4))
    assert market.price(BTC, at(5)) == 100
    with pytest.raises(InvalidInput, match="time of a BTC price"):
        market.price(BTC, at(1))


def test_extremes_of_whole_bars_are_their_lows_and_highs(tmp_path: Path) -> None:
    market = market_of(
        tmp_path, [line(0, RISING), line(1, ("105", "130", "104", "120")), line(2, ("80", "81", "79", "80"))]
    )
    assert market.extremes(BTC, START, at(1)) == pair(90, 110)
    assert market.extremes(BTC, START, at(2)) == pair(80, 130)
    assert market.extremes(BTC, at(1), at(2)) == pair(80, 130)


def test_extremes_within_a_bar_are_those_of_the_path(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0, RISING)], "5m")
    assert market.extremes(BTC, START, START + MINUTE / 2) == pair(95, 100)
    assert market.extremes(BTC, at(1), at(4)) == pair(90, 110)
    assert market.extremes(BTC, at(4.5), at(9)) == pair(105, "107.5")


def test_extremes_inside_a_gap_are_the_last_close(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0), line(10), line(11)])
    assert market.extremes(BTC, at(3), at(9)) == pair(105, 105)
    assert market.extremes(BTC, at(3), at(10)) == pair(100, 105)


def test_extremes_of_a_span_that_ends_before_it_begins_are_refused(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0)])
    with pytest.raises(InvalidInput, match="until"):
        market.extremes(BTC, at(1), START)


def test_funding_and_the_price_of_usdc_come_with_the_market(tmp_path: Path) -> None:
    market = market_of(tmp_path, [line(0)])
    assert market.funding_rate(ETH, START) == Decimal("0.0003")
    assert market.funding_rate(ETH, at(10)) is None
    assert market.usdc_usd() == Decimal("0.9998")


def test_a_file_that_lost_its_bars_since_the_check_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, [line(0)])
    for coin in COINS:
        write_funding(tmp_path / "funding", coin, [f"{START_MS},0.0003"])
    info = check(tmp_path)
    history = load(tmp_path / "funding", info.start, info.end)
    write_bars(tmp_path, "SOL", [])
    with pytest.raises(InvalidInput, match="at least one bar"):
        RecordedMarket.open(info, history)


def test_memory_does_not_grow_with_the_length_of_history(tmp_path: Path) -> None:
    def peak_bytes(minutes: int) -> int:
        market = market_of(tmp_path, [line(minute) for minute in range(minutes)])
        tracemalloc.start()
        try:
            for minute in range(minutes):
                market.price(BTC, at(minute))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak_bytes(3000) < peak_bytes(300) + 20_000


@st.composite
def candles(draw: st.DrawFn) -> list[str]:
    """Possible one-minute bars, some minutes left out, the last two together."""
    minutes = [*sorted(draw(st.sets(st.integers(0, 30), max_size=12))), 31, 32]
    cents = st.integers(1, 10_000)
    rows: list[str] = []
    for minute in minutes:
        low, first, second, high = sorted(draw(st.tuples(cents, cents, cents, cents)))
        opened, closed = (first, second) if draw(st.booleans()) else (second, first)
        rows.append(line(minute, tuple(str(Decimal(price) / 100) for price in (opened, high, low, closed))))
    return rows


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=candles(), seconds=st.lists(st.integers(0, 2400), min_size=2, max_size=20))
def test_the_price_depends_on_the_moment_alone(tmp_path: Path, rows: list[str], seconds: list[int]) -> None:
    moments = [START + timedelta(seconds=second) for second in seconds]
    market = market_of(tmp_path, rows)
    in_any_order = [market.reading(BTC, moment) for moment in moments]
    again = market_of(tmp_path, rows)
    in_time_order = {moment: again.reading(BTC, moment) for moment in sorted(moments)}
    assert in_any_order == [in_time_order[moment] for moment in moments]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=candles(), seconds=st.tuples(st.integers(0, 2400), st.integers(0, 2400), st.integers(0, 2400)))
def test_every_price_of_a_span_lies_between_its_extremes(
    tmp_path: Path, rows: list[str], seconds: tuple[int, int, int]
) -> None:
    since, between, until = (START + timedelta(seconds=second) for second in sorted(seconds))
    market = market_of(tmp_path, rows)
    extremes, price = market.extremes(BTC, since, until), market.price(BTC, between)
    if price is not None:
        assert extremes is not None
        assert extremes[0] <= price <= extremes[1]
