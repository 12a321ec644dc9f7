"""What the program allows in a state."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from tests.unit.adapters.squads.builders import (
    MEMBERS,
    STRANGER,
    VAULT,
    multisig_account,
    proposal_account,
)

from ballast.adapters.squads import rules
from ballast.adapters.squads.model import Member, Multisig, Permission, Proposal, Standing, Status
from ballast.domain.kernel.errors import InvalidInput, NotAllowed, RuleBroken

MULTISIG = multisig_account()
ACTIVE, APPROVED = proposal_account(), proposal_account(Status.APPROVED, approved=2)
SINCE_S = 1_700_000_000
OLD = 2


def limited(mask: int) -> Multisig:
    """The multisig with all permissions of its last member but these taken away."""
    return evolve(MULTISIG, members=(*MULTISIG.members[:2], Member(MEMBERS[2], mask)))


@pytest.mark.parametrize(("index", "stale"), [(1, True), (2, True), (3, False), (7, False)])
def test_a_transaction_up_to_the_stale_index_is_stale(index: int, *, stale: bool) -> None:
    assert rules.is_stale(MULTISIG, index) is stale


@pytest.mark.parametrize(("approved", "missing"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_approvals_are_missing_up_to_the_threshold(approved: int, missing: int) -> None:
    assert rules.approvals_missing(MULTISIG, proposal_account(approved=approved)) == missing


def test_rejections_end_a_proposal_when_the_threshold_is_out_of_reach() -> None:
    assert rules.rejections_needed(MULTISIG) == 2
    assert rules.rejections_needed(limited(Permission.EXECUTE)) == 1


def test_the_time_lock_counts_from_approval_to_the_second() -> None:
    member = MEMBERS[0]
    with pytest.raises(RuleBroken, match=f"TimeLockNotReleased: needs Unix time {SINCE_S + 600} or later"):
        rules.check_can_execute(MULTISIG, APPROVED, member, SINCE_S + 599, is_config=False)
    rules.check_can_execute(MULTISIG, APPROVED, member, SINCE_S + 600, is_config=False)


def test_the_time_lock_is_the_present_one() -> None:
    assert rules.executable_from_s(evolve(MULTISIG, time_lock_s=5), APPROVED) == SINCE_S + 5
    assert rules.executable_from_s(MULTISIG, ACTIVE) is None


def test_a_stale_approved_vault_transaction_is_still_executed_and_a_config_transaction_not() -> None:
    stale = evolve(APPROVED, transaction_index=OLD)
    rules.check_can_execute(MULTISIG, stale, MEMBERS[0], SINCE_S + 600, is_config=False)
    with pytest.raises(RuleBroken, match="StaleProposal"):
        rules.check_can_execute(MULTISIG, stale, MEMBERS[0], SINCE_S + 600, is_config=True)


@pytest.mark.parametrize("check", [rules.check_can_approve, rules.check_can_reject])
@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ACTIVE])
def test_only_an_active_proposal_is_voted_on(check: Callable[..., None], status: Status) -> None:
    with pytest.raises(RuleBroken, match=f"InvalidProposalStatus: needs Active, found {status.value}"):
        check(MULTISIG, proposal_account(status, approved=0), MEMBERS[2])


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.APPROVED])
def test_only_an_approved_proposal_is_executed_or_cancelled(status: Status) -> None:
    proposal = proposal_account(status, approved=2)
    with pytest.raises(RuleBroken, match="InvalidProposalStatus: needs Approved"):
        rules.check_can_execute(MULTISIG, proposal, MEMBERS[0], SINCE_S + 600, is_config=False)
    with pytest.raises(RuleBroken, match="InvalidProposalStatus: needs Approved"):
        rules.check_can_cancel(MULTISIG, proposal, MEMBERS[0])


@pytest.mark.parametrize(
    ("check", "proposal", "name"),
    [
        (rules.check_can_approve, ACTIVE, "AlreadyApproved"),
        (rules.check_can_reject, evolve(ACTIVE, rejected=(MEMBERS[0],)), "AlreadyRejected"),
        (rules.check_can_cancel, evolve(APPROVED, cancelled=(MEMBERS[0],)), "AlreadyCancelled"),
    ],
)
def test_a_vote_is_not_given_twice(
    check: Callable[[Multisig, Proposal, object], None], proposal: Proposal, name: str
) -> None:
    check(MULTISIG, proposal, MEMBERS[1])
    with pytest.raises(RuleBroken, match=name):
        check(MULTISIG, proposal, MEMBERS[0])


def test_a_member_may_change_its_vote() -> None:
    rules.check_can_reject(MULTISIG, ACTIVE, MEMBERS[0])
    rules.check_can_approve(MULTISIG, evolve(ACTIVE, approved=(), rejected=(MEMBERS[0],)), MEMBERS[0])


def test_a_stale_proposal_is_not_voted_on_but_may_be_cancelled() -> None:
    with pytest.raises(RuleBroken, match="StaleProposal: needs an index above 2, found 2"):
        rules.check_can_approve(MULTISIG, evolve(ACTIVE, transaction_index=OLD), MEMBERS[1])
    rules.check_can_cancel(MULTISIG, evolve(APPROVED, transaction_index=OLD), MEMBERS[1])


@pytest.mark.parametrize("permission", list(Permission))
def test_a_member_may_do_what_its_mask_says_and_a_stranger_nothing(permission: Permission) -> None:
    rules.check_may(limited(permission), MEMBERS[2], permission)
    with pytest.raises(NotAllowed, match=f"a member without {permission.name}"):
        rules.check_may(limited(7 ^ permission), MEMBERS[2], permission)
    with pytest.raises(NotAllowed, match="is no member"):
        rules.check_may(MULTISIG, STRANGER, permission)


@pytest.mark.parametrize(("mask", "may"), [(0, False), (1, True), (2, True), (3, True), (4, False), (7, True)])
def test_votes_are_opened_by_who_may_initiate_or_vote(mask: int, *, may: bool) -> None:
    if may:
        rules.check_can_propose(limited(mask), MEMBERS[2], 7)
    else:
        with pytest.raises(NotAllowed, match="may neither initiate nor vote"):
            rules.check_can_propose(limited(mask), MEMBERS[2], 7)


def test_votes_are_opened_on_transactions_that_are_there_and_fresh() -> None:
    with pytest.raises(InvalidInput, match="transaction index: expected 1 to 7, found 8"):
        rules.check_can_propose(MULTISIG, MEMBERS[0], 8)
    with pytest.raises(RuleBroken, match="StaleProposal"):
        rules.check_can_propose(MULTISIG, MEMBERS[0], OLD)
    with pytest.raises(NotAllowed):
        rules.check_can_propose(MULTISIG, STRANGER, 7)


CLOSABLE = {
    # (status or None for no proposal, stale): may a vault transaction, a config transaction be closed
    (Status.EXECUTED, False): (True, True),
    (Status.REJECTED, False): (True, True),
    (Status.CANCELLED, False): (True, True),
    (Status.DRAFT, False): (False, False),
    (Status.ACTIVE, False): (False, False),
    (None, False): (False, False),
    (Status.DRAFT, True): (True, True),
    (Status.ACTIVE, True): (True, True),
    (None, True): (True, True),
    (Status.APPROVED, False): (False, False),
    (Status.APPROVED, True): (False, True),
}


@pytest.mark.parametrize(("state", "closable"), CLOSABLE.items())
def test_accounts_are_closed_when_nobody_needs_them(
    state: tuple[Status | None, bool], closable: tuple[bool, bool]
) -> None:
    status, stale = state
    index = OLD if stale else 7
    proposal = None if status is None else proposal_account(status, index=index)
    for is_config, may in zip((False, True), closable, strict=True):
        if may:
            assert rules.check_can_close(MULTISIG, proposal, index, is_config=is_config) == VAULT
        else:
            with pytest.raises(RuleBroken, match="InvalidProposalStatus"):
                rules.check_can_close(MULTISIG, proposal, index, is_config=is_config)


def test_nothing_is_closed_without_a_rent_collector() -> None:
    with pytest.raises(RuleBroken, match="RentReclamationDisabled"):
        rules.check_can_close(evolve(MULTISIG, rent_collector=None), None, OLD, is_config=False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"threshold": 4}, "threshold: expected 1 to 3, found 4"),
        ({"threshold": 0}, "threshold: expected 1 to 3, found 0"),
        ({"time_lock_s": 7_776_001}, "time_lock_s: expected 0 to 7776000"),
        ({"stale_transaction_index": 8}, "stale_transaction_index: expected 0 to 7"),
        ({"members": tuple(Member(key, 3) for key in MEMBERS)}, "one who may execute, found none"),
        ({"members": tuple(Member(key, 6) for key in MEMBERS)}, "one who may initiate, found none"),
    ],
)
def test_rules_the_program_would_not_keep_are_refused(changes: dict[str, Any], reason: str) -> None:
    rules.check_sound(MULTISIG)
    with pytest.raises(InvalidInput, match=reason):
        rules.check_sound(evolve(MULTISIG, **changes))


def test_an_approval_without_its_time_is_never_executable() -> None:
    assert rules.executable_from_s(MULTISIG, evolve(APPROVED, standing=Standing(Status.APPROVED, None))) is None
