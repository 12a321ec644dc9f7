"""The vault contract on Ethereum: requests in, shares and claims out."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.ports.actions import Actor


class RequestKind(Enum):
    """What a user asked for."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class Finality(Enum):
    """How sure the chain is of a request."""

    SEEN = "seen"
    CONFIRMED = "confirmed"
    FINAL = "final"


@frozen
class VaultRequest:
    """One user's request, known by (chain, contract, request id) as the text `key`.

    `position` counts from 1 in the contract's order; one that a reorganisation removed leaves its position empty.
    `amount` is BTC for a deposit, SHARE for a withdrawal; `fulfilled` once shares or claims were made.
    """

    position: int
    key: str
    kind: RequestKind
    owner: str
    amount: Amount
    time: datetime
    finality: Finality
    fulfilled: bool


@frozen
class Release:
    """Move a deposit's BTC from the contract to the custody wallet."""

    key: str


@frozen
class Forward:
    """Send BTC from the custody wallet to the venue's deposit address."""

    amount: Amount


@frozen
class FulfilDeposit:
    """Make the depositor's shares claimable."""

    key: str
    shares: Amount


@frozen
class FulfilWithdrawal:
    """Burn the shares and make the BTC that arrived in the contract claimable."""

    key: str
    assets: Amount


VaultAction = Release | Forward | FulfilDeposit | FulfilWithdrawal


@frozen
class VaultTotals:
    """The contract's own sums: share supply, BTC held, and BTC already claimable by users."""

    share_supply: Decimal
    btc_held: Decimal
    btc_claimable: Decimal


class VaultContract(Actor[VaultAction], Protocol):
    """Watch requests and answer them.

    Laws, besides those of Actor:
    7. `requests` lists in the order of the contract, after a cursor, without gap or repetition; a request that a
       reorganisation removed is no longer listed.
    8. A request is fulfilled at most once; a second fulfilment under another intent is refused.
    9. Fulfilment needs finality FINAL.
    """

    async def requests(self, after: int, limit: int) -> tuple[VaultRequest, ...]:
        """Return up to `limit` (1..500) requests whose position is after a cursor (0 = from the start)."""
        ...

    async def request(self, key: str) -> VaultRequest:
        """Return one request; raises NotKnown."""
        ...

    async def totals(self) -> VaultTotals:
        """Return the contract's sums."""
        ...
