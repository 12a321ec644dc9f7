"""Alerts as log lines: whatever watches the log calls the person."""

from attrs import define, field
from structlog.typing import FilteringBoundLogger

from ballast.ports.alerts import Alert, Severity


@define
class LogAlerts:
    """Write each condition once while it stands, as a warning or an error of the log.

    `undelivered` counts the alerts the log would not take; those are tried again when they are told again.
    """

    _log: FilteringBoundLogger
    undelivered: int = field(default=0, init=False)
    _standing: set[str] = field(factory=set[str], init=False)

    async def tell(self, alert: Alert) -> None:
        """Write an alert, unless its condition was written already."""
        if alert.key in self._standing:
            return
        write = self._log.error if alert.severity is Severity.CRITICAL else self._log.warning
        try:
            # "condition", because the log hides the value of whatever is called a key.
            write("alert", condition=alert.key, text=alert.text, since=alert.time.isoformat())
        except Exception:  # noqa: BLE001  # law 1: a broken log of any kind must not stop trading; it is counted
            self.undelivered += 1
        else:
            self._standing.add(alert.key)

    async def clear(self, key: str) -> None:
        """Say that a condition is over."""
        self._standing.discard(key)
