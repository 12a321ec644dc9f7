"""The multisig on Solana that holds JLP and USDC."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.ports.actions import Actor


@frozen
class Mint:
    """Pay `pay` (a pool stable) for JLP, refused below `receive_min`."""

    pay: Amount
    receive_min: Amount


@frozen
class Redeem:
    """Burn `pay` JLP for a pool stable, refused below `receive_min`."""

    pay: Amount
    receive_min: Amount


@frozen
class Remit:
    """Send an amount to a whitelisted address."""

    amount: Amount
    address: str


TreasuryAction = Mint | Redeem | Remit


class Treasury(Actor[TreasuryAction], Protocol):
    """Act through proposals: propose, approve, wait for the threshold and the time lock, execute.

    Laws, besides those of Actor:
    7. `balances` are exact in each asset's units and include what an executed action moved.
    8. An address outside the whitelist is refused before anything is proposed (RuleBroken).
    """

    async def balances(self) -> Mapping[Asset, Decimal]:
        """Return what the multisig holds."""
        ...
