"""Telling what kind of account some bytes are, and decoding each by its own proofs."""

from collections.abc import Callable

from attrs import frozen

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM, TOKEN_PROGRAM
from ballast.adapters.svm.accounts import (
    CUSTODY,
    PERPETUALS,
    POOL,
    POSITION,
    Perpetuals,
    decode_custody,
    decode_perpetuals,
    decode_pool,
    decode_position,
)
from ballast.adapters.svm.addresses import DOVES_PROGRAM
from ballast.adapters.svm.feeds import AG_PRICE_FEED, AgFeed, decode_feed
from ballast.adapters.svm.tokens import (
    MINT_LENGTH,
    TOKEN_ACCOUNT_LENGTH,
    Mint,
    TokenAccount,
    decode_mint,
    decode_token_account,
)
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.liquidation import Position
from ballast.domain.pool.state import Pool


@frozen
class Unneeded:
    """An account that says nothing about the pool's value, and what it is."""

    what: str


Account = Custody | Pool | Perpetuals | Position | AgFeed | Mint | TokenAccount | Unneeded


def _decode_position(account: RawAccount) -> Position | Unneeded:
    return decode_position(account) or Unneeded("a closed position")


_DECODERS: dict[bytes, Callable[[RawAccount], Account]] = {
    CUSTODY: decode_custody,
    POOL: decode_pool,
    PERPETUALS: decode_perpetuals,
    POSITION: _decode_position,
    AG_PRICE_FEED: decode_feed,
}
_TOKEN_DECODERS: dict[int, Callable[[RawAccount], Account]] = {
    MINT_LENGTH: decode_mint,
    TOKEN_ACCOUNT_LENGTH: decode_token_account,
}
_UNNEEDED = {
    bytes.fromhex("0c26fac72e9a20d8"): "a PositionRequest account",
    bytes.fromhex("f38c148b20f37237"): "a BorrowPosition account",
    bytes.fromhex("423e44466cb3b7eb"): "a StakeInfo account",
    bytes.fromhex("9cf709bc366c554d"): "a TokenLedger account",
    bytes.fromhex("bd67fc179823f39c"): "a Doves PriceFeed account, which the pool no longer reads",
}


def decode(account: RawAccount) -> Account:
    """Return what an account holds.

    Accounts of programs the pool does not live in are unneeded. One of its own programs, or of an unknown owner, with
    a discriminator nobody knows is refused with InvalidInput: it may be a known account gone wrong.
    """
    decoder = _DECODERS.get(account.discriminator)
    if decoder is None and account.owner in (None, TOKEN_PROGRAM):
        decoder = _TOKEN_DECODERS.get(len(account.data))
    if decoder is not None:
        return decoder(account)
    if account.discriminator in _UNNEEDED:
        return Unneeded(_UNNEEDED[account.discriminator])
    if account.owner not in (None, PERPETUALS_PROGRAM, DOVES_PROGRAM, TOKEN_PROGRAM):
        return Unneeded(f"an account of program {account.owner}")
    known = ", ".join(discriminator.hex() for discriminator in _DECODERS)
    raise InvalidInput(
        f"{account.name}: discriminator at byte 0",
        f"one of {known}, or a mint or token account",
        f"{account.discriminator.hex()} of {len(account.data)} bytes",
    )
