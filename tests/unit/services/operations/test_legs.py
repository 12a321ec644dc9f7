"""Planning legs: on the venue's grid, reduce-only where they shrink, and left out where the venue would refuse."""

from decimal import Decimal

import pytest
from tests.unit.builders import START, desk_at, stage

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.execution.instrument import Side
from ballast.domain.hedge.quote import SPOT_SYMBOL, perp_symbol
from ballast.domain.kernel.asset import BTC, ETH, SOL, Asset
from ballast.domain.ledger.events import LegPlan
from ballast.services.desk import Desk
from ballast.services.operations.legs import Want, perp_wants, plan_legs

D = Decimal


def desk() -> Desk:
    clock = MemoryClock(START)
    return desk_at(clock, stage(clock).world)


async def planned(quantities: dict[Asset, str], held: dict[Asset, str] | None = None) -> dict[Asset, LegPlan]:
    at = desk()
    at.state.own = {asset: D(quantity) for asset, quantity in (held or {}).items()}
    wants = perp_wants("step", {asset: D(quantity) for asset, quantity in quantities.items()})
    legs = (await plan_legs(at, "en1", 0, "step", wants)).legs
    return {leg.asset: leg for leg in legs}


async def test_a_quantity_is_rounded_down_to_the_step_on_its_own_side() -> None:
    legs = await planned({BTC: "0.5009", ETH: "-3.0009", SOL: "100.009"})
    assert {asset: (leg.side, leg.quantity) for asset, leg in legs.items()} == {
        BTC: (Side.BUY, D("0.500")),
        ETH: (Side.SELL, D("3.000")),
        SOL: (Side.BUY, D("100.00")),
    }
    assert {leg.name for leg in legs.values()} == {"stepbtc", "stepeth", "stepsol"}


async def test_the_arrival_price_is_the_mid_of_now() -> None:
    at = desk()
    legs = (await plan_legs(at, "en1", 0, "step", (Want("sellspot", SPOT_SYMBOL, D(-1)),))).legs
    assert [leg.arrival_price for leg in legs] == [(await at.venue.book(SPOT_SYMBOL)).mid]


@pytest.mark.parametrize(
    ("quantity", "held", "reduces"),
    [
        ("-1", "2", True),
        ("-2", "2", True),
        ("-2.001", "2", False),
        ("1", "2", False),
        ("1", "-2", True),
        ("1", "0", False),
    ],
)
async def test_a_leg_is_reduce_only_when_the_whole_of_it_shrinks_the_position(
    quantity: str, held: str, *, reduces: bool
) -> None:
    legs = await planned({BTC: quantity}, {Asset.BTC_PERP: held})
    assert legs[BTC].reduce_only is reduces


async def test_spot_is_never_reduce_only() -> None:
    at = desk()
    at.state.own = {Asset.BTC_PERP: D(5)}
    legs = (await plan_legs(at, "en1", 0, "step", (Want("sellspot", SPOT_SYMBOL, D(-1)),))).legs
    assert [leg.reduce_only for leg in legs] == [False]


async def test_what_is_below_the_venues_minimum_is_left_out() -> None:
    assert await planned({BTC: "0.0009", ETH: "0.001", SOL: "-0.01"}) == {}
    assert await planned({BTC: "0", ETH: "0", SOL: "0"}) == {}


async def test_a_reduction_below_the_minimum_value_is_taken_because_the_venue_takes_it() -> None:
    assert set(await planned({ETH: "0.001"}, {Asset.ETH_PERP: "-1"})) == {ETH}


async def test_wants_name_the_venues_symbols() -> None:
    assert [want.symbol for want in perp_wants("x", {SOL: D(1), BTC: D(1)})] == [perp_symbol(SOL), perp_symbol(BTC)]
