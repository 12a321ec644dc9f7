"""Account files of a treasury in words, through the command that a signer runs."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from solders.pubkey import Pubkey
from tests.unit.adapters.squads.builders import (
    CREATE_KEY,
    EXCHANGE,
    MEMBERS,
    MULTISIG,
    STRANGER,
    SYSTEM,
    TABLES,
    TOKEN,
    USDC,
    VAULT,
    holding,
    key,
    memo,
    multisig_account,
    proposal_account,
    table_bytes,
    transaction_account,
    transfer_checked,
    write_account,
    write_squads,
)
from tests.unit.adapters.squads.vectors import load
from typer.testing import CliRunner

from ballast.adapters.common.solana.lookup import LookupTable
from ballast.adapters.squads import addresses
from ballast.adapters.squads.accounts import encode
from ballast.adapters.squads.codecs import COMPACT_MESSAGE
from ballast.adapters.squads.inspect import Finding, inspect
from ballast.adapters.squads.message import compile_message
from ballast.adapters.squads.model import (
    Batch,
    ChangeThreshold,
    ConfigTransaction,
    Period,
    SpendingLimit,
    Status,
    TransactionBuffer,
    VaultBatchTransaction,
)
from ballast.bootstrap.cli.app import app
from ballast.domain.kernel.errors import InvalidInput

AT = {
    "multisig": addresses.multisig(CREATE_KEY).address,
    "proposal": addresses.proposal(MULTISIG, 7).address,
    "transaction": addresses.transaction(MULTISIG, 7).address,
}
PAYMENT = transfer_checked(holding(EXCHANGE), 1_250_000_000)


@pytest.fixture
def treasury(tmp_path: Path) -> Path:
    """A multisig, and a proposal with its transaction."""
    write_squads(tmp_path, "multisig", multisig_account(), AT["multisig"])
    write_squads(tmp_path, "proposal", proposal_account(), AT["proposal"])
    write_squads(tmp_path, "transaction", transaction_account(PAYMENT, memo("x")), AT["transaction"])
    return tmp_path


def found(folder: Path, kind: str) -> Finding:
    (finding,) = [finding for finding in inspect([folder]).findings if type(finding.account).__name__ == kind]
    return finding


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["treasury", "inspect", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_command_says_what_a_transaction_does_and_what_the_votes_are(treasury: Path) -> None:
    shown = run(str(treasury))
    assert f"Vault transaction 7 of {MULTISIG}\n" in shown
    assert (
        f"1. SPL Token: send 1,250 USDC from vault 0's USDC account ({holding(VAULT)}) to {holding(EXCHANGE)}" in shown
    )
    assert "2. Memo: note 'x'" in shown
    assert "Active since 2023-11-14 22:13:20 UTC" in shown
    assert f"approved by {MEMBERS[0]}" in shown
    assert "1 more approvals needed; 2 rejections end it" in shown
    assert "2 of 3 voters approve; 600 s until execution" in shown
    assert "WARNING" not in shown


def test_the_command_gives_json_with_words_and_fields(treasury: Path) -> None:
    shown: dict[str, Any] = json.loads(run(str(treasury), "--json"))
    by_kind = {account["kind"]: account for account in shown["accounts"]}
    assert set(by_kind) == {"Multisig", "Proposal", "VaultTransaction"}
    transaction = by_kind["VaultTransaction"]
    assert transaction["address"] == str(AT["transaction"])
    assert transaction["warnings"] == []
    assert transaction["fields"]["message"]["instructions"][0]["data"] == PAYMENT.data.hex()
    assert by_kind["Proposal"]["fields"]["approved"] == [str(MEMBERS[0])]
    assert by_kind["Multisig"]["fields"]["members"][0] == {"key": str(MEMBERS[0]), "mask": 7}


def test_a_signer_is_warned_of_what_is_not_among_the_files(tmp_path: Path) -> None:
    write_squads(tmp_path, "proposal", proposal_account(), AT["proposal"])
    warnings = found(tmp_path, "Proposal").words.warnings
    assert any("the multisig is not among the files" in warning for warning in warnings)
    assert any("the transaction is not among the files" in warning for warning in warnings)


def test_a_signer_is_warned_of_unknown_instructions_and_of_other_signers(tmp_path: Path) -> None:
    odd = memo("x")
    odd = type(odd)(STRANGER, b"\1", [type(odd.accounts[0])(STRANGER, is_signer=True, is_writable=False)])
    path = write_squads(tmp_path, "transaction", transaction_account(odd), AT["transaction"])
    assert "WARNING: instruction 1 is unknown: nobody can say here what it does" in run(str(path))
    assert f"WARNING: {STRANGER} must sign the execution too" in run(str(path))
    assert f"1. UNKNOWN program {STRANGER}: accounts [{STRANGER} signer], data 01" in run(str(path))


def test_a_message_with_lookups_is_read_with_its_tables_and_only_then(tmp_path: Path) -> None:
    address = key("table")
    table = LookupTable(address, (holding(EXCHANGE), USDC))
    stored = evolve(transaction_account(), message=compile_message(VAULT, [PAYMENT], [table]))
    write_squads(tmp_path, "transaction", stored, AT["transaction"])
    words = found(tmp_path, "VaultTransaction").words
    assert words.lines[1:] == ("1 instructions",)
    assert words.warnings == (f"not readable: lookup tables {address} are not among the files",)
    write_account(tmp_path, "table", TABLES, table_bytes(*table.addresses), address)
    words = found(tmp_path, "VaultTransaction").words
    assert "send 1,250 USDC" in words.lines[1]
    assert words.warnings == ()


@pytest.mark.parametrize(
    ("status", "index", "line"),
    [
        (Status.APPROVED, 7, "executable from 2023-11-14 22:23:20 UTC on"),
        (
            Status.APPROVED,
            2,
            (
                "executable from 2023-11-14 22:23:20 UTC on; stale: a vault transaction is still executed, a config"
                " transaction not"
            ),
        ),
        (Status.ACTIVE, 2, "stale: the rules changed since, it can no longer be approved"),
        (Status.DRAFT, 7, "0 more approvals needed; 2 rejections end it"),
        (Status.EXECUTED, 7, None),
        (Status.EXECUTING, 7, None),
    ],
)
def test_the_outlook_of_a_proposal_follows_from_its_multisig(
    tmp_path: Path, status: Status, index: int, line: str | None
) -> None:
    write_squads(tmp_path, "multisig", multisig_account(), AT["multisig"])
    proposal = proposal_account(status, approved=2, index=index)
    write_squads(tmp_path, "proposal", proposal, addresses.proposal(MULTISIG, index).address)
    lines = found(tmp_path, "Proposal").words.lines
    assert lines[2:] == (() if line is None else (line,))


def test_a_vote_of_somebody_who_is_no_member_is_warned_of(treasury: Path) -> None:
    write_squads(treasury, "proposal", evolve(proposal_account(), approved=(STRANGER,)), AT["proposal"])
    assert found(treasury, "Proposal").words.warnings == (f"{STRANGER} voted and is no member now",)


def test_a_controlled_or_unsound_multisig_is_warned_of(tmp_path: Path) -> None:
    account = evolve(multisig_account(), config_authority=STRANGER, threshold=9)
    write_squads(tmp_path, "multisig", account, AT["multisig"])
    authority, rules = found(tmp_path, "Multisig").words.warnings
    assert authority == f"{STRANGER} changes members and threshold alone"
    assert "threshold: expected 1 to 3, found 9" in rules


def test_a_config_transaction_is_said_action_by_action(tmp_path: Path) -> None:
    derived = addresses.transaction(MULTISIG, 7)
    account = ConfigTransaction(
        multisig=MULTISIG, creator=MEMBERS[0], index=7, bump=derived.bump, actions=(ChangeThreshold(1),)
    )
    write_squads(tmp_path, "config", account, derived.address)
    assert found(tmp_path, "ConfigTransaction").words.lines[1] == "1. ask for 1 approvals from now on"


def limit(*destinations: Pubkey) -> SpendingLimit:
    return SpendingLimit(
        multisig=MULTISIG,
        create_key=CREATE_KEY,
        vault_index=0,
        mint=SYSTEM,
        amount=5 * 10**9,
        period=Period.WEEK,
        remaining_amount=10**9,
        last_reset_s=-1,
        bump=addresses.spending_limit(MULTISIG, CREATE_KEY).bump,
        members=(MEMBERS[0],),
        destinations=destinations,
    )


def test_a_spending_limit_says_who_may_send_what_where(tmp_path: Path) -> None:
    address = addresses.spending_limit(MULTISIG, CREATE_KEY).address
    write_squads(tmp_path, "limit", limit(EXCHANGE), address)
    words = found(tmp_path, "SpendingLimit").words
    assert words.lines[0] == f"{MEMBERS[0]} may each alone send from one purse of 5 SOL every week from vault 0"
    assert words.lines[1] == f"to {EXCHANGE}, without votes and without time lock"
    assert words.lines[2] == "1 SOL left of the period that began Unix second -1"
    assert words.warnings == ()
    write_squads(tmp_path, "limit", limit(), address)
    assert found(tmp_path, "SpendingLimit").words.warnings == ("any destination is allowed",)


def buffer(message: bytes, held: bytes) -> TransactionBuffer:
    return TransactionBuffer(
        multisig=MULTISIG,
        creator=MEMBERS[0],
        buffer_index=0,
        vault_index=0,
        final_buffer_hash=hashlib.sha256(message).digest(),
        final_buffer_size=len(message),
        buffer=held,
    )


def test_a_buffer_is_read_when_it_is_whole(tmp_path: Path) -> None:
    address = addresses.transaction_buffer(MULTISIG, MEMBERS[0], 0).address
    message = COMPACT_MESSAGE.encode(compile_message(VAULT, [PAYMENT]), "message")
    write_squads(tmp_path, "buffer", buffer(message, message[:50]), address)
    assert found(tmp_path, "TransactionBuffer").words.warnings == ("the message is not whole yet",)
    write_squads(tmp_path, "buffer", buffer(message, message), address)
    assert "send 1,250 USDC" in found(tmp_path, "TransactionBuffer").words.lines[1]
    write_squads(tmp_path, "buffer", buffer(b"\5\5\5", b"\5\5\5"), address)
    assert "no message of a vault" in found(tmp_path, "TransactionBuffer").words.warnings[0]


def test_a_batch_and_its_items_are_said(tmp_path: Path) -> None:
    derived = addresses.transaction(MULTISIG, 7)
    batch = Batch(
        multisig=MULTISIG,
        creator=MEMBERS[0],
        index=7,
        bump=derived.bump,
        vault_index=0,
        vault_bump=addresses.vault(MULTISIG, 0).bump,
        size=2,
        executed_transaction_index=1,
    )
    write_squads(tmp_path, "batch", batch, derived.address)
    item = addresses.batch_item(MULTISIG, 7, 1)
    message = compile_message(VAULT, [PAYMENT])
    account = VaultBatchTransaction(bump=item.bump, ephemeral_signer_bumps=b"", message=message)
    write_squads(tmp_path, "item", account, item.address)
    assert found(tmp_path, "Batch").words.lines[1] == "1 of 2 items executed"
    assert (
        f"1. SPL Token: send 1,250 USDC from {holding(VAULT)}"
        in found(tmp_path, "VaultBatchTransaction").words.lines[0]
    )


def test_accounts_of_other_programs_are_left_aside_and_listed(treasury: Path) -> None:
    write_account(treasury, "token", TOKEN, bytes(165), STRANGER)
    assert f"an account of program {TOKEN}" in run(str(treasury))
    with pytest.raises(InvalidInput, match="at least one account of the Squads program"):
        inspect([treasury / "token.json"])


def test_two_accounts_for_one_place_are_refused(treasury: Path) -> None:
    write_squads(treasury, "again", evolve(proposal_account(), approved=()), AT["proposal"])
    with pytest.raises(InvalidInput, match="one account for each place"):
        inspect([treasury])


def test_bytes_that_prove_wrong_are_refused(tmp_path: Path) -> None:
    data = encode(transaction_account(PAYMENT))
    path = write_account(tmp_path, "cut", addresses.PROGRAM, data[:-1], AT["transaction"])
    with pytest.raises(InvalidInput, match=r"cut\.json"):
        run(str(path))


ACCOUNTS = [vector for vector in load() if vector["instruction"].startswith("account:")]


@pytest.mark.parametrize("vector", ACCOUNTS, ids=[vector["id"] for vector in ACCOUNTS])
def test_every_account_of_the_sdk_is_said_in_words_and_json(vector: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps({"data": list(bytes.fromhex(vector["input"]["data"]))}))
    found = inspect([path])
    (finding,) = found.findings
    assert finding.words.lines
    assert json.loads(json.dumps(found.to_json()))["accounts"][0]["kind"] == vector["instruction"].split(":")[1]
