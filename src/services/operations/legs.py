"""Planning legs against the books as they are now."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.slicing import reduce_only_part
from ballast.domain.hedge.quote import perp_symbol
from ballast.domain.kernel.asset import PERP_OF, Asset
from ballast.domain.ledger.events import LegPlan, LegsPlanned
from ballast.services.desk import Desk


@frozen
class Want:
    """A signed quantity of a coin to trade in one market; `name` is the leg's."""

    name: str
    symbol: str
    quantity: Decimal


def perp_wants(prefix: str, quantities: Mapping[Asset, Decimal]) -> tuple[Want, ...]:
    """Return one want per coin for its perpetual."""
    return tuple(
        Want(f"{prefix}{asset.value.lower()}", perp_symbol(asset), quantity) for asset, quantity in quantities.items()
    )


async def plan_legs(desk: Desk, operation: str, tranche: int, step: str, wants: tuple[Want, ...]) -> LegsPlanned:
    """Turn wants into legs: rounded down to the step, reduce-only where the whole of it shrinks a position.

    What is below the venue's minimum is left out: the next exposure run sees it as drift and takes it along when it
    has grown enough. Raises RuleBroken for an empty book.
    """
    instruments = await desk.instruments()
    legs: list[LegPlan] = []
    for want in (want for want in wants if want.quantity):
        instrument = instruments[want.symbol]
        side = Side.of(want.quantity)
        quantity = instrument.quantity_down(abs(want.quantity))
        mid = (await desk.venue.book(want.symbol)).mid
        position = desk.state.own.get(PERP_OF[instrument.base], Decimal(0))
        reduces = (
            instrument.market is Market.PERP and quantity > 0 and reduce_only_part(position, side, quantity) == quantity
        )
        if quantity and instrument.tradable(quantity, mid, reduce_only=reduces):
            legs.append(
                LegPlan(
                    want.name, want.symbol, instrument.market, instrument.base, instrument.quote, side, quantity,
                    reduces, mid,
                )
            )  # fmt: skip
    return LegsPlanned(operation, tranche, step, tuple(legs))
