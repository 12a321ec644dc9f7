"""A tradable instrument and the venue's rules for an order in it."""

from decimal import Decimal
from enum import Enum

from attrs import frozen

from ballast.domain.kernel.asset import PERP_OF, Asset
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.kernel.number import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, round_to_step


class Market(Enum):
    """Where an instrument trades."""

    SPOT = "spot"
    PERP = "perp"


class Side(Enum):
    """The direction of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def direction(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @classmethod
    def of(cls, signed_quantity: Decimal) -> "Side":
        """Return the side that moves a position by a signed quantity."""
        return cls.BUY if signed_quantity > 0 else cls.SELL


@frozen
class Instrument:
    """One market of the venue with its filters, all read from the venue, never assumed.

    `tick` is the price grid and `step` the quantity grid (> 0); `quantity_*` in base units, `notional_min` in quote
    units; `band_fraction` is how far from the mark a price may lie (PERCENT_PRICE, 0.05 = 5 %).
    """

    symbol: str
    market: Market
    base: Asset
    quote: Asset
    tick: Decimal
    step: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal
    band_fraction: Decimal

    @property
    def held(self) -> Asset:
        """Return the asset a buy adds to the account: the coin on spot, the contract on a perpetual."""
        return PERP_OF[self.base] if self.market is Market.PERP else self.base

    def quantity_down(self, quantity: Decimal) -> Decimal:
        """Round a quantity down to the step, so that an order never exceeds what was asked."""
        return round_to_step(quantity, self.step, ROUND_DOWN)

    def price_within(self, price: Decimal, side: Side) -> Decimal:
        """Round a limit to the tick on the side that never pays more than asked."""
        return round_to_step(price, self.tick, ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)

    def tradable(self, quantity: Decimal, price: Decimal, *, reduce_only: bool) -> bool:
        """Say whether a quantity (>= 0) can be ordered at a price; a reduce-only perpetual has no minimum notional."""
        if quantity < self.quantity_min:
            return False
        return (reduce_only and self.market is Market.PERP) or quantity * price >= self.notional_min

    def check(self, quantity: Decimal, price: Decimal, *, reduce_only: bool) -> None:
        """Raise InvalidInput or RuleBroken for an order the venue would refuse by its filters."""
        if quantity <= 0 or quantity % self.step:
            raise InvalidInput("quantity", f"a positive multiple of {self.step} {self.base.value}", str(quantity))
        if price <= 0 or price % self.tick:
            raise InvalidInput("price", f"a positive multiple of {self.tick} {self.quote.value}", str(price))
        if not self.quantity_min <= quantity <= self.quantity_max:
            raise RuleBroken("order quantity", f"{self.quantity_min} to {self.quantity_max}", str(quantity))
        if not self.tradable(quantity, price, reduce_only=reduce_only):
            raise RuleBroken("order notional", f"at least {self.notional_min}", str(quantity * price))
