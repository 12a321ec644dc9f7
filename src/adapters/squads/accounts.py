"""Decoding the program's accounts; each proves itself before it is believed.

Proofs: owner, discriminator, the length that the program allocates, enums, masks and indexes in range, lists in the
program's order, and, where the account's own address is known, that address and the stored bumps.
What bytes alone cannot prove: behind the lists of a multisig or a proposal the program leaves what stood there before
a list became shorter, so a shorter list there is as legal as the longer one.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.borsh import Codec
from ballast.adapters.common.solana.derivation import Derived
from ballast.adapters.common.solana.layout import DISCRIMINATOR_LENGTH, RawAccount, Reader, prove_address, prove_owner
from ballast.adapters.squads import addresses, codecs
from ballast.adapters.squads.model import (
    Batch,
    ConfigTransaction,
    Multisig,
    ProgramConfig,
    Proposal,
    SpendingLimit,
    SquadsAccount,
    TransactionBuffer,
    VaultBatchTransaction,
    VaultTransaction,
)
from ballast.domain.kernel.errors import InvalidInput

_T = TypeVar("_T")
_MULTISIG_SPACE, _MEMBER_SPACE = 132, 33
_PROPOSAL_SPACE, _VOTER_SPACE = 70, 96
_BUFFER_SPACE = 112


def discriminator(namespace: str, name: str) -> bytes:
    """Return Anchor's eight bytes for a type ("account", in camel case) or an instruction ("global", in snake case)."""
    return hashlib.sha256(f"{namespace}:{name}".encode()).digest()[:DISCRIMINATOR_LENGTH]


@frozen
class _Layout:
    codec: Codec[Any]
    prove: Callable[[Any, Reader], None]


def decode(account: RawAccount) -> SquadsAccount:
    """Return what an account of the program holds; raises InvalidInput unless every proof holds."""
    prove_owner(account, str(addresses.PROGRAM))
    layout = _LAYOUTS.get(account.discriminator)
    if layout is None:
        known = ", ".join(known.hex() for known in _LAYOUTS)
        raise InvalidInput(f"{account.name}: discriminator at byte 0", f"one of {known}", account.discriminator.hex())
    reader = Reader(account, DISCRIMINATOR_LENGTH)
    decoded: SquadsAccount = layout.codec.read(reader, "")
    layout.prove(decoded, reader)
    return decoded


def decode_as(kind: type[_T], account: RawAccount) -> _T:
    """Return an account that must be of one kind; raises InvalidInput for any other, and unless every proof holds."""
    decoded = decode(account)
    if not isinstance(decoded, kind):
        raise InvalidInput(account.name, f"a {kind.__name__} account", f"a {type(decoded).__name__} account")
    return decoded


def encode(account: SquadsAccount) -> bytes:
    """Return an account's bytes as the SDK writes them, without the room the program leaves behind lists."""
    name = type(account).__name__
    mark = discriminator("account", name)
    return mark + _LAYOUTS[mark].codec.encode(account, name)


def _prove_multisig(multisig: Multisig, reader: Reader) -> None:
    _prove_room(reader, _MULTISIG_SPACE, _MEMBER_SPACE)
    _prove_sorted(reader, "members", [member.key for member in multisig.members])
    _prove_at(reader, lambda: addresses.multisig(multisig.create_key), multisig.bump)


def _prove_proposal(proposal: Proposal, reader: Reader) -> None:
    lists = {"approved": proposal.approved, "rejected": proposal.rejected, "cancelled": proposal.cancelled}
    _prove_room(reader, _PROPOSAL_SPACE, _VOTER_SPACE)
    for name, keys in lists.items():
        _prove_sorted(reader, name, keys)
    _prove_at(reader, lambda: addresses.proposal(proposal.multisig, proposal.transaction_index), proposal.bump)


def _prove_vault_transaction(transaction: VaultTransaction, reader: Reader) -> None:
    _prove_end(reader)
    _prove_in_transaction(transaction, reader)
    own = addresses.transaction(transaction.multisig, transaction.index).address
    bumps = transaction.ephemeral_signer_bumps
    if reader.account.address is not None:
        found = bytes(addresses.ephemeral_signer(own, number).bump for number in range(len(bumps)))
        if found != bumps:
            raise InvalidInput(f"{reader.account.name}: ephemeral_signer_bumps", found.hex(), bumps.hex())


def _prove_batch(batch: Batch, reader: Reader) -> None:
    _prove_end(reader)
    if batch.executed_transaction_index > batch.size:
        reader.refuse("executed_transaction_index", f"at most {batch.size}", str(batch.executed_transaction_index), 4)
    _prove_in_transaction(batch, reader)


