"""What a signer reads about instructions."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from tests.unit.adapters.squads.builders import (
    CUSTODY,
    EXCHANGE,
    JLP,
    MEMBERS,
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
    liquidity,
    memo,
    mint_jlp,
    open_account,
    redeem_jlp,
    send_sol,
    transfer,
    transfer_checked,
)

from ballast.adapters.common.solana.programs import COMPUTE_BUDGET_PROGRAM
from ballast.adapters.squads import instructions
from ballast.adapters.squads.actions import action_text
from ballast.adapters.squads.model import (
    AddMember,
    AddSpendingLimit,
    ChangeThreshold,
    ConfigAction,
    Member,
    Period,
    RemoveMember,
    RemoveSpendingLimit,
    SetRentCollector,
    SetTimeLock,
)
from ballast.adapters.squads.naming import NATIVE, Names, amount_text
from ballast.adapters.squads.words import Payee, meaning

NAMES = Names.of({VAULT: "vault 0"})
BUDGET = Pubkey.from_string(COMPUTE_BUDGET_PROGRAM)
OWN_USDC, OWN_JLP = f"vault 0's USDC account ({holding(VAULT)})", f"vault 0's JLP account ({holding(VAULT, JLP)})"
FOREIGN = holding(EXCHANGE)

WORDS = [
    (send_sol(EXCHANGE, 1_500_000_000), f"send 1.5 SOL from vault 0 ({VAULT}) to {EXCHANGE}"),
    (
        transfer_checked(FOREIGN, 1_250_000_000),
        f"send 1,250 USDC from {OWN_USDC} to {FOREIGN}, signed by vault 0 ({VAULT})",
    ),
    (
        transfer(holding(VAULT), FOREIGN, 1),
        f"send 0.000001 USDC from {OWN_USDC} to {FOREIGN}, signed by vault 0 ({VAULT})",
    ),
    (
        transfer(STRANGER, FOREIGN, 1_000),
        (
            f"send 1,000 smallest units of a token that is not named from {STRANGER} to {FOREIGN},"
            f" signed by vault 0 ({VAULT})"
        ),
    ),
    (mint_jlp(1_000_000, 250_000), f"pay 1 USDC from {OWN_USDC} for at least 0.25 JLP to {OWN_JLP}"),
    (redeem_jlp(2_000_000, 7_900_000), f"redeem 2 JLP from {OWN_JLP} for at least 7.9 USDC to {OWN_USDC}"),
    (
        open_account(EXCHANGE),
        f"open {EXCHANGE}'s USDC account ({FOREIGN}) unless it is there, paid by vault 0 ({VAULT})",
    ),
    (Instruction(BUDGET, struct.pack("<BI", 1, 262_144), []), "ask for a heap of 262,144 bytes"),
    (Instruction(BUDGET, struct.pack("<BI", 2, 600_000), []), "limit compute to 600,000 units"),
    (
        Instruction(BUDGET, struct.pack("<BQ", 3, 5_000), []),
        "offer 5,000 micro-lamports for each compute unit",
    ),
    (Instruction(BUDGET, struct.pack("<BI", 4, 64), []), "limit the accounts' data to 64 bytes"),
    (memo("rebalance → 17"), "note 'rebalance → 17'"),
]


@pytest.mark.parametrize(("instruction", "text"), WORDS)
def test_a_known_instruction_is_said_in_words(instruction: Instruction, text: str) -> None:
    found = meaning(instruction, NAMES)
    assert (found.is_known, found.text) == (True, text)


@pytest.mark.parametrize(
    ("instruction", "payee"),
    [
        (send_sol(EXCHANGE, 1), Payee(EXCHANGE, NATIVE)),
        (transfer_checked(FOREIGN, 1), Payee(FOREIGN, USDC)),
        (transfer(holding(VAULT), FOREIGN, 1), Payee(FOREIGN, USDC)),
        (mint_jlp(1, 1, FOREIGN), Payee(FOREIGN, JLP)),
        (redeem_jlp(1, 1, FOREIGN), Payee(FOREIGN, USDC)),
        (open_account(EXCHANGE), Payee(EXCHANGE, None)),
    ],
)
def test_who_gets_something_is_named_apart(instruction: Instruction, payee: Payee) -> None:
    assert meaning(instruction, NAMES).payees == (payee,)


def test_a_swap_before_an_entry_is_said() -> None:
    data = bytes.fromhex("e4a24e1c46db7473") + struct.pack("<QQBQ", 1_000_000, 1, 1, 2_000_000)
    assert "pay 1 USDC (before a swap: 2 USDC) from" in meaning(liquidity(data, STRANGER, STRANGER), NAMES).text


UNKNOWN = [
    Instruction(STRANGER, b"\1\2", []),
    Instruction(SYSTEM, struct.pack("<I", 1), []),
    Instruction(SYSTEM, b"", []),
    Instruction(TOKEN, b"\6", []),
    Instruction(TOKEN, transfer(STRANGER, FOREIGN, 1).data, []),
    open_account(EXCHANGE, account=STRANGER),
    Instruction(BUDGET, b"\0", []),
    Instruction(MEMO, b"\xff", []),
    Instruction(PERPETUALS, redeem_jlp(1, 1).data, []),
    liquidity(bytes(24), STRANGER, STRANGER),
    liquidity(redeem_jlp(1, 1).data, STRANGER, STRANGER, custody=STRANGER),
    liquidity(redeem_jlp(1, 1).data, STRANGER, STRANGER, custody=CUSTODY, pool=str(STRANGER)),
    Instruction(instructions.proposal_activate(MULTISIG, 1, VAULT).program_id, bytes(8), []),
]


@pytest.mark.parametrize("instruction", UNKNOWN)
def test_what_is_not_known_is_said_to_be_unknown_with_its_raw_data(instruction: Instruction) -> None:
    found = meaning(instruction, NAMES)
    assert not found.is_known
    assert "UNKNOWN" in found.program + found.text
    assert f"data {instruction.data.hex() or 'empty'}" in found.text


LENGTHENED = [instruction for instruction, _ in WORDS if instruction.program_id != MEMO]


@pytest.mark.parametrize("instruction", LENGTHENED)
def test_a_known_instruction_with_a_byte_too_many_is_unknown(instruction: Instruction) -> None:
    longer = Instruction(instruction.program_id, instruction.data + b"\7", instruction.accounts)
    assert not meaning(longer, NAMES).is_known


@settings(deadline=None)
@given(st.sampled_from([instruction for instruction, _ in WORDS]), st.binary(max_size=40))
def test_any_data_has_words_or_is_unknown(instruction: Instruction, data: bytes) -> None:
    found = meaning(Instruction(instruction.program_id, data, instruction.accounts), NAMES)
    assert found.text
    assert "\n" not in found.text
    assert "\x1b" not in found.text


def test_a_memo_cannot_steer_the_terminal_or_turn_the_text_round() -> None:
    assert meaning(memo("a\n\x1b[2Jb\u202ec"), NAMES).text == "note 'a\\n\\x1b[2Jb\\u202ec'"


def test_a_call_of_the_multisig_itself_is_said_with_arguments_and_accounts() -> None:
    found = meaning(
        instructions.config_transaction_create(MULTISIG, 8, MEMBERS[0], [ChangeThreshold(1)], memo="x\ny"), NAMES
    )
    assert found.text.startswith('config transaction create: ask for 1 approvals from now on; memo "x\\ny"; multisig ')


LIMIT = AddSpendingLimit(
    create_key=key("limit"),
    vault_index=0,
    mint=USDC,
    amount=5_000_000,
    period=Period.DAY,
    members=(MEMBERS[0],),
    destinations=(),
)
ACTIONS: list[tuple[ConfigAction, str]] = [
    (AddMember(Member(STRANGER, 5)), f"let {STRANGER} in, who may initiate, execute"),
    (AddMember(Member(STRANGER, 0)), f"let {STRANGER} in, who may do nothing"),
    (RemoveMember(STRANGER), f"shut {STRANGER} out (spending limits that name it stay)"),
    (ChangeThreshold(3), "ask for 3 approvals from now on"),
    (SetTimeLock(86_400), "ask for 86,400 s between approval and execution"),
    (
        LIMIT,
        (
            f"without votes, {MEMBERS[0]} may each alone send from one purse of 5 USDC every day from vault 0"
            " to ANY destination"
        ),
    ),
    (RemoveSpendingLimit(STRANGER), f"take spending limit {STRANGER} away"),
    (SetRentCollector(VAULT), f"pay the rent of closed accounts to {VAULT}"),
    (SetRentCollector(None), "let nobody collect rent"),
]


@pytest.mark.parametrize(("action", "text"), ACTIONS)
def test_a_change_of_the_multisig_is_said_in_words(action: ConfigAction, text: str) -> None:
    assert action_text(action) == text


@pytest.mark.parametrize(
    ("units", "mint", "decimals", "text"),
    [
        (10, NATIVE, None, "0.00000001 SOL"),
        (10, USDC, 0, "0.00001 USDC"),
        (100, STRANGER, 2, f"1 unknown token {STRANGER}"),
        (1_000, STRANGER, None, f"1,000 smallest units of unknown token {STRANGER}"),
        (100, STRANGER, 255, f"100 smallest units of unknown token {STRANGER}"),
        (2**64 - 1, STRANGER, 0, f"18,446,744,073,709,551,615 unknown token {STRANGER}"),
    ],
)
def test_an_amount_is_whole_tokens_only_where_they_are_known(
    units: int, mint: Pubkey, decimals: int | None, text: str
) -> None:
    assert amount_text(units, mint, decimals) == text
