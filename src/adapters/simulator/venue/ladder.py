"""One market's order book around a moving price, with the holes our own orders left in it."""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal

from ballast.adapters.simulator.venue.profile import MarketDepth
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.book import Book, Level
from ballast.domain.execution.instrument import Instrument, Side
from ballast.domain.kernel.number import (
    ONE,
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ZERO,
    divide,
    ratio,
    round_to_step,
)

_NOISE_HIGHEST = 255
_US = timedelta(microseconds=1)


class Ladder:
    """Levels on the tick grid from the fitted profile; each band's value lies at its far end, its dearest price.

    Sizes vary by a few percent from second to second, drawn from a hash of seed, market, second and side, so that the
    book of a moment is the same however often it is looked at. What was taken is missing from the best price
    outwards, wherever the price has gone since, and comes back evenly over `refill_s` (half of it after half of that).
    Our own resting orders are not shown.
    """

    def __init__(self, instrument: Instrument, depth: MarketDepth, settings: VenueSettings, seed: int) -> None:
        self.instrument = instrument
        self._depth = depth
        self._refill = timedelta(seconds=settings.refill_s)
        self._seed = seed
        self._factors = tuple(
            ONE + settings.noise_fraction * ratio(Decimal(2 * byte - _NOISE_HIGHEST), Decimal(_NOISE_HIGHEST))
            for byte in range(_NOISE_HIGHEST + 1)
        )
        self._taken: dict[Side, list[tuple[datetime, Decimal]]] = {side: [] for side in Side}

    def touch(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """Return the undisturbed best bid and ask around a price."""
        tick, spread_ticks = self.instrument.tick, self._depth.spread_ticks
        bid = round_to_step(price, tick, ROUND_FLOOR) - tick * ((spread_ticks - 1) // 2)
        return bid, bid + tick * spread_ticks

    def touch_quantity(self, price: Decimal) -> Decimal:
        """Return what rests at the best price, in base units on the step, before noise."""
        return self._quantity(self._depth.bands[0].value_usd, price)

    def take(self, side: Side, quantity: Decimal, now: datetime) -> None:
        """Remember what an order of a side took."""
        kept = [entry for entry in self._taken[side] if now < entry[0] + self._refill]
        self._taken[side] = [*kept, (now, quantity)]

    def against(self, side: Side, price: Decimal, now: datetime) -> tuple[Level, ...]:
        """Return the levels an order of a side would take at a price (> 0, quote units), best first."""
        missing = self._missing(side, now)
        levels: list[Level] = []
        for level_price, size in self.full(side, price, now).items():
            gone = min(missing, size)
            missing -= gone
            left = self.instrument.quantity_down(size - gone)
            if left:
                levels.append((level_price, left))
        return tuple(levels)

    def book(self, price: Decimal, now: datetime) -> Book:
        """Return both sides."""
        bids, asks = (self.against(side, price, now) for side in (Side.SELL, Side.BUY))
        return Book(self.instrument.symbol, bids, asks, now)

    def full(self, side: Side, price: Decimal, now: datetime) -> dict[Decimal, Decimal]:
        """Return the undisturbed levels an order of a side would take, best first."""
        bid, ask = self.touch(price)
        noise = self._noise(side, now)
        levels: dict[Decimal, Decimal] = {}
        for position, band in enumerate(self._depth.bands):
            if side is Side.BUY:
                far = max(ask, self._on_tick(price * (ONE + band.distance.fraction), ROUND_FLOOR))
            else:
                far = min(bid, self._on_tick(price * (ONE - band.distance.fraction), ROUND_CEILING))
            size = self._quantity(band.value_usd * self._factors[noise[position % len(noise)]], price)
            levels[far] = levels.get(far, ZERO) + size
        return levels

    def _noise(self, side: Side, now: datetime) -> bytes:
        second = now.replace(microsecond=0).isoformat()
        return hashlib.sha256(f"{self._seed}|{self.instrument.symbol}|{side.value}|{second}".encode()).digest()

    def _missing(self, side: Side, now: datetime) -> Decimal:
        refill_us = Decimal(self._refill // _US)
        missing = ZERO
        for taken_at, quantity in self._taken[side]:
            left_us = Decimal((taken_at + self._refill - now) // _US)
            if left_us > 0:
                missing += divide(quantity * left_us, refill_us, self._scale, ROUND_HALF_EVEN)
        return missing

    def _on_tick(self, price: Decimal, rounding: str) -> Decimal:
        return round_to_step(price, self.instrument.tick, rounding)

    def _quantity(self, value: Decimal, price: Decimal) -> Decimal:
        return self.instrument.quantity_down(divide(value, price, self._scale, ROUND_FLOOR))

    @property
    def _scale(self) -> int:
        return self.instrument.base.scale
