"""Building the instructions that create a multisig, and those by which an authority controls one without votes."""

from collections.abc import Sequence

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from ballast.adapters.squads import addresses
from ballast.adapters.squads.instructions import SYSTEM
from ballast.adapters.squads.methods import METHODS
from ballast.adapters.squads.model import AddSpendingLimit, Member


def multisig_create_v2(
    treasury: Pubkey,
    creator: Pubkey,
    create_key: Pubkey,
    *,
    members: Sequence[Member],
    threshold: int,
    time_lock_s: int,
    config_authority: Pubkey | None = None,
    rent_collector: Pubkey | None = None,
    memo: str | None = None,
) -> Instruction:
    """Found a multisig; `treasury` is the program's, from its ProgramConfig, and takes the fee."""
    accounts = {
        "program_config": addresses.program_config().address,
        "treasury": treasury,
        "multisig": addresses.multisig(create_key).address,
        "create_key": create_key,
        "creator": creator,
        "system": SYSTEM,
    }
    return METHODS["multisig_create_v2"].build(
        accounts,
        config_authority=config_authority,
        threshold=threshold,
        members=tuple(members),
        time_lock_s=time_lock_s,
        rent_collector=rent_collector,
        memo=memo,
    )


def multisig_add_spending_limit(
    multisig: Pubkey, config_authority: Pubkey, rent_payer: Pubkey, limit: AddSpendingLimit, memo: str | None = None
) -> Instruction:
    """Let members spend without votes."""
    accounts = {
        "multisig": multisig,
        "config_authority": config_authority,
        "spending_limit": addresses.spending_limit(multisig, limit.create_key).address,
        "rent_payer": rent_payer,
        "system": SYSTEM,
    }
    return METHODS["multisig_add_spending_limit"].build(
        accounts,
        create_key=limit.create_key,
        vault_index=limit.vault_index,
        mint=limit.mint,
        amount=limit.amount,
        period=limit.period,
        members=limit.members,
        destinations=limit.destinations,
        memo=memo,
    )


def multisig_remove_spending_limit(
    multisig: Pubkey,
    config_authority: Pubkey,
    spending_limit: Pubkey,
    rent_collector: Pubkey,
    memo: str | None = None,
) -> Instruction:
    """Take a spending limit away; its rent goes to the collector named here."""
    accounts = {
        "multisig": multisig,
        "config_authority": config_authority,
        "spending_limit": spending_limit,
        "rent_collector": rent_collector,
    }
    return METHODS["multisig_remove_spending_limit"].build(accounts, memo=memo)


def multisig_add_member(
    multisig: Pubkey, config_authority: Pubkey, member: Member, rent_payer: Pubkey, memo: str | None = None
) -> Instruction:
    """Let a key in; the payer carries the account's growth."""
    accounts = _control_accounts(multisig, config_authority, rent_payer)
    return METHODS["multisig_add_member"].build(accounts, new_member=member, memo=memo)


def multisig_remove_member(
    multisig: Pubkey, config_authority: Pubkey, member: Pubkey, memo: str | None = None
) -> Instruction:
    """Shut a key out; the spending limits that name it stay."""
    accounts = _control_accounts(multisig, config_authority)
    return METHODS["multisig_remove_member"].build(accounts, old_member=member, memo=memo)


def multisig_set_time_lock(
    multisig: Pubkey, config_authority: Pubkey, time_lock_s: int, memo: str | None = None
) -> Instruction:
    """Set the wait between approval and execution."""
    accounts = _control_accounts(multisig, config_authority)
    return METHODS["multisig_set_time_lock"].build(accounts, time_lock_s=time_lock_s, memo=memo)


def multisig_change_threshold(
    multisig: Pubkey, config_authority: Pubkey, threshold: int, memo: str | None = None
) -> Instruction:
    """Set how many approvals a proposal needs."""
    accounts = _control_accounts(multisig, config_authority)
    return METHODS["multisig_change_threshold"].build(accounts, new_threshold=threshold, memo=memo)


def multisig_set_config_authority(
    multisig: Pubkey, config_authority: Pubkey, successor: Pubkey, memo: str | None = None
) -> Instruction:
    """Hand control to another key; 32 zeros make the multisig autonomous."""
    accounts = _control_accounts(multisig, config_authority)
    return METHODS["multisig_set_config_authority"].build(accounts, config_authority=successor, memo=memo)


def multisig_set_rent_collector(
    multisig: Pubkey,
    config_authority: Pubkey,
    rent_collector: Pubkey | None,
    *,
    rent_payer: Pubkey | None = None,
    memo: str | None = None,
) -> Instruction:
    """Name who gets the rent of closed accounts; going from nobody to somebody may need a payer."""
    accounts = _control_accounts(multisig, config_authority, rent_payer)
    return METHODS["multisig_set_rent_collector"].build(accounts, rent_collector=rent_collector, memo=memo)


def _control_accounts(
    multisig: Pubkey, config_authority: Pubkey, rent_payer: Pubkey | None = None
) -> dict[str, Pubkey | None]:
    return {
        "multisig": multisig,
        "config_authority": config_authority,
        "rent_payer": rent_payer,
        "system": rent_payer and SYSTEM,
    }
