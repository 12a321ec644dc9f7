"""What the program allows in a state, as pure functions (facts: its source; times and refusals seen on the binary).

Times are Unix seconds of the chain's clock. A missing permission raises NotAllowed, a wrong state RuleBroken naming the
program's own error.
"""

from solders.pubkey import Pubkey

from ballast.adapters.squads.model import Multisig, Permission, Proposal, Status
from ballast.domain.kernel.errors import InvalidInput, NotAllowed, RuleBroken

TIME_LOCK_S_MAX = 7_776_000
_FINISHED = (Status.EXECUTED, Status.REJECTED, Status.CANCELLED)


def is_stale(multisig: Multisig, index: int) -> bool:
    """Say whether the rules changed after a transaction was made, so that it can no longer be approved."""
    return index <= multisig.stale_transaction_index


def permissions(multisig: Multisig, key: Pubkey) -> Permission | None:
    """Return what a key may do, None when it is no member."""
    return next((Permission(member.mask) for member in multisig.members if member.key == key), None)


def voters(multisig: Multisig) -> int:
    """Count the members who may vote."""
    return sum(bool(member.mask & Permission.VOTE) for member in multisig.members)


def approvals_missing(multisig: Multisig, proposal: Proposal) -> int:
    """Count the approvals a proposal still needs, 0 or more."""
    return max(0, multisig.threshold - len(proposal.approved))


def rejections_needed(multisig: Multisig) -> int:
    """Count the rejections that end a proposal: so many that the threshold is out of reach."""
    return voters(multisig) - multisig.threshold + 1


def executable_from_s(multisig: Multisig, proposal: Proposal) -> int | None:
    """Return from when on an approved proposal may be executed, None unless it is approved.

    The time lock is the multisig's present one, not that of the moment of approval.
    """
    standing = proposal.standing
    if standing.status is not Status.APPROVED or standing.since_s is None:
        return None
    return standing.since_s + multisig.time_lock_s


def check_sound(multisig: Multisig) -> None:
    """Raise InvalidInput unless threshold, time lock and members fit together as the program keeps them."""
    _within("threshold", 1, multisig.threshold, voters(multisig))
    _within("time_lock_s", 0, multisig.time_lock_s, TIME_LOCK_S_MAX)
    _within("stale_transaction_index", 0, multisig.stale_transaction_index, multisig.transaction_index)
    for permission in Permission:
        if not any(member.mask & permission for member in multisig.members):
            raise InvalidInput("members", f"one who may {(permission.name or '').lower()}", "none")


def check_may(multisig: Multisig, key: Pubkey, permission: Permission) -> None:
    """Raise NotAllowed unless the key is a member with the permission."""
    held = permissions(multisig, key)
    if held is None or permission not in held:
        what = "no member" if held is None else f"a member without {permission.name}"
        raise NotAllowed(f"{key} is {what}", member=str(key), permission=str(permission.name))


def check_can_propose(multisig: Multisig, key: Pubkey, index: int) -> None:
    """Raise unless the key may open the votes on a transaction: it exists, is not stale, and the key has a say."""
    if not permissions(multisig, key) or permissions(multisig, key) == Permission.EXECUTE:
        raise NotAllowed(f"{key} may neither initiate nor vote", member=str(key), permission="INITIATE or VOTE")
    _within("transaction index", 1, index, multisig.transaction_index)
    _check_fresh(multisig, index)


def check_can_approve(multisig: Multisig, proposal: Proposal, key: Pubkey) -> None:
    """Raise unless the key may vote for the proposal now."""
    _check_can_vote(multisig, proposal, key)
    if key in proposal.approved:
        raise RuleBroken("AlreadyApproved", "no approval of this member", str(key))


def check_can_reject(multisig: Multisig, proposal: Proposal, key: Pubkey) -> None:
    """Raise unless the key may vote against the proposal now."""
    _check_can_vote(multisig, proposal, key)
    if key in proposal.rejected:
        raise RuleBroken("AlreadyRejected", "no rejection of this member", str(key))


def check_can_cancel(multisig: Multisig, proposal: Proposal, key: Pubkey) -> None:
    """Raise unless the key may vote to cancel the proposal; a stale one may be cancelled too."""
    check_may(multisig, key, Permission.VOTE)
    _check_status(proposal, Status.APPROVED)
    if key in proposal.cancelled:
        raise RuleBroken("AlreadyCancelled", "no cancellation of this member", str(key))


def check_can_execute(multisig: Multisig, proposal: Proposal, key: Pubkey, now_s: int, *, is_config: bool) -> None:
    """Raise unless the key may execute the proposal's transaction at a moment.

    A vault transaction or batch that was approved before it became stale is still executed, a config transaction not.
    """
    check_may(multisig, key, Permission.EXECUTE)
    _check_status(proposal, Status.APPROVED)
    if is_config:
        _check_fresh(multisig, proposal.transaction_index)
    from_s = executable_from_s(multisig, proposal)
    if from_s is None or now_s < from_s:
        raise RuleBroken("TimeLockNotReleased", f"Unix time {from_s} or later", str(now_s))


def check_can_close(multisig: Multisig, proposal: Proposal | None, index: int, *, is_config: bool) -> Pubkey:
    """Return who gets the rent of a transaction and its proposal (None where there is none) when they are closed now.

    Raises RuleBroken while they are needed or nobody collects rent.
    """
    if multisig.rent_collector is None:
        raise RuleBroken("RentReclamationDisabled", "a rent collector", "none")
    status = proposal.standing.status if proposal else None
    if status in _FINISHED:
        return multisig.rent_collector
    if status is Status.APPROVED and not is_config:
        raise RuleBroken("InvalidProposalStatus", "executed, rejected or cancelled", status.value)
    if not is_stale(multisig, index):
        found = status.value if status else "no proposal"
        raise RuleBroken("InvalidProposalStatus", "finished or stale", f"{found}, not stale")
    return multisig.rent_collector


def _check_can_vote(multisig: Multisig, proposal: Proposal, key: Pubkey) -> None:
    check_may(multisig, key, Permission.VOTE)
    _check_status(proposal, Status.ACTIVE)
    _check_fresh(multisig, proposal.transaction_index)


def _check_status(proposal: Proposal, wanted: Status) -> None:
    if proposal.standing.status is not wanted:
        raise RuleBroken("InvalidProposalStatus", wanted.value, proposal.standing.status.value)


def _check_fresh(multisig: Multisig, index: int) -> None:
    if is_stale(multisig, index):
        raise RuleBroken("StaleProposal", f"an index above {multisig.stale_transaction_index}", str(index))


def _within(name: str, low: int, value: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(name, f"{low} to {high}", str(value))
