"""How much of a leg may be sent at once: visible depth, caps, and what the venue takes at least."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE, ROUND_CEILING, ROUND_FLOOR, ZERO, divide, round_to_step

FRACTION_PLACES = 18
# A limit must stay inside the venue's price band around the mark (5 %), also when mid and mark lie a little apart.
SLIPPAGE_BPS_HIGHEST = Decimal(400)


@frozen
class Terms:
    """The bounds of one execution. Raises InvalidInput for a bound outside its range.

    `slippage_bps_max` (0..400] is how far a child's limit may lie from the mid; `cost_bps_max` (> 0) is what all
    legs together may lose against their arrival prices; `time_s_max` (> 0) ends the execution; `depth_share` (0..1] is
    the part of the depth visible inside the slippage cap that one child may take; `slice_notional_max` (> 0, quote
    units, which are dollars) caps a child; `refill_s` (>= 0) is the pause that lets a book come back. With
    `maker_first` a slice rests at the best price for `maker_wait_s` (>= 0) before it takes.
    """

    slippage_bps_max: Decimal
    cost_bps_max: Decimal
    time_s_max: Decimal
    depth_share: Decimal
    slice_notional_max: Decimal
    refill_s: Decimal
    maker_first: bool = False
    maker_wait_s: Decimal = ZERO

    def __attrs_post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        for name in ("slippage_bps_max", "cost_bps_max", "time_s_max", "depth_share", "slice_notional_max"):
            _require(name, getattr(self, name), "above 0", holds=getattr(self, name) > 0)
        for name in ("refill_s", "maker_wait_s"):
            _require(name, getattr(self, name), "0 or more", holds=getattr(self, name) >= 0)
        _require("depth_share", self.depth_share, "at most 1", holds=self.depth_share <= ONE)
        highest = SLIPPAGE_BPS_HIGHEST
        _require(
            "slippage_bps_max", self.slippage_bps_max, f"at most {highest}", holds=self.slippage_bps_max <= highest
        )


@frozen
class Leg:
    """One trade that is done in child orders: `quantity` (> 0) of the instrument's base.

    `arrival_price` (> 0, quote units) is the mid when it was planned, the benchmark for its cost.
    """

    name: str
    instrument: Instrument
    side: Side
    quantity: Decimal
    reduce_only: bool
    arrival_price: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse a leg that moves nothing or cannot be measured."""
        _require(f"quantity of leg {self.name}", self.quantity, "above 0", holds=self.quantity > 0)
        _require(f"arrival price of leg {self.name}", self.arrival_price, "above 0", holds=self.arrival_price > 0)


@frozen
class LegState:
    """How far a leg is: `done` (0..quantity) base units for `value` (>= 0) quote units, summed from its trades."""

    plan: Leg
    done: Decimal = ZERO
    value: Decimal = ZERO

    def __attrs_post_init__(self) -> None:
        """Refuse a leg that did more than it should: nothing may be sent on top of that."""
        expected = f"0 to {self.plan.quantity}"
        _require(f"done of leg {self.plan.name}", self.done, expected, holds=0 <= self.done <= self.plan.quantity)

    @property
    def rest(self) -> Decimal:
        """Return the base units left to do."""
        return self.plan.quantity - self.done

    @property
    def fraction(self) -> Decimal:
        """Return the done part (0..1), rounded up at 18 places so that equal parts of a leg stay whole."""
        return divide(self.done, self.plan.quantity, FRACTION_PLACES, ROUND_CEILING)


@frozen
class Room:
    """What one leg may send now, in base units on the step.

    `largest` keeps every bound; `cap` keeps every bound but the depth, so that `cap` < `smallest` never gets better by
    waiting; `smallest` is the least the venue takes. `limit_price` is the worst a child may pay, `own_price` the best
    price of its own side, where a maker rests.
    """

    limit_price: Decimal
    own_price: Decimal
    largest: Decimal
    cap: Decimal
    smallest: Decimal


def room(leg: Leg, book: Book, terms: Terms) -> Room | None:
    """Return what a leg may send against a book; None when a side of the book is empty."""
    if not book.bids or not book.asks:
        return None
    instrument, mid = leg.instrument, book.mid
    slip = mid * Bps(terms.slippage_bps_max).fraction
    limit = instrument.price_within(mid + leg.side.direction * slip, leg.side)
    own = book.bids[0][0] if leg.side is Side.BUY else book.asks[0][0]
    slice_max = divide(terms.slice_notional_max, max(limit, own, mid), FRACTION_PLACES, ROUND_FLOOR)
    cap = instrument.quantity_down(min(slice_max, instrument.quantity_max))
    depth = instrument.quantity_down(book.depth_within(leg.side, limit) * terms.depth_share)
    return Room(limit, own, min(cap, depth), cap, smallest_order(leg, min(limit, own)))


def smallest_order(leg: Leg, price: Decimal) -> Decimal:
    """Return the least the venue takes for a leg at a price; a reduce-only perpetual has no minimum notional."""
    instrument = leg.instrument
    if leg.reduce_only and instrument.market is Market.PERP:
        return instrument.quantity_min
    for_notional = divide(instrument.notional_min, price, FRACTION_PLACES, ROUND_CEILING)
    return max(instrument.quantity_min, round_to_step(for_notional, instrument.step, ROUND_CEILING))


def child_quantity(state: LegState, due: Decimal, room: Room) -> Decimal:
    """Return the quantity to send when `due` (base units) is wanted now; zero when the venue would not take it.

    What would be left as dust joins this child when the bounds allow it; otherwise the child leaves enough behind
    for one more order, if it can.
    """
    instrument = state.plan.instrument
    quantity = instrument.quantity_down(min(due, state.rest, room.largest))
    if quantity < room.smallest:
        return ZERO
    if state.rest - quantity >= room.smallest:
        return quantity
    whole = instrument.quantity_down(state.rest)
    if whole <= room.largest:
        return whole
    leaving_one = instrument.quantity_down(state.rest - room.smallest)
    return leaving_one if leaving_one >= room.smallest else quantity


def reduce_only_part(position: Decimal, side: Side, quantity: Decimal) -> Decimal:
    """Return the part of an order (quantity >= 0) that shrinks a signed position; the rest would open the other side.

    The two parts are separate legs, one after the other: while the first is open, the second would shrink the same
    position, and the venue would refuse what is left of the first.
    """
    return min(quantity, abs(position)) if position * side.direction < 0 else ZERO


def _require(name: str, value: Decimal, expected: str, *, holds: bool) -> None:
    if not holds:
        raise InvalidInput(name, expected, str(value))
