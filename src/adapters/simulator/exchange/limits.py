"""How much one address may ask and one account may order, as the exchange counts it (facts/binance.md section 4)."""

from datetime import datetime, timedelta

from attrs import Factory, define, field

from ballast.adapters.simulator.exchange.clock import ServerClock
from ballast.adapters.simulator.exchange.wire import Rejection, ms_of

_MS_PER_S = 1000
_MINUTE_S = 60
# How often a client may go on asking in a minute after its first 429 before it is banned, and for how long then.
_PATIENCE = 10
_BAN = timedelta(minutes=2)


@define
class Pool:
    """A count that starts anew on every boundary of `window_s` seconds."""

    limit: int
    window_s: int
    used: int = 0
    _window: int = -1

    def charge(self, now_ms: int, amount: int) -> bool:
        """Count an amount (>= 0); return whether the limit still holds."""
        window = now_ms // (self.window_s * _MS_PER_S)
        if window != self._window:
            self._window, self.used = window, 0
        self.used += amount
        return self.used <= self.limit

    def left_s(self, now_ms: int) -> int:
        """Return the whole seconds until the count starts anew (1 or more)."""
        return self.window_s - now_ms // _MS_PER_S % self.window_s


def _weights() -> dict[str, Pool]:
    limits = {"fapi": 2400, "dapi": 2400, "api": 6000, "papi": 6000, "sapi": 12_000}
    return {family: Pool(limit, _MINUTE_S) for family, limit in limits.items()}


def _orders() -> dict[str, dict[str, Pool]]:
    tens = {"fapi": 300, "papi": 300, "api": 100}
    return {family: {"10s": Pool(ten, 10), "1m": Pool(1200, _MINUTE_S)} for family, ten in tens.items()}


@define
class RequestLimits:
    """The pools of all API families, and the ban that follows from not stopping."""

    _clock: ServerClock
    weights: dict[str, Pool] = Factory(_weights)
    orders: dict[str, dict[str, Pool]] = Factory(_orders)
    banned_until: datetime | None = None
    _refused: Pool = field(factory=lambda: Pool(_PATIENCE, _MINUTE_S))

    def ban(self, duration: timedelta) -> None:
        """Answer 418 to everything for a time."""
        self.banned_until = self._clock.now() + duration

    def admit(self, family: str, weight: int) -> dict[str, str]:
        """Count a request and return the headers that say so; raises Rejection 429, or 418 while banned."""
        self._check_ban()
        now_ms = ms_of(self._clock.now())
        pool = self.weights[family]
        if not pool.charge(now_ms, weight):
            self._refuse(now_ms)
            raise Rejection(-1003, "too much request weight used", 429, pool.left_s(now_ms))
        return self._weight_headers(family, pool)

    def admit_order(self, family: str) -> dict[str, str]:
        """Count an order and return the headers that say so; raises Rejection 429."""
        now_ms = ms_of(self._clock.now())
        for pool in self.orders[family].values():
            if not pool.charge(now_ms, 1):
                raise Rejection(-1015, "too many new orders", 429, pool.left_s(now_ms))
        return {f"x-mbx-order-count-{name}": str(pool.used) for name, pool in self.orders[family].items()}

    def _check_ban(self) -> None:
        if self.banned_until is None:
            return
        left = self.banned_until - self._clock.now()
        if left <= timedelta(0):
            self.banned_until = None
            return
        message = f"address banned until {ms_of(self.banned_until)}"
        raise Rejection(-1003, message, 418, -(-left // timedelta(seconds=1)))

    def _refuse(self, now_ms: int) -> None:
        if not self._refused.charge(now_ms, 1):
            self.ban(_BAN)

    def _weight_headers(self, family: str, pool: Pool) -> dict[str, str]:
        if family == "sapi":
            return {"x-sapi-used-ip-weight-1m": str(pool.used)}
        headers = {"x-mbx-used-weight-1m": str(pool.used)}
        return headers | {"x-mbx-used-weight": str(pool.used)} if family == "api" else headers
