"""What the exchange refuses before it looks at the account; the codes are those of Binance.

Perpetuals answer with a code per filter; spot answers -1013 for all of them ("Filter failure").
"""

import re
from decimal import Decimal

from attrs import frozen

from ballast.adapters.common.venue.listing import Listing
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.execution.order import Order
from ballast.domain.kernel.number import ONE

_CLIENT_ID = re.compile(r"[\.A-Z\:/a-z0-9_-]{1,36}")
_SPOT_FILTER = "-1013"


@frozen
class Refusal:
    """The exchange's code and why."""

    code: str
    reason: str


UNKNOWN_SYMBOL = Refusal("-1121", "invalid symbol")
NO_MARGIN = Refusal("-2019", "margin is insufficient")
NO_BALANCE = Refusal("-2010", "account has insufficient balance for the requested action")
NOT_REDUCING = Refusal("-2022", "reduce-only order is rejected")
TOO_MANY_OPEN = Refusal("-2025", "reached the limit of open orders")
OPEN_ID = Refusal("-4116", "client order id is duplicated")
WOULD_TAKE = Refusal("-5022", "post-only order would take")


def filter_refusal(listing: Listing, order: Order, mark: Decimal) -> Refusal | None:
    """Return why the exchange's filters refuse an order at a mark price (> 0, quote units); None when they pass it."""
    if not _CLIENT_ID.fullmatch(order.client_id):
        return Refusal("-4015", "client order id is not 1 to 36 of A-Z a-z 0-9 . : / _ -")
    found = _price_refusal(listing, order) or _quantity_refusal(listing, order) or _band_refusal(listing, order, mark)
    if found is not None and listing.instrument.market is Market.SPOT and found.code != "-1111":
        return Refusal(_SPOT_FILTER, found.reason)
    return found


def _price_refusal(listing: Listing, order: Order) -> Refusal | None:
    tick = listing.instrument.tick
    if not _fits(order.limit_price, listing.price_places):
        return Refusal("-1111", "price has too many decimals")
    if order.limit_price <= 0 or order.limit_price % tick:
        return Refusal("-4014", f"price is no positive multiple of {tick}")
    return None


def _quantity_refusal(listing: Listing, order: Order) -> Refusal | None:
    rules, quantity = listing.instrument, order.quantity
    if quantity <= 0:
        return Refusal("-4003", "quantity is not above 0")
    if not _fits(quantity, listing.quantity_places):
        return Refusal("-1111", "quantity has too many decimals")
    if quantity % rules.step:
        return Refusal("-4023", f"quantity is no multiple of {rules.step}")
    return _size_refusal(rules, order)


def _size_refusal(rules: Instrument, order: Order) -> Refusal | None:
    quantity = order.quantity
    if quantity < rules.quantity_min:
        return Refusal("-4004", f"quantity is below {rules.quantity_min}")
    if quantity > rules.quantity_max:
        return Refusal("-4005", f"quantity is above {rules.quantity_max}")
    if not rules.tradable(quantity, order.limit_price, reduce_only=order.reduce_only):
        return Refusal("-4164", f"notional is below {rules.notional_min}")
    return None


def _band_refusal(listing: Listing, order: Order, mark: Decimal) -> Refusal | None:
    band = listing.instrument.band_fraction
    if order.side is Side.BUY and order.limit_price > mark * (ONE + band):
        return Refusal("-4016", f"price is more than {band} above the mark")
    if order.side is Side.SELL and order.limit_price < mark * (ONE - band):
        return Refusal("-4024", f"price is more than {band} below the mark")
    return None


def _fits(value: Decimal, places: int) -> bool:
    return value == round(value, places)
