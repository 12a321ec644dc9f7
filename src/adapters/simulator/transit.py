"""Transfers between the parts of the world: they take time, and what is under way is still somewhere."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from ballast.adapters.simulator.settings import Route
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ZERO

Depart = Callable[[datetime, Amount, str], str]
Schedule = Callable[[datetime, Callable[[datetime], None]], None]


class Receiver(Protocol):
    """A part that transfers arrive at."""

    def credit(self, now: datetime, amount: Amount, reference: str) -> None:
        """Book what arrived under a sender's reference."""
        ...


class Transit:
    """Everything that left one part and has not reached the next."""

    def __init__(self, routes: Iterable[Route], receivers: Callable[[str], Receiver], schedule: Schedule) -> None:
        self._routes = {route.address: route for route in routes}
        self._receivers = receivers
        self._schedule = schedule
        self._under_way: dict[str, Amount] = {}
        self._departed = 0

    def depart(self, now: datetime, amount: Amount, address: str) -> str:
        """Send an amount on its way and return the reference it will arrive under.

        Raises RuleBroken, nothing sent, for an address that leads nowhere or takes another asset.
        """
        route = self._routes.get(address)
        if route is None or route.asset is not amount.asset:
            takes = "no asset" if route is None else route.asset.value
            raise RuleBroken(f"address {address}", f"one that takes {amount.asset.value}", takes)
        self._departed += 1
        reference = f"transfer-{self._departed}"
        self._under_way[reference] = amount
        self._schedule(now + timedelta(seconds=route.duration_s), partial(self._arrive, reference, route.receiver))
        return reference

    def total(self, _now: datetime, asset: Asset) -> Decimal:
        """Return what is under way of an asset."""
        amounts = (amount.quantity for amount in self._under_way.values() if amount.asset is asset)
        return sum(amounts, ZERO)

    def _arrive(self, reference: str, receiver: str, now: datetime) -> None:
        self._receivers(receiver).credit(now, self._under_way.pop(reference), reference)
