"""What every simulated or in-memory actor does alike: refusals, and what arrived under whose reference."""

from attrs import Factory, define

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput, InvariantError
from ballast.ports.actions import ActionReport, ActionState

NEVER_RECEIVED = "never received"


def refused(intent_id: str, reason: str) -> ActionReport:
    """Return the report of an action that moved nothing."""
    return ActionReport(intent_id, ActionState.REFUSED, reason=reason)


def check_positive(field: str, amount: Amount, *assets: Asset) -> None:
    """Raise InvalidInput unless the amount is above zero and of one of the assets (any, when none is named)."""
    if assets and amount.asset not in assets:
        raise InvalidInput(field, " or ".join(asset.value for asset in assets), amount.asset.value)
    if amount.quantity <= 0:
        raise InvalidInput(field, "more than zero", str(amount))


@define
class Arrivals:
    """What arrived at one place, each reference once."""

    _amounts: dict[str, Amount] = Factory(dict[str, Amount])

    def add(self, reference: str, amount: Amount) -> None:
        """Take an arrival in; raises InvariantError for a reference that arrived before."""
        if reference in self._amounts:
            raise InvariantError(f"{reference} arrived twice", reference=reference)
        self._amounts[reference] = amount

    def under(self, reference: str) -> Amount | None:
        """Return what arrived under a reference, None until it did."""
        return self._amounts.get(reference)
