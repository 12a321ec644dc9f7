"""How long the simulated world takes for what."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Attribute, Factory, field, frozen

from ballast.domain.kernel.asset import BTC, USDC, Asset
from ballast.domain.kernel.errors import InvalidInput


def _not_negative(_settings: object, attribute: "Attribute[int]", seconds: int) -> None:
    if seconds < 0:
        raise InvalidInput(attribute.name, "0 or more", str(seconds))


@frozen
class Route:
    """Where an address leads: the part that is credited, the one asset it takes, and how long a transfer lasts."""

    address: str
    receiver: str
    asset: Asset
    duration_s: int = field(validator=_not_negative)


# Durations: six Bitcoin confirmations are paced by the venue, not by us; half an hour is a typical credit of BTC.
# USDC on Solana is final in seconds; the venue adds minutes.
ROUTES = (
    Route("venue-btc", "venue", BTC, 1800),
    Route("venue-usdc", "venue", USDC, 300),
    Route("treasury-usdc", "treasury", USDC, 300),
    Route("contract-btc", "vault", BTC, 1200),
)


@frozen(kw_only=True)
class WorldSettings:
    """The world's delays and names; every `_s` is whole seconds (>= 0).

    An approval of the multisig takes `approval_delay_s` plus a seeded part of `approval_jitter_s`, and execution is
    possible `time_lock_s` later. A request is CONFIRMED after `confirm_s`, FINAL after `final_s`; a transaction to the
    contract is proved after `transaction_s`. `latency_ms` is what each call to a part takes.
    """

    routes: tuple[Route, ...] = ROUTES
    custody_route: str = "venue-btc"
    contract: str = "vault"
    treasury_balances: Mapping[Asset, Decimal] = Factory(dict[Asset, Decimal])
    approval_delay_s: int = field(default=60, validator=_not_negative)
    approval_jitter_s: int = field(default=60, validator=_not_negative)
    time_lock_s: int = field(default=300, validator=_not_negative)
    confirm_s: int = field(default=180, validator=_not_negative)
    final_s: int = field(default=900, validator=_not_negative)
    transaction_s: int = field(default=15, validator=_not_negative)
    latency_ms: Mapping[str, int] = Factory(dict[str, int])

    def __attrs_post_init__(self) -> None:
        """Refuse a custody wallet whose transfers would lead nowhere."""
        takes = {route.address: route.asset for route in self.routes}.get(self.custody_route)
        if takes is not BTC:
            raise InvalidInput("custody_route", "the address of a route that takes BTC", repr(self.custody_route))
