"""Recorded exchangeInfo as instruments."""

import json
from typing import Any

import pytest
from tests.unit.adapters.simulator.venue.builders import DATA

from ballast.adapters.common.venue.listing import read_listings
from ballast.adapters.exchange.instruments import our_symbol, read_instruments, venue_symbol
from ballast.adapters.simulator.venue.recorded import SPOT_INFO, USDM_INFO
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.errors import InvalidInput


def info() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / USDM_INFO).read_text())
    return content


def test_the_recorded_perpetuals_are_read_as_the_simulator_reads_them() -> None:
    expected = read_listings(DATA / USDM_INFO, DATA / SPOT_INFO)
    found = read_instruments(Market.PERP, info())
    assert set(found) == {"BTCUSDT:PERP", "ETHUSDT:PERP", "SOLUSDT:PERP"}
    assert all(expected[symbol].instrument == instrument for symbol, instrument in found.items())


def test_a_halted_market_is_not_traded() -> None:
    content = info()
    for row in content["symbols"]:
        if row["symbol"] == "ETHUSDT":
            row["status"] = "BREAK"
    assert set(read_instruments(Market.PERP, content)) == {"BTCUSDT:PERP", "SOLUSDT:PERP"}


def test_a_filter_that_is_missing_is_named() -> None:
    content = info()
    for row in content["symbols"]:
        row["filters"] = [entry for entry in row["filters"] if entry["filterType"] != "LOT_SIZE"]
    with pytest.raises(InvalidInput, match=r"LOT_SIZE\.stepSize"):
        read_instruments(Market.PERP, content)


@pytest.mark.parametrize("symbol", ["BTCUSDT:PERP", "BTCUSDC:SPOT"])
def test_a_symbol_goes_there_and_back(symbol: str) -> None:
    assert our_symbol(*venue_symbol(symbol)) == symbol


@pytest.mark.parametrize("symbol", ["BTCUSDT", "BTCUSDT:SWAP", ":PERP", "BTC/USDT:PERP", "BTCUSDT:PERP:X"])
def test_a_symbol_of_another_form_is_refused(symbol: str) -> None:
    with pytest.raises(InvalidInput, match="symbol"):
        venue_symbol(symbol)
