"""Hypothesis strategies over everything the program stores."""

import hashlib

from hypothesis import strategies as st
from solders.pubkey import Pubkey

from ballast.adapters.squads.model import (
    AddMember,
    AddSpendingLimit,
    Batch,
    ChangeThreshold,
    CompiledInstruction,
    ConfigTransaction,
    Member,
    Message,
    Multisig,
    Period,
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

u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
i64 = st.integers(-(2**63), 2**63 - 1)
keys = st.binary(min_size=32, max_size=32).map(Pubkey.from_bytes)
key_lists = st.lists(keys, max_size=4).map(tuple)
sorted_keys = st.lists(keys, max_size=4, unique=True).map(lambda drawn: tuple(sorted(drawn, key=bytes)))
members = st.builds(Member, keys, st.integers(0, 7))
short = st.binary(max_size=20)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Draw a message that keeps the program's rules on counts and indexes."""
    held = draw(st.lists(keys, min_size=1, max_size=6))
    signers = draw(st.integers(1, len(held)))
    lookups = draw(st.lists(st.builds(TableLookup, keys, short, short), max_size=2))
    count = len(held) + sum(len(lookup.writable_indexes) + len(lookup.readonly_indexes) for lookup in lookups)
    index = st.integers(0, count - 1)
    instruction = st.builds(CompiledInstruction, index, st.lists(index, max_size=6).map(bytes), st.binary(max_size=300))
    return Message(
        signers=signers,
        writable_signers=draw(st.integers(0, signers)),
        writable_non_signers=draw(st.integers(0, len(held) - signers)),
        keys=tuple(held),
        instructions=tuple(draw(st.lists(instruction, max_size=3))),
        lookups=tuple(lookups),
    )


multisigs = st.builds(
    Multisig,
    create_key=keys,
    config_authority=keys,
    threshold=u16,
    time_lock_s=u32,
    transaction_index=u64,
    stale_transaction_index=u64,
    rent_collector=st.none() | keys,
    bump=u8,
    members=st.lists(members, max_size=4, unique_by=lambda member: member.key).map(
        lambda drawn: tuple(sorted(drawn, key=lambda member: bytes(member.key)))
    ),
)
standings = st.one_of(
    st.builds(Standing, st.sampled_from([status for status in Status if status is not Status.EXECUTING]), i64),
    st.just(Standing(Status.EXECUTING, None)),
)
proposals = st.builds(
    Proposal,
    multisig=keys,
    transaction_index=u64,
    standing=standings,
    bump=u8,
    approved=sorted_keys,
    rejected=sorted_keys,
    cancelled=sorted_keys,
)
vault_transactions = st.builds(
    VaultTransaction,
    multisig=keys,
    creator=keys,
    index=u64,
    bump=u8,
    vault_index=u8,
    vault_bump=u8,
    ephemeral_signer_bumps=short,
    message=messages(),
)
actions = st.one_of(
    st.builds(AddMember, members),
    st.builds(RemoveMember, keys),
    st.builds(ChangeThreshold, u16),
    st.builds(SetTimeLock, u32),
    st.builds(
        AddSpendingLimit,
        create_key=keys,
        vault_index=u8,
        mint=keys,
        amount=u64,
        period=st.sampled_from(Period),
        members=key_lists,
        destinations=key_lists,
    ),
    st.builds(RemoveSpendingLimit, keys),
    st.builds(SetRentCollector, st.none() | keys),
)
config_transactions = st.builds(
    ConfigTransaction,
    multisig=keys,
    creator=keys,
    index=u64,
    bump=u8,
    actions=st.lists(actions, max_size=4).map(tuple),
)


@st.composite
def spending_limits(draw: st.DrawFn) -> SpendingLimit:
    amount = draw(u64)
    return SpendingLimit(
        multisig=draw(keys),
        create_key=draw(keys),
        vault_index=draw(u8),
        mint=draw(keys),
        amount=amount,
        period=draw(st.sampled_from(Period)),
        remaining_amount=draw(st.integers(0, amount)),
        last_reset_s=draw(i64),
        bump=draw(u8),
        members=draw(key_lists),
        destinations=draw(key_lists),
    )


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    size = draw(u32)
    return Batch(
        multisig=draw(keys),
        creator=draw(keys),
        index=draw(u64),
        bump=draw(u8),
        vault_index=draw(u8),
        vault_bump=draw(u8),
        size=size,
        executed_transaction_index=draw(st.integers(0, size)),
    )


@st.composite
def transaction_buffers(draw: st.DrawFn) -> TransactionBuffer:
    message = draw(st.binary(min_size=1, max_size=200))
    return TransactionBuffer(
        multisig=draw(keys),
        creator=draw(keys),
        buffer_index=draw(u8),
        vault_index=draw(u8),
        final_buffer_hash=hashlib.sha256(message).digest(),
        final_buffer_size=len(message),
        buffer=message[: draw(st.integers(0, len(message)))],
    )


items = st.builds(VaultBatchTransaction, bump=u8, ephemeral_signer_bumps=short, message=messages())
configs = st.builds(
    ProgramConfig,
    authority=keys,
    multisig_creation_fee=u64,
    treasury=keys,
    reserved=st.binary(min_size=64, max_size=64),
)
accounts = st.one_of(
    multisigs,
    proposals,
    vault_transactions,
    config_transactions,
    spending_limits(),
    batches(),
    items,
    configs,
    transaction_buffers(),
)
# Accounts without room behind their lists: every byte of them counts.
tight_accounts = st.one_of(
    vault_transactions, config_transactions, spending_limits(), batches(), items, configs, transaction_buffers()
)
