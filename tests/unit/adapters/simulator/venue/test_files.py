"""Reading the recorded rules: what is there, and what is said when it is not."""

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.unit.adapters.simulator.venue.builders import DATA, NOON, D, bench

from ballast.adapters.common.venue.holdings import Holdings
from ballast.adapters.common.venue.listing import read_listings
from ballast.adapters.simulator.venue.margin import MarginRules
from ballast.adapters.simulator.venue.profile import read_profile
from ballast.adapters.simulator.venue.recorded import BRACKETS, PROFILE, SPOT_INFO, USDM_INFO
from ballast.adapters.simulator.venue.settings import VenueSettings, read_brackets
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.asset import BTC, SOL, USDC
from ballast.domain.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("symbol", "tick", "step", "quantity_max", "notional_min", "band", "liquidation_fee"),
    [
        ("BTCUSDT:PERP", "0.1", "0.001", "1000", "50", "0.05", "0.0125"),
        ("ETHUSDT:PERP", "0.01", "0.001", "10000", "20", "0.05", "0.0125"),
        ("SOLUSDT:PERP", "0.01", "0.01", "1000000", "5", "0.05", "0.015"),
        ("BTCUSDT:SPOT", "0.01", "0.00001", "9000", "5", "0.5", "0"),
        ("BTCUSDC:SPOT", "0.01", "0.00001", "9000", "5", "0.5", "0"),
    ],
)
def test_the_filters_are_those_of_the_recorded_exchange_info(
    symbol: str, tick: str, step: str, quantity_max: str, notional_min: str, band: str, liquidation_fee: str
) -> None:
    listing = read_listings(DATA / USDM_INFO, DATA / SPOT_INFO)[symbol]
    rules = listing.instrument
    assert (rules.tick, rules.step, rules.quantity_min) == (D(tick), D(step), D(step))
    assert (rules.quantity_max, rules.notional_min) == (D(quantity_max), D(notional_min))
    assert (rules.band_fraction, listing.liquidation_fee) == (D(band), D(liquidation_fee))
    assert rules.market is (Market.PERP if symbol.endswith("PERP") else Market.SPOT)


def test_btcusdc_is_quoted_in_usdc() -> None:
    assert bench().engine.instruments(NOON)["BTCUSDC:SPOT"].quote is USDC


def edited(path: Path, scratch: Path, change: str, value: Any) -> Path:
    """Copy a JSON file with one value (a path of keys and indices) replaced, or removed when the value is None."""
    content = json.loads(path.read_text())
    place = content
    *way, last = [int(key) if key.isdigit() else key for key in change.split("/")]
    for key in way:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    copy = scratch / path.name
    copy.write_text(json.dumps(content))
    return copy


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ("symbols/0/filters/0/tickSize", "ten", "BTCUSDT PRICE_FILTER.tickSize"),
        ("symbols/0/filters/0/tickSize", None, "BTCUSDT PRICE_FILTER.tickSize"),
        ("symbols/0/filters/1", {"filterType": "OTHER"}, "BTCUSDT LOT_SIZE.stepSize"),
        ("symbols/0/liquidationFee", "NaN", "BTCUSDT liquidationFee"),
        ("symbols/0/liquidationFee", None, "BTCUSDT liquidationFee"),
        ("symbols/0/symbol", "BTCEUR", "fapi_v1_exchangeInfo_btc_eth_sol_20260704.json BTCUSDT"),
        ("symbols", None, "JSON with"),
    ],
)
def test_a_broken_exchange_info_names_file_market_and_field(tmp_path: Path, change: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_listings(edited(DATA / USDM_INFO, tmp_path, change, value), DATA / SPOT_INFO)


@pytest.mark.parametrize(
    ("change", "value", "said"),
    [
        ("markets/BTCUSDT:PERP/depth_usd/3", "1", "BTCUSDT:PERP depth_usd"),
        ("markets/BTCUSDT:PERP/depth_usd/3", None, "BTCUSDT:PERP depth_usd: expected 23 numbers, found 22"),
        ("markets/BTCUSDT:PERP/depth_usd/3", "much", "a decimal number"),
        ("markets/BTCUSDT:PERP/spread_ticks", 0, "spread_ticks"),
        ("markets/BTCUSDT:PERP/spread_ticks", None, "JSON with"),
        ("distances_bps/5", "0.1", "distances_bps"),
    ],
)
def test_a_broken_profile_names_file_market_and_field(tmp_path: Path, change: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_profile(edited(DATA / PROFILE, tmp_path, change, value))


@pytest.mark.parametrize(("change", "value"), [("SOLUSDT", None), ("SOLUSDT/0/cum", None), ("SOLUSDT/0/cum", "x")])
def test_broken_brackets_name_the_file(tmp_path: Path, change: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=BRACKETS.name):
        read_brackets(edited(DATA / BRACKETS, tmp_path, change, value))


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "cut.json"
    broken.write_bytes((DATA / PROFILE).read_bytes()[:100])
    for read in (read_profile, read_brackets):
        with pytest.raises(InvalidInput, match=r"cut\.json"):
            read(broken)
    shutil.copy(broken, tmp_path / "info.json")
    with pytest.raises(InvalidInput, match=r"info\.json"):
        read_listings(tmp_path / "info.json", DATA / SPOT_INFO)


@pytest.mark.parametrize(
    ("notional", "expected"),
    [
        ("50000", "200"),
        ("600000", "2950"),
        ("600001", "2950.0065"),
        ("3000000", "18550"),
        ("1800000000", "478518550"),
        ("1800000002", "478518551"),
    ],
)
def test_maintenance_follows_the_published_brackets_and_is_continuous(notional: str, expected: str) -> None:
    rules = MarginRules(VenueSettings().haircuts, read_brackets(DATA / BRACKETS), D(10))
    holdings = Holdings()
    holdings.contracts[BTC].trade(D(notional), D(1))
    assert rules.maintenance(holdings, {BTC: D(1)}) == D(expected)


def test_every_bracket_starts_where_the_one_before_ends() -> None:
    for brackets in read_brackets(DATA / BRACKETS).values():
        for lower, upper in pairwise(brackets):
            border = lower.cap_usd
            assert border * lower.ratio - lower.cumulative_usd == border * upper.ratio - upper.cumulative_usd
            assert lower.ratio < upper.ratio
    assert len(read_brackets(DATA / BRACKETS)[SOL]) == 10
