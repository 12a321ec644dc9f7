"""How well a leg has done so far."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.amount import BPS_PER_ONE
from ballast.domain.kernel.number import ROUND_HALF_EVEN, divide
from ballast.domain.ledger.operation import LegRecord

PRICE_PLACES = 8


@frozen
class Progress:
    """What the done part of a leg came to.

    `average_price` is in quote units; `shortfall_bps` is its cost against the arrival price, in whole bps and without
    fees: positive is worse than arrival (implementation shortfall of the done part).
    """

    average_price: Decimal
    shortfall_bps: Decimal


def progress_of(leg: LegRecord) -> Progress | None:
    """Return how a leg's trades went; None while nothing is done."""
    if not leg.done:
        return None
    arrival = leg.done * leg.plan.arrival_price
    cost = leg.plan.side.direction * (leg.value - arrival)
    return Progress(
        divide(leg.value, leg.done, PRICE_PLACES, ROUND_HALF_EVEN),
        divide(cost * BPS_PER_ONE, arrival, 0, ROUND_HALF_EVEN),
    )
