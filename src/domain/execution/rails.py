"""The rails in front of every order and transfer; design/strategy.md section 6."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, frozen

from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import LimitReached, NotAllowed, RuleBroken, Stale
from ballast.domain.kernel.number import ONE, ZERO

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@frozen
class Caps:
    """The most that may be ordered, as notional in USD: by one order, in a minute and in a day (UTC)."""

    order_usd_max: Decimal
    minute_usd_max: Decimal
    day_usd_max: Decimal


@define
class Turnover:
    """What was ordered in the running minute and day, in USD."""

    minute: datetime | None = None
    minute_usd: Decimal = ZERO
    day: datetime | None = None
    day_usd: Decimal = ZERO

    def add(self, at: datetime, notional_usd: Decimal) -> None:
        """Count an order."""
        minute, day = _starts(at)
        self.minute_usd = (self.minute_usd if self.minute == minute else ZERO) + notional_usd
        self.day_usd = (self.day_usd if self.day == day else ZERO) + notional_usd
        self.minute, self.day = minute, day

    def check(self, at: datetime, notional_usd: Decimal, caps: Caps) -> None:
        """Raise RuleBroken for an order beyond its cap, LimitReached where waiting helps."""
        if notional_usd > caps.order_usd_max:
            raise RuleBroken("order cap", f"at most {caps.order_usd_max} USD", f"{notional_usd} USD")
        minute, day = _starts(at)
        if (self.day_usd if self.day == day else ZERO) + notional_usd > caps.day_usd_max:
            raise LimitReached("the day's turnover cap", (day + _DAY - at) // _SECOND + 1)
        if (self.minute_usd if self.minute == minute else ZERO) + notional_usd > caps.minute_usd_max:
            raise LimitReached("the minute's turnover cap", (minute + _MINUTE - at) // _SECOND + 1)


def _starts(at: datetime) -> tuple[datetime, datetime]:
    return at.replace(second=0, microsecond=0), at.replace(hour=0, minute=0, second=0, microsecond=0)


@frozen
class PriceRule:
    """How old a price may be, and how far the venue may lie from the oracle."""

    age_s_max: int
    band: Bps


def check_prices(
    venue: Mapping[Asset, Decimal],
    oracle: Mapping[Asset, tuple[Decimal, datetime]],
    assets: tuple[Asset, ...],
    now: datetime,
    rule: PriceRule,
) -> None:
    """Raise Stale for an old or missing price, RuleBroken when venue and oracle lie apart: hold, never guess."""
    for asset in assets:
        reading = oracle.get(asset)
        if reading is None or asset not in venue:
            raise Stale(f"price of {asset.value}", "venue and oracle", "no answer from one of them")
        usd, time = reading
        if now - time > rule.age_s_max * _SECOND:
            raise Stale(f"price of {asset.value}", f"at most {rule.age_s_max} s old", f"{(now - time) // _SECOND} s")
        if abs(venue[asset] / usd - ONE) > rule.band.fraction:
            found = f"{venue[asset]} against {usd}"
            raise RuleBroken(f"price of {asset.value}", f"venue and oracle within {rule.band.value} bps", found)


def check_address(address: str, whitelist: frozenset[str]) -> str:
    """Return a destination; raises NotAllowed when it is not on the whitelist."""
    if address not in whitelist:
        raise NotAllowed(f"{address!r} is not a whitelisted address", address=address)
    return address
