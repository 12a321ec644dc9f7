"""Recorded accounts, ways to spoil them, and accounts made from scratch with addresses that follow."""

import base64
import json
from pathlib import Path
from typing import Any

from solders.pubkey import Pubkey

from ballast.adapters.common.solana.files import read_accounts
from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM

DATA = Path(__file__).parents[4] / "data" / "jlp"
APRIL = DATA / "beethoven-2026-04"
FEBRUARY = DATA / "yellowstone-vixen"
TRUNCATED = DATA / "kubrai" / "pool_2026-10-02_first400.json"
POOL_ADDRESS = "5BUwFW4nRbftYTDMbgxykoFWqWHPzahFSNAaaaJtVKsq"
ASSETS = ("sol", "weth", "wbtc", "usdc", "usdt")
_PROGRAM = Pubkey.from_string(PERPETUALS_PROGRAM)
_POOL_KEY = bytes(Pubkey.from_string(POOL_ADDRESS))


def recorded(name: str) -> RawAccount:
    """One account of April 2026, by file name without suffix."""
    (account,) = read_accounts([APRIL / f"{name}.json"]).accounts
    return account


def decoded_april() -> Any:
    """The same accounts as an independent decoder read them."""
    return json.loads((APRIL / "decoded.json").read_text())


def bare(data: bytes) -> RawAccount:
    """Bytes nobody vouches for."""
    return RawAccount("bare", None, None, data)


def patched(account: RawAccount, offset: int, replacement: bytes) -> RawAccount:
    """The account with some bytes replaced."""
    data = account.data[:offset] + replacement + account.data[offset + len(replacement) :]
    return RawAccount(account.source, account.address, account.owner, data)


def find(seed: str, *keys: bytes) -> tuple[str, bytes]:
    """A program address by the library's own search, and its bump as a byte."""
    address, bump = Pubkey.find_program_address([seed.encode(), *keys], _PROGRAM)
    return str(address), bytes([bump])


def raw_key(address: str) -> bytes:
    """An address's 32 bytes."""
    return bytes(Pubkey.from_string(address))


def custody_of(mint: bytes, template: RawAccount, pool: bytes = _POOL_KEY) -> RawAccount:
    """A custody of another mint, otherwise like the template, with the addresses that follow from pool and mint."""
    address, bump = find("custody", pool, mint)
    vault, vault_bump = find("custody_token_account", pool, mint)
    account = patched(patched(template, 8, pool + mint + raw_key(vault)), 294, bump + vault_bump)
    return RawAccount("made", address, account.owner, account.data)


def position_account(side: int = 2, size_usd: int = 10**9, price: int = 2 * 10**9) -> RawAccount:
    """A position of a made-up owner: short ETH against USDC unless told."""
    owner, custody, collateral = bytes([7] * 32), recorded("weth_custody"), recorded("usdc_custody")
    keys = (owner, _POOL_KEY, raw_key(custody.address or ""), raw_key(collateral.address or ""))
    address, bump = find("position", *keys, bytes([side]))
    numbers = (1_700_000_000, 8), (1_700_000_001, 8), (side, 1), (price, 8), (size_usd, 8), (10**8, 8), (0, 8)
    rest = (5 * 10**8, 16), (10**9, 8)
    fields = b"".join(value.to_bytes(width, "little") for value, width in (*numbers, *rest))
    data = bytes.fromhex("aabc8fe47a40f7d0") + b"".join(keys) + fields + bump
    return RawAccount("made", address, PERPETUALS_PROGRAM, data.ljust(216, b"\0"))


def solana_json(account: RawAccount) -> dict[str, object]:
    """The account as `solana account --output json` prints it."""
    inner = {"data": [base64.b64encode(account.data).decode(), "base64"], "owner": account.owner, "lamports": 1}
    return {"pubkey": account.address, "account": inner}


def write(path: Path, document: object) -> Path:
    """Write a JSON file."""
    path.write_text(json.dumps(document))
    return path