def _prove_in_transaction(account: VaultTransaction | Batch, reader: Reader) -> None:
    _prove_at(reader, lambda: addresses.transaction(account.multisig, account.index), account.bump)
    if reader.account.address is not None:
        expected = addresses.vault(account.multisig, account.vault_index).bump
        if account.vault_bump != expected:
            raise InvalidInput(f"{reader.account.name}: vault_bump", str(expected), str(account.vault_bump))


def _prove_config_transaction(transaction: ConfigTransaction, reader: Reader) -> None:
    _prove_end(reader)
    _prove_at(reader, lambda: addresses.transaction(transaction.multisig, transaction.index), transaction.bump)


def _prove_spending_limit(limit: SpendingLimit, reader: Reader) -> None:
    _prove_end(reader)
    if limit.remaining_amount > limit.amount:
        raise InvalidInput(f"{reader.account.name}: remaining_amount", f"at most {limit.amount}", "more")
    _prove_at(reader, lambda: addresses.spending_limit(limit.multisig, limit.create_key), limit.bump)


def _prove_buffer(buffer: TransactionBuffer, reader: Reader) -> None:
    """Prove the room for the rest of the message (the program's) or none (the SDK's), and the hash of a whole one."""
    name, lacking = reader.account.name, buffer.final_buffer_size - len(buffer.buffer)
    if lacking < 0:
        raise InvalidInput(f"{name}: buffer.length", f"at most {buffer.final_buffer_size}", str(len(buffer.buffer)))
    if reader.remaining not in (0, lacking):
        reader.refuse("end", f"room for {lacking} bytes of {_BUFFER_SPACE} + final size", str(reader.remaining))
    reader.end()
    if not lacking and hashlib.sha256(buffer.buffer).digest() != buffer.final_buffer_hash:
        raise InvalidInput(f"{name}: buffer", f"bytes of hash {buffer.final_buffer_hash.hex()}", "another hash")
    expected = addresses.transaction_buffer(buffer.multisig, buffer.creator, buffer.buffer_index).address
    prove_address(reader.account, str(expected))


def _prove_end(reader: Reader) -> None:
    if reader.remaining:
        reader.refuse("end", "no more bytes", str(reader.remaining))


def _prove_sorted(reader: Reader, name: str, keys: Sequence[Pubkey]) -> None:
    """Prove the program's order, which also shows a key held twice."""
    raw = [bytes(key) for key in keys]
    for index, (before, after) in enumerate(pairwise(raw), 1):
        if before >= after:
            reader.refuse(f"{name}[{index}]", f"a key above {keys[index - 1]}", str(keys[index]))


def _prove_room(reader: Reader, space: int, room: int) -> None:
    """Prove the length: what the program allocates for whole members, or no room at all, as the SDK writes it."""
    if reader.remaining and (len(reader.account.data) - space) % room:
        expected, found = f"{space} + a multiple of {room} bytes", str(len(reader.account.data))
        raise InvalidInput(f"{reader.account.name}: length", expected, found)


def _prove_at(reader: Reader, derived: Callable[[], Derived], bump: int) -> None:
    """Prove address and bump; without a known address there is nothing to hold the fields against."""
    account = reader.account
    if account.address is None:
        return
    expected = derived()
    if (account.address, bump) != (str(expected.address), expected.bump):
        raise InvalidInput(
            f"{account.name}: address",
            f"{expected.address} with bump {expected.bump}, derived from its fields",
            f"{account.address} with bump {bump}",
        )


def _prove_config(_: ProgramConfig, reader: Reader) -> None:
    _prove_end(reader)
    prove_address(reader.account, str(addresses.program_config().address))


def _prove_item(_: VaultBatchTransaction, reader: Reader) -> None:
    """Prove the end only: an item does not say which batch it belongs to."""
    _prove_end(reader)


_LAYOUTS: dict[bytes, _Layout] = {
    discriminator("account", kind.__name__): _Layout(codec, prove)
    for kind, codec, prove in (
        (Multisig, codecs.MULTISIG, _prove_multisig),
        (Proposal, codecs.PROPOSAL, _prove_proposal),
        (VaultTransaction, codecs.VAULT_TRANSACTION, _prove_vault_transaction),
        (ConfigTransaction, codecs.CONFIG_TRANSACTION, _prove_config_transaction),
        (SpendingLimit, codecs.SPENDING_LIMIT, _prove_spending_limit),
        (Batch, codecs.BATCH, _prove_batch),
        (VaultBatchTransaction, codecs.VAULT_BATCH_TRANSACTION, _prove_item),
        (ProgramConfig, codecs.PROGRAM_CONFIG, _prove_config),
        (TransactionBuffer, codecs.TRANSACTION_BUFFER, _prove_buffer),
    )
}
