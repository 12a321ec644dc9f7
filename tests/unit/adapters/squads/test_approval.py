"""The check before our signer approves."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from tests.unit.adapters.squads.builders import (
    ASSOCIATED,
    EXCHANGE,
    JLP,
    MEMO,
    MULTISIG,
    PERPETUALS,
    STRANGER,
    SYSTEM,
    TOKEN,
    USDC,
    VAULT,
    holding,
    key,
    memo,
    mint_jlp,
    open_account,
    readonly,
    redeem_jlp,
    send_sol,
    transaction_account,
    transfer,
    transfer_checked,
)

from ballast.adapters.common.solana.lookup import LookupTable
from ballast.adapters.squads import addresses
from ballast.adapters.squads.approval import Intent, Whitelist, check_approval
from ballast.adapters.squads.message import compile_message
from ballast.domain.kernel.errors import NotAllowed

WHITELIST = Whitelist(programs=frozenset({SYSTEM, TOKEN, ASSOCIATED, MEMO, PERPETUALS}), wallets=frozenset({EXCHANGE}))
ODD_MINT = key("a mint nobody lists")


def intent(*instructions: Instruction) -> Intent:
    return Intent(multisig=MULTISIG, vault_index=0, instructions=instructions)


HARMLESS = [
    send_sol(EXCHANGE, 5),
    transfer_checked(holding(EXCHANGE), 1_000_000),
    transfer_checked(holding(EXCHANGE, ODD_MINT), 1_000_000, mint=ODD_MINT),
    transfer(holding(VAULT), holding(EXCHANGE), 1),
    transfer_checked(holding(VAULT, JLP), 1, mint=JLP),
    mint_jlp(1_000_000, 250_000),
    redeem_jlp(1_000_000, 3_900_000),
    redeem_jlp(1_000_000, 3_900_000, holding(EXCHANGE)),
    open_account(EXCHANGE),
    open_account(VAULT),
    memo("op1.0.mint.1"),
]


@pytest.mark.parametrize("instruction", HARMLESS)
def test_what_was_meant_and_pays_a_listed_wallet_is_approved_with_its_words(instruction: Instruction) -> None:
    (found,) = check_approval(transaction_account(instruction), {}, intent(instruction), WHITELIST)
    assert found.is_known


@settings(deadline=None)
@given(st.lists(st.sampled_from(HARMLESS), max_size=5))
def test_any_row_of_such_instructions_is_approved_but_not_one_less_or_in_another_order(row: list[Instruction]) -> None:
    stored = transaction_account(*row)
    assert len(check_approval(stored, {}, intent(*row), WHITELIST)) == len(row)
    for other in (row[1:], row[::-1]):
        if other != row:
            with pytest.raises(NotAllowed):
                check_approval(stored, {}, intent(*other), WHITELIST)


HARMFUL = [
    (send_sol(STRANGER, 5), "instruction 1 destination"),
    (transfer_checked(holding(STRANGER), 1), "instruction 1 destination"),
    (transfer_checked(STRANGER, 1), "instruction 1 destination"),
    (transfer(STRANGER, holding(STRANGER), 1), "instruction 1 destination"),
    (mint_jlp(1, 1, holding(STRANGER, JLP)), "instruction 1 destination"),
    (redeem_jlp(1, 1, holding(STRANGER)), "instruction 1 destination"),
    (open_account(STRANGER), "instruction 1 destination"),
    (Instruction(STRANGER, b"", []), "instruction 1 program"),
    (Instruction(TOKEN, b"\6", [readonly(VAULT)]), "instruction 1"),
]


@pytest.mark.parametrize(("instruction", "part"), HARMFUL)
def test_even_a_meant_instruction_is_refused_off_the_whitelist(instruction: Instruction, part: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        check_approval(transaction_account(instruction), {}, intent(instruction), WHITELIST)
    assert refusal.value.fields["part"] == part


MEANT = transfer_checked(holding(EXCHANGE), 1_000_000)
OTHERWISE = [
    ((transfer_checked(holding(EXCHANGE), 2_000_000),), "instruction 1 data", "send 1 USDC", "send 2 USDC"),
    ((transfer_checked(holding(VAULT), 1_000_000),), "instruction 1 accounts", str(holding(EXCHANGE)), "accounts"),
    ((memo("x"),), "instruction 1 program", str(TOKEN), str(MEMO)),
    ((MEANT, memo("x")), "count of instructions", "1", "2"),
    ((), "count of instructions", "1", "0"),
]


@pytest.mark.parametrize(("row", "part", "expected", "found"), OTHERWISE)
def test_what_differs_from_the_intent_is_named(
    row: tuple[Instruction, ...], part: str, expected: str, found: str
) -> None:
    with pytest.raises(NotAllowed) as refusal:
        check_approval(transaction_account(*row), {}, intent(MEANT), WHITELIST)
    fields = refusal.value.fields
    assert fields["part"] == part
    assert expected in fields["expected"]
    assert found in fields["found"]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"multisig": STRANGER}, "multisig"),
        ({"vault_index": 1}, "vault index"),
        ({"ephemeral_signer_bumps": b"\xff"}, "ephemeral signers"),
    ],
)
def test_another_place_than_meant_is_refused(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        check_approval(evolve(transaction_account(MEANT), **changes), {}, intent(MEANT), WHITELIST)
    assert refusal.value.fields["part"] == part


def test_a_message_that_another_key_must_sign_is_refused() -> None:
    stored = transaction_account(Instruction(MEMO, b"x", [readonly(STRANGER, is_signer=True)]))
    with pytest.raises(NotAllowed, match=f"signers should be the vault and ephemeral signers only, is {STRANGER}"):
        check_approval(stored, {}, intent(), WHITELIST)


def test_an_ephemeral_signer_of_the_transaction_itself_may_sign_where_it_was_meant() -> None:
    own = addresses.transaction(MULTISIG, 7).address
    signer = addresses.ephemeral_signer(own, 0)
    signed = Instruction(MEMO, b"x", [readonly(signer.address, is_signer=True)])
    stored = evolve(transaction_account(signed), ephemeral_signer_bumps=bytes([signer.bump]))
    assert len(check_approval(stored, {}, evolve(intent(signed), ephemeral_signers=1), WHITELIST)) == 1
    with pytest.raises(NotAllowed, match=f"signers should be .* is {signer.address}"):
        check_approval(evolve(stored, ephemeral_signer_bumps=b""), {}, intent(signed), WHITELIST)


def test_the_keys_of_a_lookup_table_are_the_chains_and_not_the_proposers() -> None:
    address = key("table")
    honest = LookupTable(address, (holding(EXCHANGE), USDC, TOKEN))
    stored = evolve(transaction_account(), message=compile_message(VAULT, [MEANT], [honest]))
    assert len(check_approval(stored, {address: honest}, intent(MEANT), WHITELIST)) == 1
    swapped = LookupTable(address, (holding(STRANGER), USDC, TOKEN))
    with pytest.raises(NotAllowed, match="instruction 1 accounts"):
        check_approval(stored, {address: swapped}, intent(MEANT), WHITELIST)
    with pytest.raises(NotAllowed, match=f"lookup tables should be .* without {address}"):
        check_approval(stored, {}, intent(MEANT), WHITELIST)


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32).map(Pubkey.from_bytes))
def test_no_unlisted_wallet_is_ever_paid(wallet: Pubkey) -> None:
    for instruction in (send_sol(wallet, 1), transfer_checked(holding(wallet), 1), open_account(wallet)):
        with pytest.raises(NotAllowed, match="destination"):
            check_approval(transaction_account(instruction), {}, intent(instruction), WHITELIST)
