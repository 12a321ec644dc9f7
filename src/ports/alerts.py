"""Calling a person."""

from datetime import datetime
from enum import Enum
from typing import Protocol

from attrs import frozen


class Severity(Enum):
    """How fast somebody must look."""

    WARNING = "warning"
    CRITICAL = "critical"


@frozen
class Alert:
    """What a person must know; `key` names the condition, so that it is told once while it lasts."""

    key: str
    severity: Severity
    text: str
    time: datetime


class Alerts(Protocol):
    """Deliver alerts.

    Laws:
    1. Delivery may fail; it never raises into trading.
    2. The same key is delivered again only after `clear`.
    """

    async def tell(self, alert: Alert) -> None:
        """Deliver an alert, unless its condition was told already."""
        ...

    async def clear(self, key: str) -> None:
        """Say that a condition is over."""
        ...
