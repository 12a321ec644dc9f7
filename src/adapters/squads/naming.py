"""Names for addresses and amounts, as a signer reads them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.derivation import associated_token_account, derive
from ballast.adapters.common.solana.programs import (
    JLP_POOL,
    MINTS,
    PERPETUALS_PROGRAM,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    TOKEN_PROGRAM,
    KnownMint,
)
from ballast.domain.kernel.number import from_units

NATIVE = Pubkey.from_string(SYSTEM_PROGRAM)
TOKEN_PROGRAMS = (Pubkey.from_string(TOKEN_PROGRAM), Pubkey.from_string(TOKEN_2022_PROGRAM))
_MINTS = {Pubkey.from_string(address): known for address, known in MINTS.items()}
# More digits than a whole u64 has: a mint that claims them is not shown in whole tokens.
_DECIMALS_MAX = 19
_POOL = Pubkey.from_string(JLP_POOL)
_PERPETUALS = Pubkey.from_string(PERPETUALS_PROGRAM)
_CUSTODIES = {derive(_PERPETUALS, b"custody", _POOL, mint).address: mint for mint in _MINTS}
_SOL = KnownMint("SOL", 9, None)
JLP_MINT = next(mint for mint, known in _MINTS.items() if known.symbol == "JLP")


def custody_mint(custody: Pubkey) -> Pubkey | None:
    """Return the mint of a custody of the JLP pool, None for another address."""
    return _CUSTODIES.get(custody)


def amount_text(units: int, mint: Pubkey | None, decimals: int | None = None) -> str:
    """Return an amount in whole tokens, or in the smallest units where the token or its decimals are not known.

    `NATIVE` as the mint means SOL. `decimals` are those the instruction states: it fails on chain if they are wrong.
    """
    known = _known(mint)
    places = known.decimals if known else decimals
    if places is None or places > _DECIMALS_MAX:
        return f"{units:,} smallest units of {token_text(mint)}"
    return f"{_plain(from_units(units, places))} {token_text(mint)}"


def token_text(mint: Pubkey | None) -> str:
    """Return a token's symbol, its whole mint where that is unknown; None is a token the instruction does not state."""
    known = _known(mint)
    if known:
        return known.symbol
    return "a token that is not named" if mint is None else f"unknown token {mint}"


def _known(mint: Pubkey | None) -> KnownMint | None:
    return _SOL if mint == NATIVE else _MINTS.get(mint) if mint else None


def _plain(quantity: Decimal) -> str:
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@frozen
class Names:
    """The addresses that belong to somebody known: wallets, and their accounts for the known tokens."""

    owners: Mapping[Pubkey, str]
    holdings: Mapping[Pubkey, tuple[Pubkey, Pubkey]]

    @classmethod
    def of(cls, owners: Mapping[Pubkey, str], mints: Iterable[Pubkey] = ()) -> "Names":
        """Derive the token accounts of named wallets for every known mint and those given besides."""
        holdings = {
            associated_token_account(owner, mint, program): (owner, mint)
            for owner in owners
            for mint in {*_MINTS, *mints}
            for program in TOKEN_PROGRAMS
        }
        return cls(owners, holdings)

    def owner_of(self, address: Pubkey) -> Pubkey | None:
        """Return the named wallet that an address is, or is a token account of."""
        return address if address in self.owners else self.holdings.get(address, (None,))[0]

    def mint_of(self, address: Pubkey) -> Pubkey | None:
        """Return the token that a named wallet's account holds."""
        return self.holdings[address][1] if address in self.holdings else None

    def __getitem__(self, address: Pubkey) -> str:
        if address in self.owners:
            return f"{self.owners[address]} ({address})"
        if address in self.holdings:
            owner, mint = self.holdings[address]
            return f"{self.owners[owner]}'s {token_text(mint)} account ({address})"
        return str(address)
