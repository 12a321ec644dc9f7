"""Several legs done together: at any time their done fractions differ by at most one slice.

A slice is the largest equal step all legs can make inside their bounds. Where the venue's smallest order is larger
than a leg's share of a slice, that leg moves by its smallest order instead, so the gap is at most the larger of both.
"""

from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.book import Book
from ballast.domain.execution.order import TimeInForce
from ballast.domain.execution.slicing import FRACTION_PLACES, Leg, LegState, Room, Terms, child_quantity, room
from ballast.domain.kernel.amount import BPS_PER_ONE
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import ONE, ROUND_CEILING, ZERO, divide


@frozen
class Child:
    """One order to send for a leg: quantity in base units on the step, limit price in quote units on the tick."""

    leg: str
    quantity: Decimal
    limit_price: Decimal
    time_in_force: TimeInForce
    reduce_only: bool


@frozen
class Round:
    """Orders to send at once.

    `slice_fraction` (0..1) is how far they take the furthest leg, 0 when they only bring lagging legs level. Children
    that rest are cancelled after `rest_s`, and the next call says `rested`; after taking, the books get `pause_s`.
    """

    children: tuple[Child, ...]
    slice_fraction: Decimal
    rest_s: Decimal
    pause_s: Decimal


@frozen
class Wait:
    """Nothing can be sent now: ask again after `wait_s` with new books."""

    wait_s: Decimal


@frozen
class Finished:
    """All legs are done; `dust` is what the venue is not going to take: base units by leg name, absent when nothing."""

    dust: Mapping[str, Decimal]


@frozen
class HandBack:
    """The rest is given back undone: "time cap", "cost cap" or "slice cap below the venue's minimum"."""

    reason: str


Step = Round | Wait | Finished | HandBack
_Open = tuple[tuple[LegState, Room], ...]


def next_round(
    legs: tuple[LegState, ...], books: Mapping[str, Book], terms: Terms, elapsed_s: Decimal, *, rested: bool = False
) -> Step:
    """Decide what to send next for legs that are done together.

    `books` are fresh, by symbol; `elapsed_s` counts from the first call; `rested` says that the round before rested as
    makers, so this one takes. The caller settles every child before it asks again. A leg that lags is brought level
    before the cost cap is looked at: being unhedged is worse than slippage. Raises InvalidInput when two legs share a
    symbol (they would take the same depth) or a book is missing.
    """
    _check(legs, books)
    rooms = {state.plan.name: room(state.plan, books[state.plan.instrument.symbol], terms) for state in legs}
    unfinished = tuple(state for state in legs if _unfinished(state, rooms[state.plan.name]))
    if not unfinished:
        return Finished({state.plan.name: state.rest for state in legs if state.rest})
    if elapsed_s >= terms.time_s_max:
        return HandBack("time cap")
    open_legs = tuple((state, found) for state in unfinished if (found := rooms[state.plan.name]) is not None)
    if len(open_legs) < len(unfinished):
        return Wait(terms.refill_s)
    return _send(legs, open_legs, terms, rests=terms.maker_first and not rested)


def _send(legs: tuple[LegState, ...], open_legs: _Open, terms: Terms, *, rests: bool) -> Step:
    if any(found.cap < found.smallest for _, found in open_legs):
        return HandBack("slice cap below the venue's minimum")
    lead = max(state.fraction for state in legs)
    if any(_lag(state, found, lead) for state, found in open_legs):
        return _catch_up(open_legs, lead, terms)
    if _over_cost(legs, terms):
        return HandBack("cost cap")
    return _advance(open_legs, lead, terms, rests=rests)


def _check(legs: tuple[LegState, ...], books: Mapping[str, Book]) -> None:
    symbols = [state.plan.instrument.symbol for state in legs]
    if len(set(symbols)) < len(symbols) or len({state.plan.name for state in legs}) < len(legs):
        raise InvalidInput("legs", "one leg per symbol and name", ", ".join(symbols))
    for symbol in symbols:
        if symbol not in books:
            raise InvalidInput("books", f"the book of {symbol}", ", ".join(books) or "none")


def _unfinished(state: LegState, found: Room | None) -> bool:
    """Say whether the venue would take the rest; without a book, whether it ever could."""
    least = state.plan.instrument.quantity_min if found is None else found.smallest
    return state.plan.instrument.quantity_down(state.rest) >= least


def _lag(state: LegState, found: Room, lead: Decimal) -> Decimal:
    """Return what a leg is behind the lead, in base units; zero when that is no order the venue would take."""
    behind = state.plan.instrument.quantity_down(min(lead * state.plan.quantity - state.done, state.rest))
    return behind if behind >= found.smallest else ZERO


def _catch_up(open_legs: _Open, lead: Decimal, terms: Terms) -> Round | Wait:
    lagging = ((state, found, _lag(state, found, lead)) for state, found in open_legs)
    children = tuple(
        _taker(state.plan, quantity, found)
        for state, found, behind in lagging
        if behind and (quantity := child_quantity(state, behind, found))
    )
    return Round(children, ZERO, ZERO, terms.refill_s) if children else Wait(terms.refill_s)


def _advance(open_legs: _Open, lead: Decimal, terms: Terms, *, rests: bool) -> Round | Wait:
    if any(found.largest < found.smallest for _, found in open_legs):
        return Wait(terms.refill_s)
    step = min(divide(found.largest, state.plan.quantity, FRACTION_PLACES, ROUND_CEILING) for state, found in open_legs)
    target = min(ONE, lead + step)
    make = _maker if rests else _taker
    children = tuple(
        make(state.plan, quantity, found)
        for state, found in open_legs
        if (quantity := child_quantity(state, target * state.plan.quantity - state.done, found))
    )
    rest_s, pause_s = (terms.maker_wait_s, ZERO) if rests else (ZERO, terms.refill_s)
    return Round(children, target - lead, rest_s, pause_s) if children else Wait(terms.refill_s)


def _taker(leg: Leg, quantity: Decimal, found: Room) -> Child:
    return Child(leg.name, quantity, found.limit_price, TimeInForce.IOC, leg.reduce_only)


def _maker(leg: Leg, quantity: Decimal, found: Room) -> Child:
    return Child(leg.name, quantity, found.own_price, TimeInForce.POST_ONLY, leg.reduce_only)


def _over_cost(legs: tuple[LegState, ...], terms: Terms) -> bool:
    """Say whether what was done cost more than allowed against arrival (implementation shortfall of the done part)."""
    arrival = sum((state.done * state.plan.arrival_price for state in legs), ZERO)
    cost = sum(
        (state.plan.side.direction * (state.value - state.done * state.plan.arrival_price) for state in legs), ZERO
    )
    return cost * BPS_PER_ONE > terms.cost_bps_max * arrival
