"""Recorded candles are proved line by line, and whatever is wrong is named with file, line and field."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.recorded.folders import (
    HEADER,
    MINUTE_MS,
    START_MS,
    compress,
    line,
    lines,
    write_bars,
    write_market,
)

from ballast.adapters.recorded.bars import Bar, check, read
from ballast.domain.kernel.asset import BTC, ETH, SOL
from ballast.domain.kernel.errors import InvalidInput

DATA = Path("data/market/ohlcv")
START = datetime(2026, 3, 23, tzinfo=UTC)


def refusal(folder: Path) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        check(folder)
    return caught.value


def test_the_shipped_month_is_whole() -> None:
    info = check(DATA)
    assert (info.start, info.end) == (
        datetime(2026, 3, 23, 12, 9, tzinfo=UTC),
        datetime(2026, 4, 22, 12, 8, tzinfo=UTC),
    )
    assert {(coin.bars, coin.gaps) for coin in info.coverage.values()} == {(43_199, 0)}


def test_prices_are_read_exactly(tmp_path: Path) -> None:
    write_market(tmp_path, [line(0, ("69979.98", "70112.55", "69973.41", "70070.53"))])
    bars = list(read(check(tmp_path).series[BTC]))
    prices = (Decimal("69979.98"), Decimal("70112.55"), Decimal("69973.41"), Decimal("70070.53"))
    assert bars == [Bar(START_MS, *prices)]


def test_gzipped_files_hold_the_same_as_plain_ones(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(5)))
    plain = check(tmp_path).coverage
    for path in sorted(tmp_path.iterdir()):
        compress(path)
    assert check(tmp_path).coverage == plain


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(3)))
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(tmp_path).coverage[ETH].bars == 3


def test_a_volume_with_an_exponent_is_read(tmp_path: Path) -> None:
    write_market(tmp_path, [line(0, volume="1e-05"), line(1, volume="0E-8")])
    assert check(tmp_path).coverage[SOL].bars == 2


def test_gaps_are_allowed_and_counted(tmp_path: Path) -> None:
    write_market(tmp_path, lines((0, 1, 2, 5, 6, 17)))
    coverage = check(tmp_path).coverage[BTC]
    assert (coverage.bars, coverage.gaps, coverage.missing, coverage.longest_gap_s) == (6, 2, 12, 600)


@pytest.mark.parametrize(("interval", "minutes"), [("1m", 1), ("5m", 5), ("15m", 15), ("60m", 60), ("1h", 60)])
def test_whole_minute_intervals_up_to_an_hour_are_read(tmp_path: Path, interval: str, minutes: int) -> None:
    write_market(tmp_path, lines(range(0, 4 * minutes, minutes)), interval=interval)
    info = check(tmp_path)
    assert info.series[BTC].interval_s == 60 * minutes
    assert info.end - info.start == timedelta(minutes=4 * minutes)


def test_the_period_is_what_all_coins_cover(tmp_path: Path) -> None:
    write_bars(tmp_path, "BTC", lines(range(10)))
    write_bars(tmp_path, "ETH", lines(range(2, 12)))
    write_bars(tmp_path, "SOL", lines(range(1, 8)))
    info = check(tmp_path)
    assert (info.start, info.end) == (START + timedelta(minutes=2), START + timedelta(minutes=8))


def test_files_of_one_coin_that_follow_each_other_are_joined_by_their_times(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(10, 20)))
    write_bars(tmp_path, "BTC", lines(range(10)), tail="z_later_by_name")
    info = check(tmp_path)
    assert [bar.open_time_ms for bar in read(info.series[BTC])] == [START_MS + i * MINUTE_MS for i in range(20)]
    assert info.coverage[BTC].gaps == 0


def test_files_of_one_coin_that_overlap_are_refused_by_name(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(10)))
    write_bars(tmp_path, "BTC", lines(range(9, 20)), tail="y")
    error = refusal(tmp_path)
    assert error.field == "binance_spot_BTCUSDT_1m_x.csv, binance_spot_BTCUSDT_1m_y.csv"


@pytest.mark.parametrize(("interval", "market"), [("5m", "spot"), ("1m", "usdm")])
def test_files_of_two_kinds_are_refused_with_the_choice(tmp_path: Path, interval: str, market: str) -> None:
    write_market(tmp_path, lines(range(10)))
    other = write_bars(tmp_path, "ETH", lines((0, 5)), interval=interval, market=market)
    error = refusal(tmp_path)
    assert "binance_spot_ETHUSDT_1m_x.csv" in error.found
    assert other.name in error.found


def test_candles_of_other_coins_are_left_aside_and_named(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(3)))
    other = write_bars(tmp_path, "BNB", ["nonsense"])
    (tmp_path / "README.md").write_text("not a candle file")
    assert check(tmp_path).ignored == (other.name,)


@pytest.mark.parametrize(
    ("bad", "column", "found"),
    [
        (line(1, ("", "110", "90", "105")), "open", "''"),
        (line(1, ("100", "nan", "90", "105")), "high", "'nan'"),
        (line(1, ("100", "110", "inf", "105")), "low", "'inf'"),
        (line(1, ("100", "110", "90", "one")), "close", "'one'"),
        (line(1, ("100", "110", "90", "1_05")), "close", "'1_05'"),
        (line(1, ("100", "110", "90", " 105")), "close", "' 105'"),
        (line(1, ("0", "110", "0", "105")), "open", "0"),
        (line(1, ("100", "110", "-90", "105")), "low", "-90"),
        (line(1, ("100", "110", "101", "105")), "low", "101"),
        (line(1, ("100", "110", "106", "107")), "low", "106"),
        (line(1, ("100", "99", "90", "95")), "high", "99"),
        (line(1, ("100", "104", "90", "105")), "high", "104"),
        (line(1, volume="-1"), "volume", "-1"),
        (line(1, volume="NaN"), "volume", "'NaN'"),
        (line(0), "open_time_ms", str(START_MS)),
        (line(-1), "open_time_ms", str(START_MS - MINUTE_MS)),
        (line(1).replace("0000,", "0001,", 1), "open_time_ms", str(START_MS + MINUTE_MS + 1)),
        (line(1)[:10] + line(1)[13:], "open_time_ms", repr(str(START_MS + MINUTE_MS)[:10])),
    ],
)
def test_a_broken_value_is_refused_with_file_line_and_column(tmp_path: Path, bad: str, column: str, found: str) -> None:
    write_market(tmp_path, lines(range(3)))
    path = write_bars(tmp_path, "ETH", [line(0), bad, line(2)])
    error = refusal(tmp_path)
    assert error.field == f"{path.name} line 3 {column}"
    assert error.found == found


@pytest.mark.parametrize("bad", ["", "1774224060000,100,110,90,105", line(1) + ",7"])
def test_a_line_with_another_number_of_values_is_refused(tmp_path: Path, bad: str) -> None:
    write_market(tmp_path, lines(range(3)))
    path = write_bars(tmp_path, "SOL", [line(0), bad, line(2)])
    error = refusal(tmp_path)
    assert (error.field, error.expected) == (f"{path.name} line 3", "6 values")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(3)))
    path = write_bars(tmp_path, "SOL", [])
    path.write_text(HEADER.replace(",low", "") + "\n")
    error = refusal(tmp_path)
    assert error.field == f"{path.name} line 1"
    assert error.found.startswith("no low in ")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(3)))
    path = write_bars(tmp_path, "SOL", [])
    path.write_text("")
    error = refusal(tmp_path)
    assert (error.field, error.found) == (f"{path.name} line 1", "an empty file")


def test_a_file_without_bars_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(3)))
    path = write_bars(tmp_path, "SOL", [])
    assert refusal(tmp_path).field == path.name


def test_a_gzip_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(2000)))
    path = compress(tmp_path / "binance_spot_ETHUSDT_1m_x.csv")
    path.write_bytes(path.read_bytes()[:-40])
    error = refusal(tmp_path)
    assert error.field.startswith(f"{path.name} after line ")
    assert error.expected == "a whole gzip file"


def test_a_file_that_is_no_gzip_at_all_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(2)))
    (tmp_path / "binance_spot_ETHUSDT_1m_x.csv").rename(tmp_path / "binance_spot_ETHUSDT_1m_x.csv.gz")
    assert refusal(tmp_path).expected == "a whole gzip file"


def test_text_that_is_not_ascii_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, [line(0), line(1).replace("100", "1€0")])
    assert refusal(tmp_path).expected == "ASCII text"


def test_a_missing_coin_is_named(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(2)))
    (tmp_path / "binance_spot_SOLUSDT_1m_x.csv").unlink()
    assert "SOLUSDT" in refusal(tmp_path).expected


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere").field == str(tmp_path / "nowhere")


def test_coins_without_a_common_period_are_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(5)))
    write_bars(tmp_path, "SOL", lines(range(5, 9)))
    assert refusal(tmp_path).expected == "a period common to all coins"


def test_a_name_that_does_not_say_its_content_is_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(2)))
    (tmp_path / "prices.csv").write_text(HEADER)
    assert refusal(tmp_path).field == "prices.csv"


def test_five_minute_bars_under_a_one_minute_name_are_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(0, 50, 5)))
    error = refusal(tmp_path)
    assert error.expected == "bars 60 s apart, as the name says"
    assert error.found.startswith("300 s")


def test_one_minute_bars_under_a_five_minute_name_are_refused(tmp_path: Path) -> None:
    write_market(tmp_path, lines(range(10)), interval="5m")
    assert refusal(tmp_path).field == "binance_spot_BTCUSDT_5m_x.csv line 3 open_time_ms"


@pytest.mark.parametrize("interval", ["2h", "61m", "0m"])
def test_an_interval_outside_a_minute_to_an_hour_is_refused(tmp_path: Path, interval: str) -> None:
    write_market(tmp_path, lines(range(2)), interval=interval)
    assert refusal(tmp_path).field == f"binance_spot_BTCUSDT_{interval}_x.csv"


def test_memory_does_not_grow_with_the_length_of_history(tmp_path: Path) -> None:
    def peak_bytes(minutes: int) -> int:
        write_market(tmp_path, lines(range(minutes)))
        tracemalloc.start()
        try:
            check(tmp_path)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak_bytes(4000) < peak_bytes(500) + 20_000


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="0123456789.,-+eE_ nNaAiIfF\n", max_size=60))
def test_no_text_is_read_as_a_candle_that_is_none(tmp_path: Path, text: str) -> None:
    """Whatever stands in a line, it is refused or it is a possible candle."""
    write_market(tmp_path, [line(0)])
    write_bars(tmp_path, "BTC", [text])
    try:
        info = check(tmp_path)
    except InvalidInput:
        return
    for bar in read(info.series[BTC]):
        assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
