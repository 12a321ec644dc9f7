"""Our record against their report: the entries that explain a difference, and what stays unexplained."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import Entry, Place, Posting

Balances = Mapping[tuple[Place, Asset], Decimal]


class Difference(Enum):
    """What a difference is. IN_FLIGHT may be a sent intent's doing; UNEXPLAINED pauses what it touches."""

    IN_FLIGHT = "in_flight"
    UNEXPLAINED = "unexplained"


@frozen
class Discrepancy:
    """One balance that differs: theirs minus ours."""

    place: Place
    asset: Asset
    ours: Decimal
    theirs: Decimal
    difference: Difference


@frozen
class IncomeLine:
    """A change of the margin wallet that no order of ours made; `funding` or, if not, a liquidation's fee."""

    position: int
    funding: bool
    amount: Amount


@frozen
class Report:
    """What the outside says: balances by (place, asset), and the income not yet booked, in its order."""

    balances: Balances
    income: tuple[IncomeLine, ...] = ()


@frozen
class Reconciliation:
    """`entry` books the income up to `cursor`; `discrepancies` are what still differs after it."""

    entry: Entry
    cursor: int
    discrepancies: tuple[Discrepancy, ...]

    @property
    def unexplained(self) -> tuple[Discrepancy, ...]:
        """Return the differences nobody can account for."""
        return tuple(row for row in self.discrepancies if row.difference is Difference.UNEXPLAINED)


def book_income(lines: tuple[IncomeLine, ...]) -> Entry:
    """Return the entry of funding and liquidation fees: margin wallet against funding or costs."""
    postings: list[Posting] = []
    for line in lines:
        other = Place.FUNDING if line.funding else Place.COSTS
        postings.append(Posting(Place.VENUE_MARGIN, line.amount.asset, line.amount.quantity))
        postings.append(Posting(other, line.amount.asset, -line.amount.quantity))
    return Entry(tuple(postings))


def reconcile(ours: Balances, theirs: Report, cursor: int, *, in_flight: bool) -> Reconciliation:
    """Compare every balance their report names, after booking income beyond `cursor`.

    `in_flight` says that an intent of ours is sent and not proved: then a difference may be its doing, and is not yet
    unexplained.
    """
    fresh = tuple(line for line in theirs.income if line.position > cursor)
    entry = book_income(fresh)
    booked: dict[tuple[Place, Asset], Decimal] = {}
    for posting in entry.postings:
        key = (posting.place, posting.asset)
        booked[key] = booked.get(key, ZERO) + posting.quantity
    rows: list[Discrepancy] = []
    for key, their_quantity in theirs.balances.items():
        our_quantity = ours.get(key, ZERO) + booked.get(key, ZERO)
        if our_quantity != their_quantity:
            kind = Difference.IN_FLIGHT if in_flight else Difference.UNEXPLAINED
            rows.append(Discrepancy(*key, our_quantity, their_quantity, kind))
    return Reconciliation(entry, fresh[-1].position if fresh else cursor, tuple(rows))
