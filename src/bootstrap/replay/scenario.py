"""What a replay is asked to do: a period of recorded history, and who comes and goes when."""

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from attrs import frozen

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal

WIND_UP = timedelta(hours=12)
LEAST = timedelta(hours=6)
_DAY = timedelta(days=1)
_DAYS = re.compile(r"[1-9][0-9]{0,3}")


@frozen
class Flow:
    """BTC in or out at the start of a day; days count from 1 at the start of the period."""

    day: int
    btc: Decimal

    @classmethod
    def parse(cls, text: str, field: str) -> "Flow":
        """Read DAY=BTC; raises InvalidInput saying what was expected."""
        day, _, btc = text.partition("=")
        if not _DAYS.fullmatch(day):
            raise InvalidInput(field, "DAY=BTC with a day from 1 to 9999", repr(text[:40]))
        amount = parse_decimal(btc, field)
        if amount <= 0 or amount != round(amount, 8):
            raise InvalidInput(field, "a positive BTC amount of at most 8 decimals", repr(btc))
        return cls(int(day), amount)


@frozen
class Scenario:
    """A replay's task: flows inside the period, everything out at its end."""

    start: datetime
    end: datetime
    deposits: tuple[Flow, ...]
    withdrawals: tuple[Flow, ...]
    seed: int = 1
    speed: float = math.inf
    out: Path = Path("out/replay")

    def __attrs_post_init__(self) -> None:
        """Raise InvalidInput for flows that do not fit the period or each other."""
        if self.end - self.start < LEAST:
            found = f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"
            raise InvalidInput("period", "at least six hours of candles for BTC, ETH and SOL", found)
        if not self.deposits:
            raise InvalidInput("--deposit", "at least one DAY=BTC", "none")
        for name, flows in (("--deposit", self.deposits), ("--withdraw", self.withdrawals)):
            for flow in flows:
                if self.time_of(flow) >= self.winds_up:
                    last = (self.winds_up - self.start) // _DAY + 1
                    raise InvalidInput(name, f"a day from 1 to {last} (then everything is paid out)", str(flow.day))
        self._check_covered()

    @property
    def command(self) -> str:
        """Return the command that repeats this replay over the same inputs."""
        flows = [f"--deposit {flow.day}={flow.btc}" for flow in self.deposits]
        flows += [f"--withdraw {flow.day}={flow.btc}" for flow in self.withdrawals]
        span = f"--from {self.start:%Y-%m-%dT%H:%M} --to {self.end:%Y-%m-%dT%H:%M}"
        return f"ballast replay {span} {' '.join(flows)} --seed {self.seed}"

    @property
    def winds_up(self) -> datetime:
        """Return when everybody is paid out: early enough before the end for the treasury's time lock."""
        return self.end - min(WIND_UP, (self.end - self.start) / 2)

    def time_of(self, flow: Flow) -> datetime:
        """Return when a flow happens."""
        return self.start + (flow.day - 1) * _DAY

    def _check_covered(self) -> None:
        for withdrawal in self.withdrawals:
            put_in = sum(flow.btc for flow in self.deposits if flow.day < withdrawal.day)
            taken = sum(flow.btc for flow in self.withdrawals if flow.day <= withdrawal.day)
            if taken >= put_in:
                raise InvalidInput(
                    "--withdraw", f"less than the {put_in} BTC deposited before day {withdrawal.day}", str(taken)
                )
