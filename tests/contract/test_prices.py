"""The laws of ports/prices.py, on every adapter."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.chain_rigs import PRICES, PricesWorld
from tests.contract.rigs import Rig, each

from ballast.domain.kernel.asset import BTC, JLP, SHARE
from ballast.domain.kernel.errors import Unreachable
from ballast.ports.prices import Prices, Reading

PricesRig = Rig[Prices, PricesWorld]


@each(PRICES)
async def test_law_1_a_price_keeps_the_time_its_source_made_it(rig: PricesRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (prices, world):
        world.price(BTC, Decimal("65000.5"))
        made = world.clock.now()
        world.wait(90)
        assert (await prices.read())[BTC] == Reading(Decimal("65000.5"), made)


@each(PRICES)
async def test_law_1_a_new_price_takes_the_place_of_the_old(rig: PricesRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (prices, world):
        world.price(BTC, Decimal(65_000))
        world.wait(90)
        world.price(BTC, Decimal(66_000))
        assert (await prices.read())[BTC] == Reading(Decimal(66_000), world.clock.now())


@each(PRICES)
async def test_law_2_what_the_source_does_not_answer_for_is_absent(rig: PricesRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (prices, world):
        world.price(BTC, Decimal(65_000))
        read = await prices.read()
        assert not {JLP, SHARE} & set(read)
        assert all(reading.usd > 0 for reading in read.values())


@each(PRICES)
async def test_law_3_no_answer_at_all_is_unreachable(rig: PricesRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (prices, world):
        world.price(BTC, Decimal(65_000))
        world.reach.cut("read")
        with pytest.raises(Unreachable):
            await prices.read()
