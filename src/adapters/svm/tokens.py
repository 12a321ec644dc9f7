"""Decoding SPL token mints and token accounts (the token program's own fixed layouts of 82 and 165 bytes)."""

from attrs import frozen

from ballast.adapters.common.solana.layout import RawAccount, Reader, prove_owner
from ballast.adapters.common.solana.programs import TOKEN_PROGRAM
from ballast.domain.kernel.errors import InvalidInput

MINT_LENGTH = 82
TOKEN_ACCOUNT_LENGTH = 165
_DECIMALS_MAX = 18
_STATE_MAX = 2


@frozen(kw_only=True)
class Mint:
    """A token: `supply` is in units of 10 ** -decimals; `authority` may mint, None for nobody."""

    source: str
    address: str | None
    authority: str | None
    supply: int
    decimals: int


@frozen(kw_only=True)
class TokenAccount:
    """Somebody's holding of one token: `amount` is in the mint's units."""

    source: str
    address: str | None
    mint: str
    owner: str
    amount: int


def decode_mint(account: RawAccount) -> Mint:
    """Return the mint in an account; raises InvalidInput unless every proof holds."""
    reader = _opened(account, MINT_LENGTH)
    authority = _optional_key(reader, "mintAuthority")
    supply, decimals = reader.u64("supply"), reader.at_most("decimals", 1, _DECIMALS_MAX)
    if not reader.boolean("isInitialized"):
        reader.refuse("isInitialized", "1", "0", 1)
    _optional_key(reader, "freezeAuthority")
    return Mint(source=account.name, address=account.address, authority=authority, supply=supply, decimals=decimals)


def decode_token_account(account: RawAccount) -> TokenAccount:
    """Return the token account in an account; raises InvalidInput unless every proof holds."""
    reader = _opened(account, TOKEN_ACCOUNT_LENGTH)
    mint, owner, amount = reader.pubkey("mint"), reader.pubkey("owner"), reader.u64("amount")
    _optional_key(reader, "delegate")
    if not reader.at_most("state", 1, _STATE_MAX):
        reader.refuse("state", "1 (initialised) or 2 (frozen)", "0", 1)
    reader.at_most("isNative option", 4, 1)
    reader.skip("isNative and delegatedAmount", 16)
    _optional_key(reader, "closeAuthority")
    return TokenAccount(source=account.name, address=account.address, mint=mint, owner=owner, amount=amount)


def _opened(account: RawAccount, length: int) -> Reader:
    prove_owner(account, TOKEN_PROGRAM)
    if len(account.data) != length:
        raise InvalidInput(f"{account.name}: length", f"{length} bytes", str(len(account.data)))
    return Reader(account)


def _optional_key(reader: Reader, name: str) -> str | None:
    is_set = reader.at_most(f"{name} option", 4, 1)
    key = reader.pubkey(name)
    return key if is_set else None
