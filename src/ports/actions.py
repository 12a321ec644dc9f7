"""What the treasury, the vault contract and the venue's wallets have in common: actions under our own id."""

from enum import Enum
from typing import Protocol, TypeVar

from attrs import frozen

from ballast.domain.kernel.amount import Amount

ActionT_contra = TypeVar("ActionT_contra", contravariant=True)


class ActionState(Enum):
    """What is proved of an action. UNRESOLVED covers everything between sending and proof."""

    UNRESOLVED = "unresolved"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


@frozen
class ActionReport:
    """What is proved of an action.

    `sent` left the place (what was paid or moved), `received` is what the place got for it in the same action,
    `cost` are fees on top; `reference` names the transaction for the receiving side, empty until there is one.
    """

    intent_id: str
    state: ActionState
    sent: Amount | None = None
    received: Amount | None = None
    cost: Amount | None = None
    reference: str = ""
    reason: str = ""


class Actor(Protocol[ActionT_contra]):
    """Do an action once under the caller's intent id, however often it is asked.

    Laws:
    1. The same intent id is one action: a second `submit` changes nothing and reports the first.
    2. `progress` is UNRESOLVED until the outcome is proved; then it never changes.
    3. `progress` of an id the place has proved it never took is REFUSED with reason "never received".
    4. A refused action moved nothing.
    5. `credited` answers for what arrived here under another place's reference, once, exactly; None until it did.
    6. Raises Unreachable only when it is proved that nothing was sent.
    """

    async def submit(self, intent_id: str, action: ActionT_contra) -> ActionReport:
        """Ask for an action under our id."""
        ...

    async def progress(self, intent_id: str) -> ActionReport:
        """Do what is due for the action (approve, execute) and report what is proved."""
        ...

    async def credited(self, reference: str) -> Amount | None:
        """Return what arrived under a sender's reference."""
        ...
