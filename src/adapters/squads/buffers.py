"""Storing a message too large for one transaction: gathered in a buffer, then made a vault transaction."""

import hashlib

from solders.instruction import Instruction
from solders.pubkey import Pubkey

from ballast.adapters.squads import addresses
from ballast.adapters.squads.codecs import BUFFER_BYTES_MAX
from ballast.adapters.squads.instructions import creation_accounts, vault_transaction_create
from ballast.adapters.squads.methods import METHODS
from ballast.domain.kernel.errors import InvalidInput

# What one transaction of 1,232 bytes carries with one signer and no memo.
DIRECT_BYTES_MAX = 944
# Leaves room in every transaction for another signer, a priority fee and a memo.
SLICE_BYTES = 700
# create_from_buffer takes no message: an empty one stands in its place (three counts and three empty lists).
_EMPTY_MESSAGE = bytes(6)


def creation_steps(
    multisig: Pubkey,
    index: int,
    creator: Pubkey,
    message: bytes,
    *,
    vault_index: int,
    buffer_index: int = 0,
    ephemeral_signers: int = 0,
    rent_payer: Pubkey | None = None,
) -> tuple[Instruction, ...]:
    """Return what stores a message (in its compact form), one instruction for each transaction, in this order.

    Directly where it fits; else a buffer is created, extended and turned into the vault transaction, which closes it.
    Raises InvalidInput for a message above 10,128 bytes.
    """
    if len(message) <= DIRECT_BYTES_MAX:
        return (
            vault_transaction_create(
                multisig,
                index,
                creator,
                message,
                vault_index=vault_index,
                ephemeral_signers=ephemeral_signers,
                rent_payer=rent_payer,
            ),
        )
    return (
        transaction_buffer_create(
            multisig,
            creator,
            message,
            vault_index=vault_index,
            buffer_index=buffer_index,
            first_bytes=SLICE_BYTES,
            rent_payer=rent_payer,
        ),
        *(
            transaction_buffer_extend(multisig, creator, buffer_index, message[start : start + SLICE_BYTES])
            for start in range(SLICE_BYTES, len(message), SLICE_BYTES)
        ),
        vault_transaction_create_from_buffer(
            multisig,
            index,
            creator,
            vault_index=vault_index,
            buffer_index=buffer_index,
            ephemeral_signers=ephemeral_signers,
            rent_payer=rent_payer,
        ),
    )


def transaction_buffer_create(
    multisig: Pubkey,
    creator: Pubkey,
    message: bytes,
    *,
    vault_index: int,
    buffer_index: int,
    first_bytes: int,
    rent_payer: Pubkey | None = None,
) -> Instruction:
    """Open a buffer for a whole message with its first bytes; raises InvalidInput above 10,128 bytes."""
    if len(message) > BUFFER_BYTES_MAX:
        raise InvalidInput("message", f"at most {BUFFER_BYTES_MAX} bytes", str(len(message)))
    accounts = {
        **_buffer_accounts(multisig, creator, buffer_index),
        **creation_accounts(creator, rent_payer),
    }
    return METHODS["transaction_buffer_create"].build(
        accounts,
        buffer_index=buffer_index,
        vault_index=vault_index,
        final_buffer_hash=hashlib.sha256(message).digest(),
        final_buffer_size=len(message),
        buffer=message[:first_bytes],
    )


def transaction_buffer_extend(multisig: Pubkey, creator: Pubkey, buffer_index: int, piece: bytes) -> Instruction:
    """Put the next bytes into a buffer."""
    accounts = _buffer_accounts(multisig, creator, buffer_index)
    return METHODS["transaction_buffer_extend"].build(accounts, buffer=piece)


def transaction_buffer_close(multisig: Pubkey, creator: Pubkey, buffer_index: int) -> Instruction:
    """Give a buffer up; its rent goes back to the creator."""
    return METHODS["transaction_buffer_close"].build(_buffer_accounts(multisig, creator, buffer_index))


def vault_transaction_create_from_buffer(
    multisig: Pubkey,
    index: int,
    creator: Pubkey,
    *,
    vault_index: int,
    buffer_index: int,
    ephemeral_signers: int = 0,
    rent_payer: Pubkey | None = None,
    memo: str | None = None,
) -> Instruction:
    """Store the message that a buffer holds whole, and close the buffer."""
    accounts = {
        "multisig": multisig,
        "transaction": addresses.transaction(multisig, index).address,
        **creation_accounts(creator, rent_payer),
        "transaction_buffer": addresses.transaction_buffer(multisig, creator, buffer_index).address,
        "buffer_creator": creator,
    }
    return METHODS["vault_transaction_create_from_buffer"].build(
        accounts,
        vault_index=vault_index,
        ephemeral_signers=ephemeral_signers,
        transaction_message=_EMPTY_MESSAGE,
        memo=memo,
    )


def _buffer_accounts(multisig: Pubkey, creator: Pubkey, buffer_index: int) -> dict[str, Pubkey]:
    buffer = addresses.transaction_buffer(multisig, creator, buffer_index).address
    return {"multisig": multisig, "transaction_buffer": buffer, "creator": creator}
