"""Mints and token accounts of the token program."""

import pytest
from tests.unit.adapters.svm.builders import ASSETS, bare, decoded_april, find, patched, recorded

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM
from ballast.adapters.svm.addresses import TRANSFER_AUTHORITY
from ballast.adapters.svm.tokens import decode_mint, decode_token_account
from ballast.domain.kernel.errors import InvalidInput

JLP, VAULT = recorded("jlp_mint"), recorded("sol_vault")


def test_the_jlp_mint_carries_the_supply_and_the_programs_authority() -> None:
    mint = decode_mint(JLP)
    assert (mint.supply, mint.decimals, mint.authority) == (236_667_568_692_235, 6, TRANSFER_AUTHORITY)


def test_the_transfer_authority_is_the_programs_own_address() -> None:
    assert find("transfer_authority") == (TRANSFER_AUTHORITY, b"\xfe")


@pytest.mark.parametrize("asset", ASSETS)
def test_a_vault_holds_what_an_independent_decoder_read(asset: str) -> None:
    vault, expected = decode_token_account(recorded(f"{asset}_vault")), decoded_april()["custodies"][asset]
    assert (vault.amount, vault.mint, vault.address) == (
        expected["_vaultAmount"],
        expected["mint"],
        expected["tokenAccount"],
    )
    assert vault.owner == TRANSFER_AUTHORITY


def test_a_mint_without_an_authority_is_read() -> None:
    assert decode_mint(patched(JLP, 0, bytes(4))).authority is None


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (0, b"\x02", "mintAuthority option at byte 0"),
        (44, b"\x13", "decimals at byte 44"),
        (45, b"\x00", "isInitialized at byte 45: expected 1, found 0"),
        (46, b"\x02", "freezeAuthority option at byte 46"),
    ],
)
def test_a_mint_with_a_wrong_field_is_refused(offset: int, value: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode_mint(patched(JLP, offset, value))


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (72, b"\x02", "delegate option at byte 72"),
        (108, b"\x00", "state at byte 108: expected 1"),
        (108, b"\x03", "state at byte 108"),
        (109, b"\x02", "isNative option at byte 109"),
        (129, b"\x02", "closeAuthority option at byte 129"),
    ],
)
def test_a_token_account_with_a_wrong_field_is_refused(offset: int, value: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode_token_account(patched(VAULT, offset, value))


def test_a_wrong_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected 82 bytes, found 81"):
        decode_mint(bare(JLP.data[:81]))
    with pytest.raises(InvalidInput, match="expected 165 bytes, found 82"):
        decode_token_account(bare(JLP.data))


def test_a_mint_of_another_program_is_refused() -> None:
    with pytest.raises(InvalidInput, match="owner"):
        decode_mint(RawAccount("made", JLP.address, PERPETUALS_PROGRAM, JLP.data))
