"""Saying what a config transaction changes."""

from collections.abc import Sequence

from solders.pubkey import Pubkey

from ballast.adapters.squads.model import (
    AddMember,
    AddSpendingLimit,
    ChangeThreshold,
    ConfigAction,
    Period,
    Permission,
    RemoveMember,
    RemoveSpendingLimit,
    SetRentCollector,
    SetTimeLock,
)
from ballast.adapters.squads.naming import amount_text

_EVERY = {Period.ONE_TIME: "once", Period.DAY: "every day", Period.WEEK: "every week", Period.MONTH: "every 30 days"}


def mask_text(mask: int) -> str:
    """Return a member's permissions in words."""
    held = [(permission.name or "").lower() for permission in Permission if permission in Permission(mask)]
    return "may " + ", ".join(held) if held else "may do nothing"


def limit_text(limit_units: int, mint: Pubkey, period: Period, members: Sequence[Pubkey]) -> str:
    """Return what a spending limit lets its members do."""
    spenders = ", ".join(map(str, members))
    return f"{spenders} may each alone send from one purse of {amount_text(limit_units, mint)} {_EVERY[period]}"


def destinations_text(destinations: Sequence[Pubkey]) -> str:
    """Return where a spending limit's money may go; none listed means anywhere."""
    return "to " + ", ".join(map(str, destinations)) if destinations else "to ANY destination"


def action_text(action: ConfigAction) -> str:
    """Return in words what an action changes."""
    match action:
        case AddMember(member):
            text = f"let {member.key} in, who {mask_text(member.mask)}"
        case RemoveMember(key):
            text = f"shut {key} out (spending limits that name it stay)"
        case ChangeThreshold(threshold):
            text = f"ask for {threshold} approvals from now on"
        case SetTimeLock(seconds):
            text = f"ask for {seconds:,} s between approval and execution"
        case AddSpendingLimit():
            purse = limit_text(action.amount, action.mint, action.period, action.members)
            text = f"without votes, {purse} from vault {action.vault_index} {destinations_text(action.destinations)}"
        case RemoveSpendingLimit(limit):
            text = f"take spending limit {limit} away"
        case SetRentCollector(collector):
            text = f"pay the rent of closed accounts to {collector}" if collector else "let nobody collect rent"
    return text
