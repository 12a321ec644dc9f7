"""Reference prices of the simulated world."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from ballast.adapters.simulator.access import SimulatedPort
from ballast.domain.kernel.asset import HEDGED, USDC, USDT, Asset
from ballast.domain.kernel.errors import Unreachable
from ballast.domain.kernel.number import ONE
from ballast.ports.prices import Reading


class PriceRecord(Protocol):
    """The recorded market, as the oracles see it: the answer depends on the moment alone."""

    def reading(self, asset: Asset, at: datetime) -> tuple[Decimal, datetime] | None:
        """Return the USD price at a moment and the time it is of; None when there is none."""
        ...

    def usdc_usd(self) -> Decimal:
        """Return the price of USDC."""
        ...


class PricesPart:
    """The oracles in the world's time. USDT is the record's own dollar; USDC keeps one price."""

    def __init__(self, market: PriceRecord) -> None:
        self._market = market

    def read(self, now: datetime) -> Mapping[Asset, Reading]:
        """Return every price there is at `now`; raises Unreachable when the record has not begun."""
        readings = {asset: self._market.reading(asset, now) for asset in HEDGED}
        found = {asset: Reading(*reading) for asset, reading in readings.items() if reading is not None}
        if not found:
            raise Unreachable(f"prices: nothing is recorded at {now}")
        return {**found, USDC: Reading(self._market.usdc_usd(), now), USDT: Reading(ONE, now)}


class SimulatedPrices(SimulatedPort):
    """ports.prices.Prices over the simulated oracles."""

    part = "prices"

    async def read(self) -> Mapping[Asset, Reading]:
        """Return the newest price of each asset."""
        readings: Mapping[Asset, Reading] = await self._ask("read")
        return readings
