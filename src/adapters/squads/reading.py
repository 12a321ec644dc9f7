"""Account files of a treasury put together: what each holds, and which belong to each other."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from attrs import frozen
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.files import Skipped, read_accounts
from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.lookup import LookupTable, decode_lookup_table
from ballast.adapters.common.solana.programs import LOOKUP_TABLE_PROGRAM
from ballast.adapters.squads import addresses
from ballast.adapters.squads.accounts import decode
from ballast.adapters.squads.model import (
    Batch,
    ConfigTransaction,
    Multisig,
    Proposal,
    SquadsAccount,
    VaultTransaction,
)
from ballast.domain.kernel.errors import InvalidInput

_T = TypeVar("_T")
_Numbered = VaultTransaction | ConfigTransaction | Batch


@frozen
class Decoded:
    """An account with where it was read; `address` is None where the file does not say it."""

    source: str
    address: str | None
    account: SquadsAccount


@frozen(kw_only=True)
class TreasuryAccounts:
    """Any part of one or more treasuries, every account proved by itself."""

    decoded: tuple[Decoded, ...]
    tables: Mapping[Pubkey, LookupTable]
    multisigs: Mapping[Pubkey, Multisig]
    proposals: Mapping[tuple[Pubkey, int], Proposal]
    transactions: Mapping[tuple[Pubkey, int], _Numbered]
    skipped: tuple[Skipped, ...]


def read_treasury(paths: Iterable[Path]) -> TreasuryAccounts:
    """Read the treasury's accounts and lookup tables in files and folders; accounts of other programs are left aside.

    Raises InvalidInput when a file or an account fails its proof, when two accounts claim one place, and when there is
    no account of the Squads program.
    """
    files = read_accounts(paths)
    decoded: list[Decoded] = []
    tables: dict[Pubkey, LookupTable] = {}
    skipped = list(files.skipped)
    for account in files.accounts:
        if account.owner == LOOKUP_TABLE_PROGRAM:
            table = decode_lookup_table(account)
            tables[table.address] = table
        elif account.owner in (None, str(addresses.PROGRAM)):
            decoded.append(_decoded(account))
        else:
            skipped.append(Skipped(Path(account.source), f"an account of program {account.owner}"))
    if not decoded:
        raise InvalidInput("paths", "at least one account of the Squads program", "none")
    return _together(decoded, tables, skipped)


def _decoded(account: RawAccount) -> Decoded:
    return Decoded(account.source, account.address, decode(account))


def _together(decoded: list[Decoded], tables: Mapping[Pubkey, LookupTable], skipped: list[Skipped]) -> TreasuryAccounts:
    multisigs: dict[Pubkey, Multisig] = {}
    proposals: dict[tuple[Pubkey, int], Proposal] = {}
    transactions: dict[tuple[Pubkey, int], _Numbered] = {}
    for found in decoded:
        match found.account:
            case Multisig() as multisig:
                _put(multisigs, addresses.multisig(multisig.create_key).address, multisig, found.source)
            case Proposal() as proposal:
                _put(proposals, (proposal.multisig, proposal.transaction_index), proposal, found.source)
            case VaultTransaction() | ConfigTransaction() | Batch() as transaction:
                _put(transactions, (transaction.multisig, transaction.index), transaction, found.source)
            case _:
                pass
    return TreasuryAccounts(
        decoded=tuple(decoded),
        tables=tables,
        multisigs=multisigs,
        proposals=proposals,
        transactions=transactions,
        skipped=tuple(skipped),
    )


_K = TypeVar("_K")


def _put(held: dict[_K, _T], place: _K, account: _T, source: str) -> None:
    if held.setdefault(place, account) != account:
        raise InvalidInput(source, "one account for each place", f"another {type(account).__name__} for {place}")
