"""What must hold in a replay, checked as it runs; nothing is averaged away."""

from datetime import datetime, timedelta
from decimal import Decimal

from attrs import define, field

BREACHES_KEPT_MAX = 200


@define
class Invariant:
    """One promise: its bound in words, the worst seen against it, and whether it held throughout."""

    name: str
    bound: str
    holds: bool = True
    worst: str = "none"
    detail: str = ""
    checks: int = 0
    _worst_by: Decimal | None = None

    def check(
        self,
        by: Decimal,
        holds: bool,  # noqa: FBT001 - a verdict
        found: str,
        *facts: object,
        at: datetime | None = None,
    ) -> None:
        """Take in one check; `by` orders how bad it is (greater is worse), `found` says it in words around `facts`.

        The words are put together only when they are kept, as in `str.format`.
        """
        self.checks += 1
        if self._worst_by is None or by > self._worst_by:
            self._worst_by, self.worst = by, found.format(*facts)
        if not holds and self.holds:
            self.holds = False
            words = found.format(*facts)
            self.detail = f"first broken at {at.isoformat()}: {words}" if at else f"broken: {words}"

    def to_json(self) -> dict[str, object]:
        """Return it as the report carries it."""
        return {
            "name": self.name,
            "holds": self.holds,
            "worst": self.worst,
            "bound": self.bound,
            "detail": self.detail,
            "checks": self.checks,
        }


@define
class Breach:
    """A condition that was broken for a while: from when to when, and how far at worst."""

    what: str
    start: datetime
    end: datetime
    worst: Decimal


@define
class Breaches:
    """Broken conditions as spans of time; `running` are those that last."""

    kept: list[Breach] = field(factory=list[Breach])
    running: dict[str, Breach] = field(factory=dict[str, Breach])
    dropped: int = 0

    def note(self, what: str, at: datetime, depth: Decimal) -> timedelta:
        """Note that a condition is broken now, by how much (>= 0); returns for how long it has been."""
        breach = self.running.get(what)
        if breach is None:
            breach = self.running[what] = Breach(what, at, at, depth)
            if len(self.kept) < BREACHES_KEPT_MAX:
                self.kept.append(breach)
            else:
                self.dropped += 1
        breach.end, breach.worst = at, max(breach.worst, depth)
        return at - breach.start

    def over(self, what: str, at: datetime) -> timedelta:
        """Note that a condition holds again; returns for how long it was broken."""
        breach = self.running.pop(what, None)
        if breach is None:
            return timedelta(0)
        breach.end = at
        return at - breach.start

    def to_json(self) -> list[dict[str, object]]:
        """Return the spans as the report carries them."""
        return [
            {"from": row.start.isoformat(), "to": row.end.isoformat(), "what": row.what, "worst": f"{row.worst:.6f}"}
            for row in self.kept
        ]
