"""Which account at which exchange, and how patient we are with it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path

from attrs import frozen


class Variant(Enum):
    """The kind of Binance account that carries the perpetuals."""

    FUTURES = "futures"
    PORTFOLIO = "portfolio"


@frozen
class ExchangeSettings:
    """One account.

    `base_url` replaces scheme and host of every address (a loopback exchange), empty for the real ones; `demo` takes
    the exchange's own practice addresses, which have no wallets to transfer or withdraw from; `store` is the file of
    what must outlive this process; `networks` is the whitelist: each address with the venue's name of its network;
    `streamed` are the symbols whose books come from the exchange's streams; `answer_s_max` (> 0) bounds one request;
    what nobody saw for `visible_s_max` (> 0) never arrived; `data_age_s_max` (> 0) is how long a stream may be silent
    before it counts as dead; without `withdrawals` nothing leaves, and the key must not be able to send anything.
    """

    store: Path
    networks: Mapping[str, str]
    base_url: str = ""
    demo: bool = False
    variant: Variant = Variant.FUTURES
    streamed: tuple[str, ...] = ()
    answer_s_max: int = 10
    visible_s_max: int = 60
    data_age_s_max: int = 30
    withdrawals: bool = True

    @property
    def visible(self) -> timedelta:
        """Return how long the venue may take to show what it accepted."""
        return timedelta(seconds=self.visible_s_max)
