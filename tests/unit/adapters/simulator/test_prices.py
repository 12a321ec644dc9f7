"""The simulated oracles say what the record says, and how old it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.adapters.simulator.worlds import START, build

from ballast.adapters.simulator.prices import SimulatedPrices
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT
from ballast.domain.kernel.errors import Unreachable
from ballast.ports.prices import Reading


async def test_coins_come_from_the_record_and_stables_are_constant() -> None:
    built = build()
    built.market.age_s = 30
    old = START - timedelta(seconds=30)
    assert await SimulatedPrices(built.world).read() == {
        SOL: Reading(Decimal(100), old),
        ETH: Reading(Decimal(2000), old),
        BTC: Reading(Decimal(80_000), old),
        USDC: Reading(Decimal("0.9999"), START),
        USDT: Reading(Decimal(1), START),
    }


async def test_a_coin_without_a_record_is_absent() -> None:
    built = build()
    del built.market.prices[ETH]
    assert ETH not in await SimulatedPrices(built.world).read()


async def test_without_any_record_there_is_no_answer() -> None:
    built = build()
    built.market.prices.clear()
    with pytest.raises(Unreachable):
        await SimulatedPrices(built.world).read()
