"""Byte layouts of the program's types, each both ways (facts: its source, checked on the deployed program)."""

from ballast.adapters.common.solana.borsh import (
    I64,
    KEY,
    U8,
    U16,
    U32,
    U64,
    Codec,
    blob,
    checked,
    choice,
    option,
    part,
    raw,
    record,
    tagged,
    vector,
    whole,
)
from ballast.adapters.common.solana.layout import Reader
from ballast.adapters.squads.model import (
    AddMember,
    AddSpendingLimit,
    Batch,
    ChangeThreshold,
    CompiledInstruction,
    ConfigAction,
    ConfigTransaction,
    Member,
    Message,
    Multisig,
    Period,
    Permission,
    ProgramConfig,
    Proposal,
    RemoveMember,
    RemoveSpendingLimit,
    SetRentCollector,
    SetTimeLock,
    SpendingLimit,
    Standing,
    Status,
    TableLookup,
    TransactionBuffer,
    VaultBatchTransaction,
    VaultTransaction,
)
from ballast.domain.kernel.errors import InvalidInput

_ALL = Permission.INITIATE | Permission.VOTE | Permission.EXECUTE
_HASH_LENGTH = 32
_RESERVED = 64
BUFFER_BYTES_MAX = 10_128
_KEYS = vector(KEY)

# The program refuses a mask of 8 and above (UnknownPermission).
MEMBER = record(Member, key=KEY, mask=whole(1, _ALL))
PERIOD = choice(*Period)
_STATUS = choice(*Status)


def _read_standing(reader: Reader, name: str) -> Standing:
    status = _STATUS.read(reader, name)
    return Standing(status, None if status is Status.EXECUTING else I64.read(reader, part(name, "since")))


def _write_standing(value: Standing, name: str) -> bytes:
    if (value.since_s is None) != (value.status is Status.EXECUTING):
        raise InvalidInput(name, "a time for every status but Executing", f"{value.status.value}, {value.since_s}")
    since = b"" if value.since_s is None else I64.write(value.since_s, part(name, "since"))
    return _STATUS.write(value.status, name) + since


def _check_message(message: Message, name: str) -> None:
    """Hold a message against what the program asks of it (6006 InvalidTransactionMessage)."""
    keys, others = len(message.keys), len(message.keys) - message.signers
    loaded = sum(len(lookup.writable_indexes) + len(lookup.readonly_indexes) for lookup in message.lookups)
    _bounded(part(name, "signers"), message.signers, keys)
    _bounded(part(name, "writable_signers"), message.writable_signers, message.signers)
    _bounded(part(name, "writable_non_signers"), message.writable_non_signers, others)
    for place, instruction in enumerate(message.instructions):
        highest = max((instruction.program_index, *instruction.account_indexes))
        _bounded(part(name, f"instructions[{place}] index"), highest, keys + loaded - 1)


def _bounded(name: str, value: int, maximum: int) -> None:
    if value > maximum:
        raise InvalidInput(name, f"at most {maximum}", str(value))


def _message(length: Codec[int], data_length: Codec[int]) -> Codec[Message]:
    instruction = record(CompiledInstruction, program_index=U8, account_indexes=blob(length), data=blob(data_length))
    lookup = record(TableLookup, table=KEY, writable_indexes=blob(length), readonly_indexes=blob(length))
    plain = record(
        Message,
        signers=U8,
        writable_signers=U8,
        writable_non_signers=U8,
        keys=vector(KEY, length),
        instructions=vector(instruction, length),
        lookups=vector(lookup, length),
    )
    return checked(plain, _check_message)


STORED_MESSAGE = _message(U32, U32)
# As an argument of create and in a buffer, lengths are shorter than as stored.
COMPACT_MESSAGE = _message(U8, U16)

MULTISIG = record(
    Multisig,
    create_key=KEY,
    config_authority=KEY,
    threshold=U16,
    time_lock_s=U32,
    transaction_index=U64,
    stale_transaction_index=U64,
    rent_collector=option(KEY),
    bump=U8,
    members=vector(MEMBER),
)
PROPOSAL = record(
    Proposal,
    multisig=KEY,
    transaction_index=U64,
    standing=Codec(_read_standing, _write_standing),
    bump=U8,
    approved=_KEYS,
    rejected=_KEYS,
    cancelled=_KEYS,
)
VAULT_TRANSACTION = record(
    VaultTransaction,
    multisig=KEY,
    creator=KEY,
    index=U64,
    bump=U8,
    vault_index=U8,
    vault_bump=U8,
    ephemeral_signer_bumps=blob(),
    message=STORED_MESSAGE,
)
ADD_SPENDING_LIMIT = record(
    AddSpendingLimit,
    create_key=KEY,
    vault_index=U8,
    mint=KEY,
    amount=U64,
    period=PERIOD,
    members=_KEYS,
    destinations=_KEYS,
)
CONFIG_ACTION: Codec[ConfigAction] = tagged(
    (AddMember, record(AddMember, new_member=MEMBER)),
    (RemoveMember, record(RemoveMember, old_member=KEY)),
    (ChangeThreshold, record(ChangeThreshold, new_threshold=U16)),
    (SetTimeLock, record(SetTimeLock, new_time_lock_s=U32)),
    (AddSpendingLimit, ADD_SPENDING_LIMIT),
    (RemoveSpendingLimit, record(RemoveSpendingLimit, spending_limit=KEY)),
    (SetRentCollector, record(SetRentCollector, new_rent_collector=option(KEY))),
)
CONFIG_TRANSACTION = record(
    ConfigTransaction, multisig=KEY, creator=KEY, index=U64, bump=U8, actions=vector(CONFIG_ACTION)
)
SPENDING_LIMIT = record(
    SpendingLimit,
    multisig=KEY,
    create_key=KEY,
    vault_index=U8,
    mint=KEY,
    amount=U64,
    period=PERIOD,
    remaining_amount=U64,
    last_reset_s=I64,
    bump=U8,
    members=_KEYS,
    destinations=_KEYS,
)
BATCH = record(
    Batch,
    multisig=KEY,
    creator=KEY,
    index=U64,
    bump=U8,
    vault_index=U8,
    vault_bump=U8,
    size=U32,
    executed_transaction_index=U32,
)
VAULT_BATCH_TRANSACTION = record(VaultBatchTransaction, bump=U8, ephemeral_signer_bumps=blob(), message=STORED_MESSAGE)
PROGRAM_CONFIG = record(ProgramConfig, authority=KEY, multisig_creation_fee=U64, treasury=KEY, reserved=raw(_RESERVED))
TRANSACTION_BUFFER = record(
    TransactionBuffer,
    multisig=KEY,
    creator=KEY,
    buffer_index=U8,
    vault_index=U8,
    final_buffer_hash=raw(_HASH_LENGTH),
    final_buffer_size=whole(2, BUFFER_BYTES_MAX),
    buffer=blob(),
)
