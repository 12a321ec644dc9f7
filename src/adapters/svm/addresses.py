"""The addresses that follow from the perpetuals program, and those of its neighbours."""

from solders.pubkey import Pubkey

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM
from ballast.domain.kernel.errors import InvalidInput

DOVES_PROGRAM = "DoVEsk76QybCEHQGzkvYPWLQu9gzNoZZZt3TPiL597e"
# The program's own address that moves the pool's tokens and mints JLP (seed transfer_authority, bump 254).
TRANSFER_AUTHORITY = "AVzP2GeRmqGphJsMxWoqjpUifPpCret7LqWhD8NWQK49"
_PROGRAM = Pubkey.from_string(PERPETUALS_PROGRAM)


def derived(account: RawAccount, seed: str, bump: int, *keys: str | bytes) -> str:
    """Return the perpetuals program's address for a seed word and keys.

    Raises InvalidInput when the bump the account stores is not the one that the address follows from, which proves the
    account's bytes wrong.
    """
    address, expected = Pubkey.find_program_address([seed.encode(), *(_seed_bytes(key) for key in keys)], _PROGRAM)
    if bump != expected:
        raise InvalidInput(f"{account.name}: bump of {seed}", str(expected), str(bump))
    return str(address)


def _seed_bytes(key: str | bytes) -> bytes:
    return key if isinstance(key, bytes) else bytes(Pubkey.from_string(key))
