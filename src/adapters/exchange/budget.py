"""How much may be asked of the exchange: a weight budget per address, an order budget per account."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

from attrs import define, frozen

from ballast.domain.kernel.errors import LimitReached
from ballast.ports.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOO_MANY, _BANNED = 429, 418
_BAN_S_MIN = 120  # a ban lasts at least two minutes (facts/binance.md section 4)


class Pool(Enum):
    """The exchange's interfaces, each with limits of its own; the value is the first part of their paths."""

    SPOT = "api"
    WALLET = "sapi"
    FUTURES = "fapi"
    PORTFOLIO = "papi"


class Priority(Enum):
    """What may use how much of a budget: what reduces risk has the last tenths to itself."""

    READ = Decimal("0.7")
    TRADE = Decimal("0.9")
    REDUCE = Decimal(1)


@frozen
class Limit:
    """At most `most` in each `length_s`, counted by the exchange in the response header `header`."""

    header: str
    length_s: int
    most: int


# facts/binance.md section 4; spot orders as the recorded exchangeInfo says.
WEIGHTS: Mapping[Pool, Limit] = {
    Pool.SPOT: Limit("x-mbx-used-weight-1m", 60, 6000),
    Pool.WALLET: Limit("x-sapi-used-ip-weight-1m", 60, 12_000),
    Pool.FUTURES: Limit("x-mbx-used-weight-1m", 60, 2400),
    Pool.PORTFOLIO: Limit("x-mbx-used-weight-1m", 60, 6000),
}
ORDERS: Mapping[Pool, tuple[Limit, ...]] = {
    Pool.SPOT: (Limit("x-mbx-order-count-10s", 10, 100),),
    Pool.WALLET: (),
    Pool.FUTURES: (Limit("x-mbx-order-count-10s", 10, 300), Limit("x-mbx-order-count-1m", 60, 1200)),
    Pool.PORTFOLIO: (Limit("x-mbx-order-count-1m", 60, 1200),),
}


@define
class Window:
    """What was used of a limit in the running interval, which begins on the interval's own boundary."""

    limit: Limit
    started_s: int = 0
    used: int = 0

    def at(self, now_s: int) -> "Window":
        """Begin anew when the interval is over."""
        start = now_s - now_s % self.limit.length_s
        if start != self.started_s:
            self.started_s, self.used = start, 0
        return self

    def left_s(self, now_s: int) -> int:
        """Return the whole seconds until the interval is over, at least 1."""
        return self.started_s + self.limit.length_s - now_s


class Budget:
    """Count what is asked, believe the exchange's own count where it is higher, and obey its bans."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._weights = {pool: Window(limit) for pool, limit in WEIGHTS.items()}
        self._orders = {pool: tuple(map(Window, limits)) for pool, limits in ORDERS.items()}
        self._banned_until_s = 0

    def spend(self, pool: Pool, weight: int, orders: int, priority: Priority) -> None:
        """Take weight (>= 0) and orders (0 or 1) for one request; raises LimitReached with the wait, taking nothing."""
        now_s = self._now_s()
        if now_s < self._banned_until_s:
            raise LimitReached("the exchange's ban", self._banned_until_s - now_s)
        wanted = [(self._weights[pool].at(now_s), weight)]
        wanted += [(window.at(now_s), orders) for window in self._orders[pool] if orders]
        for window, cost in wanted:
            if window.used + cost > window.limit.most * priority.value:
                raise LimitReached(f"the {window.limit.length_s} s budget of {pool.value}", window.left_s(now_s))
        for window, cost in wanted:
            window.used += cost

    def hear(self, pool: Pool, status: int, headers: Mapping[str, str]) -> int:
        """Read an answer's headers; return the seconds to wait, 0 when the exchange asks for none."""
        now_s, found = self._now_s(), {name.lower(): value for name, value in headers.items()}
        for window in (self._weights[pool], *self._orders[pool]):
            counted = found.get(window.limit.header, "")
            if counted.isdecimal():
                window.at(now_s).used = max(window.used, int(counted))
        if status not in {_TOO_MANY, _BANNED}:
            return 0
        wait_s = self._wait_s(pool, status, found.get("retry-after", ""), now_s)
        self._banned_until_s = max(self._banned_until_s, now_s + wait_s)
        return wait_s

    def _wait_s(self, pool: Pool, status: int, retry_after: str, now_s: int) -> int:
        if retry_after.isdecimal():
            return max(1, int(retry_after))
        return _BAN_S_MIN if status == _BANNED else self._weights[pool].at(now_s).left_s(now_s)

    def _now_s(self) -> int:
        return (self._clock.now() - _EPOCH) // timedelta(seconds=1)
