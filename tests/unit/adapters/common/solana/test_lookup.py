"""Address lookup tables."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.lookup import decode_lookup_table
from ballast.adapters.common.solana.programs import LOOKUP_TABLE_PROGRAM, TOKEN_PROGRAM
from ballast.domain.kernel.errors import InvalidInput

ADDRESS = Pubkey.from_bytes(bytes([7] * 32))
HEADER = struct.pack("<IQQBB", 1, 2**64 - 1, 5, 0, 1) + bytes([9] * 32) + bytes(2)
keys = st.lists(st.binary(min_size=32, max_size=32), max_size=256)


def account(data: bytes, owner: str = LOOKUP_TABLE_PROGRAM, address: str | None = str(ADDRESS)) -> RawAccount:
    return RawAccount("made", address, owner, data)


@settings(deadline=None)
@given(keys)
def test_a_table_is_its_addresses_in_order(drawn: list[bytes]) -> None:
    table = decode_lookup_table(account(HEADER + b"".join(drawn)))
    assert table.address == ADDRESS
    assert [bytes(key) for key in table.addresses] == drawn


@settings(deadline=None)
@given(st.integers(0, 55) | st.integers(57, 87))
def test_a_table_that_is_cut_is_refused(length: int) -> None:
    with pytest.raises(InvalidInput):
        decode_lookup_table(account((HEADER + bytes(32))[:length]))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (account(b"\0" + HEADER[1:]), "kind at byte 0: expected 01000000, found 00000000"),
        (account(HEADER[:21] + b"\2" + HEADER[22:]), "authority option at byte 21: expected at most 1, found 2"),
        (account(HEADER, owner=TOKEN_PROGRAM), f"owner: expected {LOOKUP_TABLE_PROGRAM}"),
        (account(HEADER, address=None), "address: expected the table's own address, found none"),
        (account(HEADER + bytes(32 * 257)), "expected at most 256 of 32 bytes"),
    ],
)
def test_what_is_no_table_is_refused(wrong: RawAccount, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode_lookup_table(wrong)
