"""The program's instructions as data."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.instruction import Instruction
from tests.unit.adapters.squads import strategies
from tests.unit.adapters.squads.builders import EXCHANGE, MEMBERS, MULTISIG, SYSTEM, VAULT, key, readonly

from ballast.adapters.squads import addresses, control, instructions
from ballast.adapters.squads.accounts import discriminator
from ballast.adapters.squads.methods import METHODS, read_call
from ballast.adapters.squads.model import ConfigAction, Member
from ballast.domain.kernel.errors import InvalidInput

# As the deployed program and its SDK have them.
DISCRIMINATORS = {
    "multisig_create_v2": "32ddc75d28f58be9",
    "config_transaction_create": "9bec57e4894b5127",
    "config_transaction_execute": "7292f4bdfc8c2428",
    "vault_transaction_create": "30fa4ea8d0e2dad3",
    "vault_transaction_execute": "c208a15799a419ab",
    "vault_transaction_accounts_close": "c447bbb00223aaa5",
    "config_transaction_accounts_close": "50cb54359770bbba",
    "proposal_create": "dc3c49e01e6c4f9f",
    "proposal_activate": "0b225cf89a1b336a",
    "proposal_approve": "9025a488bcd82af8",
    "proposal_reject": "f33e869ce66af687",
    "proposal_cancel": "1b2a7fed26a354cb",
    "proposal_cancel_v2": "cd29c23ddc8b10f7",
    "spending_limit_use": "1039827fc1149b86",
    "multisig_add_spending_limit": "0bf29f2a56c55973",
    "multisig_remove_spending_limit": "e4c6886f7b04b271",
    "transaction_buffer_create": "f5c9716c253f1d59",
    "transaction_buffer_extend": "e69d433805eef592",
    "transaction_buffer_close": "11b6d0e48818b266",
    "vault_transaction_create_from_buffer": "de36954457f630e7",
    "batch_create": "c28e8d1137b914f8",
    "batch_add_transaction": "5964e0124546364c",
    "batch_execute_transaction": "ac2cb398157feab4",
    "multisig_add_member": "01dbd76cb8e5d608",
    "multisig_remove_member": "d975b1d2b691da48",
    "multisig_set_time_lock": "949a794dd4fe9b48",
    "multisig_change_threshold": "8d2a0f7ea95c3eb5",
    "multisig_set_config_authority": "8f5dc78f5ca9c1e8",
    "multisig_set_rent_collector": "30cc4139d2469c4a",
}
ACCOUNTS = {
    "Multisig": "e07479ba44a14fec",
    "Proposal": "1a5ebdbb74883521",
    "VaultTransaction": "a8faa264510ea2cf",
    "ConfigTransaction": "5e080423718b8b70",
    "SpendingLimit": "0ac91ba0dac3de98",
    "Batch": "9cc2462c1658892c",
    "VaultBatchTransaction": "c4792e240c13fc07",
    "ProgramConfig": "c4d25ae790958c3f",
    "TransactionBuffer": "5a2423db5de16e60",
}
AUTHORITY = key("authority")


def test_every_instruction_has_the_programs_discriminator() -> None:
    assert {name: method.discriminator.hex() for name, method in METHODS.items()} == DISCRIMINATORS


def test_every_kind_of_account_has_the_programs_discriminator() -> None:
    assert {name: discriminator("account", name).hex() for name in ACCOUNTS} == ACCOUNTS


@settings(deadline=None)
@given(strategies.u64, st.text(max_size=40) | st.none())
def test_an_instruction_reads_back_as_it_was_built(index: int, memo: str | None) -> None:
    call = read_call(instructions.proposal_approve(MULTISIG, index, MEMBERS[0], memo))
    assert (call.method, dict(call.arguments)) == ("proposal_approve", {"memo": memo})
    proposal = addresses.proposal(MULTISIG, index).address
    assert call.accounts == {"multisig": MULTISIG, "member": MEMBERS[0], "proposal": proposal}


@settings(deadline=None)
@given(st.lists(strategies.actions, max_size=4))
def test_config_actions_read_back_as_they_were_built(actions: list[ConfigAction]) -> None:
    made = instructions.config_transaction_create(MULTISIG, 8, MEMBERS[0], actions)
    assert read_call(made).arguments["actions"] == tuple(actions)


def test_an_absent_account_is_the_program_without_rights_and_reads_back_as_absent() -> None:
    made = control.multisig_set_time_lock(MULTISIG, AUTHORITY, 60)
    assert made.accounts[2:] == [readonly(addresses.PROGRAM), readonly(addresses.PROGRAM)]
    assert read_call(made).accounts["rent_payer"] is None


# Instructions that no reference vector has: flags as the program's source gives them, one word an account.
BARE = [
    (control.multisig_remove_member(MULTISIG, AUTHORITY, MEMBERS[0]), "w s - -"),
    (control.multisig_change_threshold(MULTISIG, AUTHORITY, 2), "w s - -"),
    (control.multisig_set_config_authority(MULTISIG, AUTHORITY, EXCHANGE), "w s - -"),
    (control.multisig_set_rent_collector(MULTISIG, AUTHORITY, VAULT, rent_payer=EXCHANGE), "w s ws -"),
    (control.multisig_add_member(MULTISIG, AUTHORITY, Member(EXCHANGE, 7), EXCHANGE), "w s ws -"),
    (instructions.batch_create(MULTISIG, 8, MEMBERS[0], vault_index=0), "w w s ws -"),
    (instructions.batch_add_transaction(MULTISIG, 8, 1, MEMBERS[0], bytes(6)), "- - w w s ws -"),
    (instructions.batch_execute_transaction(MULTISIG, 8, 1, MEMBERS[0], [readonly(SYSTEM)]), "- s w w - -"),
]


@pytest.mark.parametrize(("made", "rights"), BARE, ids=[read_call(made).method for made, _ in BARE])
def test_an_instruction_without_vectors_passes_its_accounts_with_the_programs_rights(
    made: Instruction, rights: str
) -> None:
    found = ["w" * meta.is_writable + "s" * meta.is_signer or "-" for meta in made.accounts]
    assert " ".join(found) == rights


def test_an_item_of_a_batch_is_addressed_by_its_number() -> None:
    made = instructions.batch_execute_transaction(MULTISIG, 8, 3, MEMBERS[0], [])
    assert read_call(made).accounts["transaction"] == addresses.batch_item(MULTISIG, 8, 3).address


def test_the_heap_request_asks_the_compute_budget_for_256_kib() -> None:
    made = instructions.heap_request()
    assert (str(made.program_id), made.data.hex()) == ("ComputeBudget111111111111111111111111111111", "0100000400")


@settings(deadline=None)
@given(st.binary(min_size=8, max_size=8).filter(lambda found: found.hex() not in DISCRIMINATORS.values()))
def test_an_instruction_the_program_does_not_have_is_refused(found: bytes) -> None:
    with pytest.raises(InvalidInput, match=f"found {found.hex()}"):
        read_call(Instruction(addresses.PROGRAM, found, []))


@settings(deadline=None)
@given(st.data())
def test_a_cut_or_lengthened_instruction_is_refused(data: st.DataObject) -> None:
    made = instructions.spending_limit_use(
        MULTISIG, MEMBERS[0], key("limit"), EXCHANGE, vault_index=0, amount=5, decimals=9, memo="x"
    )
    cut = data.draw(st.integers(8, len(made.data) - 1))
    for wrong in (made.data[:cut], made.data + b"\0"):
        with pytest.raises(InvalidInput):
            read_call(Instruction(addresses.PROGRAM, wrong, made.accounts))


def test_an_instruction_with_too_few_accounts_is_refused() -> None:
    made = instructions.proposal_activate(MULTISIG, 7, MEMBERS[0])
    with pytest.raises(InvalidInput, match="accounts: expected at least 3, found 2"):
        read_call(Instruction(addresses.PROGRAM, made.data, made.accounts[:2]))


def test_an_argument_out_of_its_range_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"spending_limit_use\.amount: expected an unsigned number of 8 bytes"):
        instructions.spending_limit_use(
            MULTISIG, MEMBERS[0], key("limit"), EXCHANGE, vault_index=0, amount=-1, decimals=9
        )


def test_the_codec_needs_no_network_library() -> None:
    modules = "accounts approval buffers control inspect instructions rules"
    script = "; ".join(f"import ballast.adapters.squads.{name}" for name in modules.split())
    script += "; import sys; print(sorted({'solana', 'web3', 'ccxt', 'grpc'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
