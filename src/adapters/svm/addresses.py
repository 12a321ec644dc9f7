"""The programs the pool lives in, and the addresses that follow from them."""

from solders.pubkey import Pubkey

from ballast.adapters.svm.layout import RawAccount
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput

PERPETUALS_PROGRAM = "PERPHjGBqRHArX4DySjwM6UJHiR3sWAatqfdBS2qQJu"
DOVES_PROGRAM = "DoVEsk76QybCEHQGzkvYPWLQu9gzNoZZZt3TPiL597e"
TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"  # noqa: S105 - a program's address, no secret
# The program's own address that moves the pool's tokens and mints JLP (seed transfer_authority, bump 254).
TRANSFER_AUTHORITY = "AVzP2GeRmqGphJsMxWoqjpUifPpCret7LqWhD8NWQK49"

# Mints of the pool's custodies; a mint that is not here is read all the same, with asset None.
ASSETS: dict[str, tuple[str, Asset | None]] = {
    "So11111111111111111111111111111111111111112": ("SOL", SOL),
    "7vfCXTUXx5WJV5JADk17DUJ4ksgau7utNKj4b963voxs": ("ETH", ETH),
    "3NZ9JMVBmGAqocybic2c7LQCJScmgsAZ6vQqTDzcqmJh": ("BTC", BTC),
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v": ("USDC", USDC),
    "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB": ("USDT", USDT),
    "JuprjznTrTSp2UFa3ZBUFgwdAmtZCq4MQCwysN55USD": ("JupUSD", None),
}
_PROGRAM = Pubkey.from_string(PERPETUALS_PROGRAM)


def symbol_of(mint: str) -> tuple[str, Asset | None]:
    """Return a mint's symbol and asset; for an unknown one a short form of its address and None."""
    return ASSETS.get(mint, (f"{mint[:4]}..{mint[-4:]}", None))


def derived(account: RawAccount, seed: str, bump: int, *keys: str | bytes) -> str:
    """Return the perpetuals program's address for a seed word and keys.

    Raises InvalidInput when the bump the account stores is not the one that the address follows from, which proves the
    account's bytes wrong.
    """
    address, expected = Pubkey.find_program_address([seed.encode(), *(_seed_bytes(key) for key in keys)], _PROGRAM)
    if bump != expected:
        raise InvalidInput(f"{account.name}: bump of {seed}", str(expected), str(bump))
    return str(address)


def prove_address(account: RawAccount, expected: str) -> str:
    """Return the derived address; raises InvalidInput when the account is known to stand at another one."""
    if account.address not in (None, expected):
        raise InvalidInput(f"{account.name}: address", f"{expected}, derived from its fields", str(account.address))
    return expected


def prove_owner(account: RawAccount, program: str) -> None:
    """Prove that the account belongs to a program, where its owner is known."""
    if account.owner not in (None, program):
        raise InvalidInput(f"{account.name}: owner", program, str(account.owner))


def _seed_bytes(key: str | bytes) -> bytes:
    return key if isinstance(key, bytes) else bytes(Pubkey.from_string(key))
