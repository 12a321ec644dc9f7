"""What the ledger tests ask of entries."""

from collections.abc import Iterable
from decimal import Decimal

from ballast.domain.kernel.asset import Asset
from ballast.domain.ledger.entry import Entry, Place, Posting

D = Decimal


def sums(rows: Iterable[Posting]) -> dict[Asset, Decimal]:
    """Return what the postings sum to, by asset."""
    found: dict[Asset, Decimal] = {}
    for row in rows:
        found[row.asset] = found.get(row.asset, D(0)) + row.quantity
    return found


def at(entry: Entry, place: Place, asset: Asset) -> Decimal:
    """Return what an entry brings to a place."""
    return sum((row.quantity for row in entry.postings if (row.place, row.asset) == (place, asset)), D(0))
