"""What a multisig holds and whom it may pay, without the time its proposals take."""

from decimal import Decimal

from attrs import define, field

from ballast.adapters.common.actions import Arrivals, check_positive
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, STABLES, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import ZERO, exact
from ballast.ports.treasury import Mint, Remit, TreasuryAction

# USDC, USDT and JLP alike, on Solana (data/jlp/beethoven-2026-04).
TOKEN_DECIMALS = 6


@define
class TreasuryBooks:
    """Balances by asset, and the addresses the multisig may pay."""

    balances: dict[Asset, Decimal]
    whitelist: frozenset[str]
    arrivals: Arrivals = field(factory=Arrivals)

    def check(self, action: TreasuryAction) -> None:
        """Refuse what may not even be proposed.

        Raises RuleBroken for an address outside the whitelist, InvalidInput for an amount that is not above zero, of
        the wrong asset, or with more digits than its token carries.
        """
        if isinstance(action, Remit):
            _check_payable("amount", action.amount, JLP, *STABLES)
            if action.address not in self.whitelist:
                raise RuleBroken("remittance", "a whitelisted address", repr(action.address))
            return
        paid, got = (STABLES, (JLP,)) if isinstance(action, Mint) else ((JLP,), STABLES)
        _check_payable("pay", action.pay, *paid)
        _check_payable("receive_min", action.receive_min, *got)

    def check_covered(self, amount: Amount) -> None:
        """Raise RuleBroken when the multisig holds less than an amount."""
        held = self.balances.get(amount.asset, ZERO)
        if held < amount.quantity:
            raise RuleBroken(f"treasury balance of {amount.asset.value}", str(amount.quantity), str(held))

    def move(self, paid: Amount, received: Amount | None = None) -> None:
        """Book what left and what came for it; raises RuleBroken, nothing moved, when it is not covered."""
        self.check_covered(paid)
        self.balances[paid.asset] -= paid.quantity
        if received is not None:
            self._add(received)

    def credit(self, amount: Amount, reference: str) -> None:
        """Book an arrival; raises InvariantError for a reference that arrived before."""
        self.arrivals.add(reference, amount)
        self._add(amount)

    def _add(self, amount: Amount) -> None:
        self.balances[amount.asset] = self.balances.get(amount.asset, ZERO) + amount.quantity


def _check_payable(field: str, amount: Amount, *assets: Asset) -> None:
    check_positive(field, amount, *assets)
    exact(amount.quantity, TOKEN_DECIMALS, field)
