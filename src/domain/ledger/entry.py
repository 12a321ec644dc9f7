"""Double entry: every asset is always in some account, and every entry sums to zero per asset."""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

from attrs import field, frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.number import ZERO


class Place(Enum):
    """Where an asset can be. The first group is ours; the second is the outside world an entry balances against."""

    CONTRACT = "contract"
    CUSTODY_WALLET = "custody_wallet"
    TRANSIT = "transit"
    VENUE_SPOT = "venue_spot"
    VENUE_MARGIN = "venue_margin"
    PERP_ENTRY = "perp_entry"  # what open perpetuals cost, as USDT: their value at mark plus this is unrealised profit
    TREASURY = "treasury"

    MARKET = "market"
    POOL = "pool"
    POOL_FEES = "pool_fees"
    FUNDING = "funding"
    COSTS = "costs"
    DEPOSITORS = "depositors"
    HOUSE_SPOT = "house_spot"  # dust too small to trade that lies in the venue's wallets and belongs to no share
    HOUSE_MARGIN = "house_margin"

    # Identity is enough for an enum member; Enum's own __hash__ goes through the name on every dict access.
    __hash__ = object.__hash__


OWN_PLACES = (
    Place.CUSTODY_WALLET,
    Place.TRANSIT,
    Place.VENUE_SPOT,
    Place.VENUE_MARGIN,
    Place.PERP_ENTRY,
    Place.TREASURY,
)


@frozen
class Posting:
    """A signed quantity of one asset at one place; positive arrives there."""

    place: Place
    asset: Asset
    quantity: Decimal


def _balanced(_instance: object, _attribute: object, postings: tuple[Posting, ...]) -> None:
    sums: dict[Asset, Decimal] = {}
    for posting in postings:
        sums[posting.asset] = sums.get(posting.asset, ZERO) + posting.quantity
    for asset, total in sums.items():
        if total:
            raise InvariantError(f"a ledger entry sums to {total} {asset.value}", asset=asset.value, sum=str(total))


@frozen
class Entry:
    """One movement: postings that sum to zero per asset. Raises InvariantError when they do not."""

    postings: tuple[Posting, ...] = field(validator=_balanced)


def move(amount: Amount, source: Place, target: Place) -> Entry:
    """Return the entry that carries an amount from one place to another."""
    return Entry((Posting(source, amount.asset, -amount.quantity), Posting(target, amount.asset, amount.quantity)))


def joined(entries: Iterable[Entry]) -> Entry:
    """Return one entry with the postings of several, zero quantities left out."""
    return Entry(tuple(posting for entry in entries for posting in entry.postings if posting.quantity))
