"""Reference prices that are set by hand."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, define, field

from ballast.adapters.memory.line import Line
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.clock import Clock
from ballast.ports.prices import Reading


@define
class MemoryPrices:
    """Answer what was set last for each asset."""

    _clock: Clock
    line: Line = field(factory=lambda: Line("prices"))
    _readings: dict[Asset, Reading] = Factory(dict[Asset, Reading])

    async def read(self) -> Mapping[Asset, Reading]:
        """Return the newest price of each asset."""
        self.line.check()
        return dict(self._readings)

    def set(self, asset: Asset, usd: Decimal) -> None:
        """Make a price at the present; raises InvalidInput unless it is finite and above zero."""
        if not usd.is_finite() or usd <= 0:
            raise InvalidInput(f"price of {asset.value}", "a finite number above zero", str(usd))
        self._readings[asset] = Reading(usd, self._clock.now())
