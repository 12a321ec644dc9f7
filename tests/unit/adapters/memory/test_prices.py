"""Prices set by hand are prices: finite and above zero."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.memory.prices import MemoryPrices
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import InvalidInput


@pytest.mark.parametrize("usd", ["0", "-1", "NaN", "Infinity"])
async def test_what_is_no_price_is_refused(usd: str) -> None:
    prices = MemoryPrices(MemoryClock(datetime(2026, 4, 27, tzinfo=UTC)))
    with pytest.raises(InvalidInput, match="price of BTC"):
        prices.set(BTC, Decimal(usd))
    assert await prices.read() == {}
