"""What the Squads program stores, as data; times are Unix seconds, amounts whole units of the token."""

from enum import Enum, IntFlag

from attrs import frozen
from solders.pubkey import Pubkey


class Permission(IntFlag):
    """What a member may do; a member's mask is any sum of these."""

    INITIATE = 1
    VOTE = 2
    EXECUTE = 4


@frozen
class Member:
    """A key and its permissions, `mask` 0 to 7."""

    key: Pubkey
    mask: int


@frozen(kw_only=True)
class Multisig:
    """The members and their rules. `config_authority` of 32 zeros: only its own votes change it (autonomous)."""

    create_key: Pubkey
    config_authority: Pubkey
    threshold: int
    time_lock_s: int
    transaction_index: int
    stale_transaction_index: int
    rent_collector: Pubkey | None
    bump: int
    members: tuple[Member, ...]


class Status(Enum):
    """Where a proposal stands; EXECUTING is a leftover that no present version of the program sets."""

    DRAFT = "Draft"
    ACTIVE = "Active"
    REJECTED = "Rejected"
    APPROVED = "Approved"
    EXECUTING = "Executing"
    EXECUTED = "Executed"
    CANCELLED = "Cancelled"


@frozen
class Standing:
    """A status and since when (Unix seconds), None for EXECUTING only."""

    status: Status
    since_s: int | None


@frozen(kw_only=True)
class Proposal:
    """The votes on one transaction."""

    multisig: Pubkey
    transaction_index: int
    standing: Standing
    bump: int
    approved: tuple[Pubkey, ...]
    rejected: tuple[Pubkey, ...]
    cancelled: tuple[Pubkey, ...]


@frozen
class CompiledInstruction:
    """An instruction whose program and accounts are indexes into the message's keys; one byte each."""

    program_index: int
    account_indexes: bytes
    data: bytes


@frozen
class TableLookup:
    """What a message loads from a lookup table, as indexes into it; one byte each."""

    table: Pubkey
    writable_indexes: bytes
    readonly_indexes: bytes


@frozen(kw_only=True)
class Message:
    """A transaction for a vault: keys are writable signers, other signers, writable others, the rest.

    Indexes go on behind the keys with all writable, then all read-only keys that the lookups load.
    """

    signers: int
    writable_signers: int
    writable_non_signers: int
    keys: tuple[Pubkey, ...]
    instructions: tuple[CompiledInstruction, ...]
    lookups: tuple[TableLookup, ...]


@frozen(kw_only=True)
class VaultTransaction:
    """A message that a vault will sign once its proposal is approved."""

    multisig: Pubkey
    creator: Pubkey
    index: int
    bump: int
    vault_index: int
    vault_bump: int
    ephemeral_signer_bumps: bytes
    message: Message


class Period(Enum):
    """How often a spending limit fills up again; ONE_TIME never does."""

    ONE_TIME = "OneTime"
    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"


@frozen
class AddMember:
    """Let a key in."""

    new_member: Member


@frozen
class RemoveMember:
    """Shut a key out."""

    old_member: Pubkey


@frozen
class ChangeThreshold:
    """Ask for another count of approvals."""

    new_threshold: int


@frozen
class SetTimeLock:
    """Ask for another wait between approval and execution."""

    new_time_lock_s: int


@frozen(kw_only=True)
class AddSpendingLimit:
    """Let members spend without votes; no destinations means any, a mint of 32 zeros means SOL."""

    create_key: Pubkey
    vault_index: int
    mint: Pubkey
    amount: int
    period: Period
    members: tuple[Pubkey, ...]
    destinations: tuple[Pubkey, ...]


@frozen
class RemoveSpendingLimit:
    """Take a spending limit away."""

    spending_limit: Pubkey


@frozen
class SetRentCollector:
    """Name who gets the rent of closed accounts, None for nobody (accounts then stay)."""

    new_rent_collector: Pubkey | None


ConfigAction = (
    AddMember | RemoveMember | ChangeThreshold | SetTimeLock | AddSpendingLimit | RemoveSpendingLimit | SetRentCollector
)


@frozen(kw_only=True)
class ConfigTransaction:
    """Changes of the multisig itself, to be voted on."""

    multisig: Pubkey
    creator: Pubkey
    index: int
    bump: int
    actions: tuple[ConfigAction, ...]


@frozen(kw_only=True)
class SpendingLimit:
    """What its members may send without votes; `remaining_amount` is as of `last_reset_s`."""

    multisig: Pubkey
    create_key: Pubkey
    vault_index: int
    mint: Pubkey
    amount: int
    period: Period
    remaining_amount: int
    last_reset_s: int
    bump: int
    members: tuple[Pubkey, ...]
    destinations: tuple[Pubkey, ...]


@frozen(kw_only=True)
class Batch:
    """A row of vault transactions under one proposal."""

    multisig: Pubkey
    creator: Pubkey
    index: int
    bump: int
    vault_index: int
    vault_bump: int
    size: int
    executed_transaction_index: int


@frozen(kw_only=True)
class VaultBatchTransaction:
    """One item of a batch."""

    bump: int
    ephemeral_signer_bumps: bytes
    message: Message


@frozen(kw_only=True)
class ProgramConfig:
    """The program's own settings: what creating a multisig costs (lamports) and who gets it."""

    authority: Pubkey
    multisig_creation_fee: int
    treasury: Pubkey
    reserved: bytes


@frozen(kw_only=True)
class TransactionBuffer:
    """A message being gathered: whole when `buffer` has `final_buffer_size` bytes and hashes to the final hash."""

    multisig: Pubkey
    creator: Pubkey
    buffer_index: int
    vault_index: int
    final_buffer_hash: bytes
    final_buffer_size: int
    buffer: bytes


SquadsAccount = (
    Multisig
    | Proposal
    | VaultTransaction
    | ConfigTransaction
    | SpendingLimit
    | Batch
    | VaultBatchTransaction
    | ProgramConfig
    | TransactionBuffer
)
