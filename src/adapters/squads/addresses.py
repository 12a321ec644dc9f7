"""The Squads v4 program, and the addresses that follow from its seeds (facts: its source at c14a6d6)."""

from solders.pubkey import Pubkey

from ballast.adapters.common.solana.derivation import Derived, derive

PROGRAM = Pubkey.from_string("SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf")
_PREFIX = b"multisig"


def _under(*seeds: bytes | Pubkey) -> Derived:
    return derive(PROGRAM, _PREFIX, *seeds)


def _u64(index: int) -> bytes:
    return index.to_bytes(8, "little")


def program_config() -> Derived:
    """Return where the program keeps its fee and its treasury."""
    return _under(b"program_config")


def multisig(create_key: Pubkey) -> Derived:
    """Return a multisig's address by the one-time key it was created with."""
    return _under(b"multisig", create_key)


def vault(multisig: Pubkey, vault_index: int) -> Derived:
    """Return the system account that holds a multisig's funds and signs for them (index 0 to 255)."""
    return _under(multisig, b"vault", bytes([vault_index]))


def transaction(multisig: Pubkey, index: int) -> Derived:
    """Return where a vault transaction, a config transaction or a batch stands (index from 1)."""
    return _under(multisig, b"transaction", _u64(index))


def proposal(multisig: Pubkey, index: int) -> Derived:
    """Return where the votes on a transaction stand."""
    return _under(multisig, b"transaction", _u64(index), b"proposal")


def batch_item(multisig: Pubkey, batch_index: int, item_index: int) -> Derived:
    """Return where one transaction of a batch stands (items count from 1)."""
    return _under(multisig, b"transaction", _u64(batch_index), b"batch_transaction", item_index.to_bytes(4, "little"))


def ephemeral_signer(transaction: Pubkey, number: int) -> Derived:
    """Return a signer that exists for one transaction only (numbers from 0)."""
    return _under(transaction, b"ephemeral_signer", bytes([number]))


def spending_limit(multisig: Pubkey, create_key: Pubkey) -> Derived:
    """Return a spending limit's address by its own create key."""
    return _under(multisig, b"spending_limit", create_key)


def transaction_buffer(multisig: Pubkey, creator: Pubkey, buffer_index: int) -> Derived:
    """Return where a creator gathers a message too large for one transaction (index 0 to 255)."""
    return _under(multisig, b"transaction_buffer", creator, bytes([buffer_index]))
