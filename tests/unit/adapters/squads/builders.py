"""Keys, a treasury that fits together, its account files, and the instructions its vault signs."""

import base64
import hashlib
import json
import struct
from pathlib import Path

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.derivation import associated_token_account, derive
from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import (
    ASSOCIATED_TOKEN_PROGRAM,
    JLP_POOL,
    LOOKUP_TABLE_PROGRAM,
    MEMO_PROGRAMS,
    MINTS,
    PERPETUALS_PROGRAM,
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
)
from ballast.adapters.squads import addresses
from ballast.adapters.squads.accounts import encode
from ballast.adapters.squads.message import compile_message
from ballast.adapters.squads.model import (
    Member,
    Multisig,
    Proposal,
    SquadsAccount,
    Standing,
    Status,
    VaultTransaction,
)


def key(label: str) -> Pubkey:
    """A key that depends on its label only."""
    return Pubkey.from_bytes(hashlib.sha256(label.encode()).digest())


CREATE_KEY = key("create")
MULTISIG = addresses.multisig(CREATE_KEY).address
VAULT = addresses.vault(MULTISIG, 0).address
MEMBERS = sorted((key(name) for name in ("ann", "bob", "cleo")), key=bytes)
EXCHANGE, STRANGER = key("exchange"), key("stranger")
TOKEN, SYSTEM = Pubkey.from_string(TOKEN_PROGRAM), Pubkey.from_string(SYSTEM_PROGRAM)
PERPETUALS, MEMO = Pubkey.from_string(PERPETUALS_PROGRAM), Pubkey.from_string(MEMO_PROGRAMS[0])
ASSOCIATED = Pubkey.from_string(ASSOCIATED_TOKEN_PROGRAM)
_BY_SYMBOL = {known.symbol: Pubkey.from_string(mint) for mint, known in MINTS.items()}
USDC, JLP = _BY_SYMBOL["USDC"], _BY_SYMBOL["JLP"]
CUSTODY = derive(PERPETUALS, b"custody", Pubkey.from_string(JLP_POOL), USDC).address


def multisig_account() -> Multisig:
    """Two of three, ten minutes, seven transactions of which two are stale."""
    return Multisig(
        create_key=CREATE_KEY,
        config_authority=SYSTEM,
        threshold=2,
        time_lock_s=600,
        transaction_index=7,
        stale_transaction_index=2,
        rent_collector=VAULT,
        bump=addresses.multisig(CREATE_KEY).bump,
        members=tuple(Member(member, 7) for member in MEMBERS),
    )


def proposal_account(status: Status = Status.ACTIVE, approved: int = 1, index: int = 7) -> Proposal:
    return Proposal(
        multisig=MULTISIG,
        transaction_index=index,
        standing=Standing(status, None if status is Status.EXECUTING else 1_700_000_000),
        bump=addresses.proposal(MULTISIG, index).bump,
        approved=tuple(MEMBERS[:approved]),
        rejected=(),
        cancelled=(),
    )


def transaction_account(*instructions: Instruction, index: int = 7) -> VaultTransaction:
    return VaultTransaction(
        multisig=MULTISIG,
        creator=MEMBERS[0],
        index=index,
        bump=addresses.transaction(MULTISIG, index).bump,
        vault_index=0,
        vault_bump=addresses.vault(MULTISIG, 0).bump,
        ephemeral_signer_bumps=b"",
        message=compile_message(VAULT, instructions),
    )


def holding(owner: Pubkey, mint: Pubkey = USDC) -> Pubkey:
    return associated_token_account(owner, mint)


def writable(address: Pubkey, *, is_signer: bool = False) -> AccountMeta:
    return AccountMeta(address, is_signer=is_signer, is_writable=True)


def readonly(address: Pubkey, *, is_signer: bool = False) -> AccountMeta:
    return AccountMeta(address, is_signer=is_signer, is_writable=False)


def transfer_checked(target: Pubkey, units: int, mint: Pubkey = USDC, decimals: int = 6) -> Instruction:
    metas = [writable(holding(VAULT, mint)), readonly(mint), writable(target), readonly(VAULT, is_signer=True)]
    return Instruction(TOKEN, struct.pack("<BQB", 12, units, decimals), metas)


def transfer(source: Pubkey, target: Pubkey, units: int) -> Instruction:
    metas = [writable(source), writable(target), readonly(VAULT, is_signer=True)]
    return Instruction(TOKEN, struct.pack("<BQ", 3, units), metas)


def send_sol(target: Pubkey, lamports: int) -> Instruction:
    return Instruction(SYSTEM, struct.pack("<IQ", 2, lamports), [writable(VAULT, is_signer=True), writable(target)])


def memo(text: str) -> Instruction:
    return Instruction(MEMO, text.encode(), [readonly(VAULT, is_signer=True)])


def liquidity(
    data: bytes, own: Pubkey, jlp_account: Pubkey, custody: Pubkey = CUSTODY, pool: str = JLP_POOL
) -> Instruction:
    """Jupiter's account order; accounts that the words do not look at are made up."""
    named = {0: readonly(VAULT, is_signer=True), 1: writable(own), 2: writable(jlp_account)}
    named |= {5: writable(Pubkey.from_string(pool)), 6: writable(custody), 10: writable(JLP)}
    return Instruction(PERPETUALS, data, [named.get(place, readonly(key(f"jupiter {place}"))) for place in range(16)])


def mint_jlp(units: int, least: int, jlp_account: Pubkey | None = None) -> Instruction:
    data = bytes.fromhex("e4a24e1c46db7473") + struct.pack("<QQB", units, least, 0)
    return liquidity(data, holding(VAULT), jlp_account or holding(VAULT, JLP))


def redeem_jlp(units: int, least: int, receiving: Pubkey | None = None) -> Instruction:
    data = bytes.fromhex("e6d7527ff165e392") + struct.pack("<QQ", units, least)
    return liquidity(data, receiving or holding(VAULT), holding(VAULT, JLP))


def open_account(wallet: Pubkey, mint: Pubkey = USDC, account: Pubkey | None = None) -> Instruction:
    metas = [
        writable(VAULT, is_signer=True),
        writable(account or holding(wallet, mint)),
        *map(readonly, (wallet, mint, SYSTEM, TOKEN)),
    ]
    return Instruction(ASSOCIATED, b"\1", metas)


def as_stored(account: SquadsAccount, address: Pubkey | None = None) -> RawAccount:
    return RawAccount("made", str(address) if address else None, str(addresses.PROGRAM), encode(account))


def write_account(folder: Path, name: str, owner: Pubkey, data: bytes, address: Pubkey) -> Path:
    """A file as `solana account --output json` writes it."""
    inner = {"data": [base64.b64encode(data).decode(), "base64"], "owner": str(owner), "lamports": 1}
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"pubkey": str(address), "account": inner}))
    return path


def write_squads(folder: Path, name: str, account: SquadsAccount, address: Pubkey) -> Path:
    return write_account(folder, name, addresses.PROGRAM, encode(account), address)


def table_bytes(*keys: Pubkey) -> bytes:
    """A lookup table that lives, with an authority."""
    header = struct.pack("<IQQBB", 1, 2**64 - 1, 5, 0, 1) + bytes(key("authority")) + bytes(2)
    return header + b"".join(map(bytes, keys))


TABLES = Pubkey.from_string(LOOKUP_TABLE_PROGRAM)
