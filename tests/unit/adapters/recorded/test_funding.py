"""Recorded funding rates: by coin and slot, and a broken line is named."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.adapters.recorded.folders import COINS, SLOT_MS, START_MS, write_funding

from ballast.adapters.recorded.funding import FundingHistory, load
from ballast.domain.kernel.asset import BTC, ETH, SOL
from ballast.domain.kernel.errors import InvalidInput

START = datetime(2026, 3, 23, tzinfo=UTC)
SLOT = timedelta(hours=8)
RATES = [f"{START_MS + slot * SLOT_MS},{rate}" for slot, rate in enumerate(("0.0001", "-2.1e-06", "0"))]


def write_all(folder: Path, rows: list[str]) -> None:
    for coin in COINS:
        write_funding(folder, coin, rows)


def load_day(folder: Path) -> FundingHistory:
    return load(folder, START, START + 2 * SLOT)


def refusal(folder: Path) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        load_day(folder)
    return caught.value


def test_the_shipped_rates_cover_the_shipped_month() -> None:
    start, end = datetime(2026, 3, 23, 12, 9, tzinfo=UTC), datetime(2026, 4, 22, 12, 8, tzinfo=UTC)
    history = load(Path("data/market/funding"), start, end)
    assert history.missing == {BTC: 0, ETH: 0, SOL: 0}
    assert len(history.rates[SOL]) == 90


def test_a_rate_is_found_at_its_slot(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    history = load_day(tmp_path)
    assert history.rate(BTC, START) == Decimal("0.0001")
    assert history.rate(BTC, START + SLOT) == Decimal("-0.0000021")


def test_a_stamp_some_milliseconds_late_belongs_to_its_slot(tmp_path: Path) -> None:
    write_all(tmp_path, [f"{START_MS + 3},0.0002"])
    assert load_day(tmp_path).rate(ETH, START + timedelta(milliseconds=9)) == Decimal("0.0002")


@pytest.mark.parametrize("minutes", [-1, 2, 240])
def test_no_rate_is_found_between_the_slots(tmp_path: Path, minutes: int) -> None:
    write_all(tmp_path, RATES)
    assert load_day(tmp_path).rate(SOL, START + SLOT + timedelta(minutes=minutes)) is None


def test_a_missing_slot_has_no_rate_and_is_counted(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    write_funding(tmp_path, "SOL", [RATES[0], RATES[2]])
    history = load_day(tmp_path)
    assert history.rate(SOL, START + SLOT) is None
    assert history.missing == {BTC: 0, ETH: 0, SOL: 1}


def test_rates_outside_the_period_are_not_kept(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    history = load(tmp_path, START + timedelta(minutes=1), START + SLOT)
    assert list(history.rates[BTC]) == [(START_MS + SLOT_MS) // SLOT_MS]


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        (f"{START_MS + SLOT_MS},nan", "funding_rate"),
        (f"{START_MS + SLOT_MS},", "funding_rate"),
        (f"{START_MS + SLOT_MS},1", "funding_rate"),
        (f"{START_MS + SLOT_MS},-1.5", "funding_rate"),
        (f"{START_MS},0.0001", "funding_time_ms"),
        (f"{START_MS - SLOT_MS},0.0001", "funding_time_ms"),
        (f"{START_MS + SLOT_MS // 2},0.0001", "funding_time_ms"),
        ("yesterday,0.0001", "funding_time_ms"),
    ],
)
def test_a_broken_value_is_refused_with_file_line_and_column(tmp_path: Path, bad: str, column: str) -> None:
    write_all(tmp_path, RATES)
    path = write_funding(tmp_path, "ETH", [RATES[0], bad])
    assert refusal(tmp_path).field == f"{path.name} line 3 {column}"


def test_two_files_with_a_rate_for_the_same_slot_are_refused(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    second = tmp_path / "binance_usdm_BTCUSDT_funding_again.csv"
    second.write_text((tmp_path / "binance_usdm_BTCUSDT_funding_8h.csv").read_text())
    assert refusal(tmp_path).expected == "funding files that do not overlap"


def test_rates_of_another_year_are_refused(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    with pytest.raises(InvalidInput, match="rates of BTC between"):
        load(tmp_path, START + timedelta(days=365), START + timedelta(days=366))


def test_a_missing_coin_is_named(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    (tmp_path / "binance_usdm_ETHUSDT_funding_8h.csv").unlink()
    assert "ETHUSDT" in refusal(tmp_path).expected


def test_another_name_is_refused(tmp_path: Path) -> None:
    write_all(tmp_path, RATES)
    (tmp_path / "rates.csv").write_text("")
    assert refusal(tmp_path).field == "rates.csv"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere").field == str(tmp_path / "nowhere")
