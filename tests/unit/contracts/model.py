"""The vault's books as they ought to be, in plain integers; it says beforehand whether the contract may accept."""

from attrs import Factory, define
from tests.unit.contracts.rig import HOUR_S, ONE, Quote, Terms

INTERVAL_S = Terms().interval_s_min
CANCEL_S = Terms().delays_s[2]


@define
class Asked:
    """One request: `state` is open, released, fulfilled or cancelled."""

    user: str
    deposit: bool
    amount: int
    time_s: int
    out_min: int
    deadline_s: int
    state: str = "open"

    @property
    def is_open(self) -> bool:
        """Say whether it waits for an answer."""
        return self.state in ("open", "released")


@define
class Bucket:
    """What a user may claim: `given` asks for `got`."""

    given: int = 0
    got: int = 0


@define
class Model:
    """Sums by their definition: from the requests and buckets, never kept beside them."""

    quote: Quote
    caps: tuple[int, int, int, int]
    free: int = 0
    paused: bool = False
    supply: int = 0
    asked: dict[int, Asked] = Factory(dict[int, Asked])
    buckets: dict[tuple[str, bool], Bucket] = Factory(dict[tuple[str, bool], Bucket])
    # What was minted (True) and reserved (False), by block and by day.
    used: dict[tuple[bool, str, int], int] = Factory(dict[tuple[bool, str, int], int])

    def open_sum(self, *, deposit: bool, states: tuple[str, ...] = ("open", "released")) -> int:
        """Add up the open requests of a kind."""
        return sum(each.amount for each in self.asked.values() if each.deposit is deposit and each.state in states)

    def claimable(self, *, deposit: bool) -> int:
        """Add up what users may claim: shares of deposits, assets of redemptions."""
        return sum(bucket.got for (_, kind), bucket in self.buckets.items() if kind is deposit)

    def held(self) -> int:
        """Return the assets that must lie in the contract, to the unit."""
        return self.open_sum(deposit=True, states=("open",)) + self.claimable(deposit=False) + self.free

    def output(self, asked: Asked) -> int:
        """Return what a request gives at the quote in force."""
        return asked.amount * ONE // self.quote[2] if asked.deposit else asked.amount * self.quote[3] // ONE

    def may_fulfil(self, asked: Asked | None, seq: int, block: int, time_s: int) -> bool:
        """Say whether the contract must accept a fulfilment."""
        if asked is None or not asked.is_open or self.paused or seq != self.quote[0]:
            return False
        priced = asked.time_s < self.quote[1] and time_s - self.quote[1] <= HOUR_S and time_s <= asked.deadline_s
        output = self.output(asked)
        covered = asked.deposit or output <= self.free
        return priced and output >= max(1, asked.out_min) and covered and self._in_caps(asked, output, block, time_s)

    def fulfil(self, asked: Asked, block: int, time_s: int) -> int:
        """Book a fulfilment and return its output."""
        output = self.output(asked)
        if asked.deposit:
            self.supply += output
            self.free += asked.amount if asked.state == "open" else 0
        else:
            self.supply -= asked.amount
            self.free -= output
        asked.state = "fulfilled"
        bucket = self.buckets.setdefault((asked.user, asked.deposit), Bucket())
        bucket.given += asked.amount
        bucket.got += output
        for key in self._windows(asked, block, time_s):
            self.used[key] = self.used.get(key, 0) + output
        return output

    def may_cancel(self, asked: Asked | None, time_s: int) -> bool:
        """Say whether the contract must accept a user's cancellation."""
        if asked is None or not asked.is_open or time_s < min(asked.time_s + CANCEL_S, asked.deadline_s):
            return False
        return asked.state == "open" or asked.amount <= self.free

    def cancel(self, asked: Asked) -> None:
        """Book a cancellation."""
        self.free -= asked.amount if asked.state == "released" else 0
        asked.state = "cancelled"

    def _windows(self, asked: Asked, block: int, time_s: int) -> list[tuple[bool, str, int]]:
        return [(asked.deposit, "block", block), (asked.deposit, "day", time_s // 86_400)]

    def _in_caps(self, asked: Asked, output: int, block: int, time_s: int) -> bool:
        caps = self.caps[:2] if asked.deposit else self.caps[2:]
        windows = self._windows(asked, block, time_s)
        return all(self.used.get(key, 0) + output <= cap for key, cap in zip(windows, caps, strict=True))
