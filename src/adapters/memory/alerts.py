"""Alerts in a list, for whoever wants to look."""

from attrs import define, field

from ballast.ports.alerts import Alert


@define
class MemoryAlerts:
    """Keep what was told, in order, in `told`."""

    told: list[Alert] = field(factory=list[Alert], init=False)
    _standing: set[str] = field(factory=set[str], init=False)

    async def tell(self, alert: Alert) -> None:
        """Keep an alert, unless its condition stands already."""
        if alert.key not in self._standing:
            self._standing.add(alert.key)
            self.told.append(alert)

    async def clear(self, key: str) -> None:
        """Say that a condition is over."""
        self._standing.discard(key)
