"""Addresses that follow from seeds."""

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.programs import ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM

_ASSOCIATED = Pubkey.from_string(ASSOCIATED_TOKEN_PROGRAM)
_TOKEN = Pubkey.from_string(TOKEN_PROGRAM)


@frozen
class Derived:
    """A program's address and the bump (0 to 255) that takes it off the curve."""

    address: Pubkey
    bump: int


def derive(program: Pubkey, *seeds: bytes | Pubkey) -> Derived:
    """Return the canonical address of a program for seeds: the one with the highest bump."""
    return Derived(*Pubkey.find_program_address([bytes(seed) for seed in seeds], program))


def associated_token_account(owner: Pubkey, mint: Pubkey, token_program: Pubkey = _TOKEN) -> Pubkey:
    """Return where an owner's holding of a token stands by convention (owner off the curve allowed)."""
    return derive(_ASSOCIATED, owner, token_program, mint).address
