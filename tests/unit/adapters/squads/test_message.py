"""Compiling a message and reading it back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from tests.unit.adapters.squads.builders import VAULT, key, memo, readonly, writable
from tests.unit.adapters.squads.strategies import messages

from ballast.adapters.common.solana.lookup import LookupTable
from ballast.adapters.squads.codecs import COMPACT_MESSAGE
from ballast.adapters.squads.message import compile_message, decompile, loaded_metas, missing_tables
from ballast.adapters.squads.model import Message
from ballast.domain.kernel.errors import InvalidInput

# Few keys, so that they meet again with other rights.
POOL = [key(f"pool {number}") for number in range(8)]
metas = st.builds(AccountMeta, st.sampled_from(POOL), is_signer=st.booleans(), is_writable=st.booleans())
instructions = st.lists(
    st.builds(Instruction, st.sampled_from(POOL), st.binary(max_size=40), st.lists(metas, max_size=6)), max_size=5
)
tables = st.lists(st.lists(st.sampled_from(POOL), max_size=5), max_size=2).map(
    lambda drawn: [LookupTable(key(f"table {place}"), tuple(keys)) for place, keys in enumerate(drawn)]
)


def known(given: list[LookupTable]) -> dict[Pubkey, LookupTable]:
    return {table.address: table for table in given}


@settings(deadline=None)
@given(instructions, tables)
def test_what_is_compiled_reads_back_with_the_highest_rights_each_key_was_named_with(
    drawn: list[Instruction], lookups: list[LookupTable]
) -> None:
    message = compile_message(VAULT, drawn, lookups)
    found = decompile(message, known(lookups))
    assert [(made.program_id, made.data) for made in found] == [(asked.program_id, asked.data) for asked in drawn]
    asked_metas = [meta for asked in drawn for meta in asked.accounts]
    for asked, made in zip(drawn, found, strict=True):
        assert [meta.pubkey for meta in made.accounts] == [meta.pubkey for meta in asked.accounts]
        for meta in made.accounts:
            same = [other for other in asked_metas if other.pubkey == meta.pubkey]
            assert meta.is_signer == any(other.is_signer for other in same)
            assert meta.is_writable == any(other.is_writable for other in same)


@settings(deadline=None)
@given(instructions, tables)
def test_tables_take_no_signer_and_change_no_meaning(drawn: list[Instruction], lookups: list[LookupTable]) -> None:
    with_tables, without = compile_message(VAULT, drawn, lookups), compile_message(VAULT, drawn)
    assert with_tables.signers == without.signers
    assert with_tables.keys[0] == VAULT
    assert decompile(with_tables, known(lookups)) == decompile(without, {})
    COMPACT_MESSAGE.encode(with_tables, "message")


def test_a_program_may_come_from_a_table_so_that_only_the_payer_stays() -> None:
    table = LookupTable(key("table"), (key("program"),))
    message = compile_message(VAULT, [Instruction(key("program"), b"", [])], [table])
    assert message.keys == (VAULT,)
    assert message.instructions[0].program_index == 1


def test_a_table_without_a_match_is_left_out() -> None:
    assert compile_message(VAULT, [memo("x")], [LookupTable(key("table"), (key("other"),))]).lookups == ()


def test_loaded_keys_count_writable_first_over_all_tables_but_are_listed_table_by_table() -> None:
    first = LookupTable(key("first"), (key("r1"), key("w1")))
    second = LookupTable(key("second"), (key("r2"), key("w2")))
    accounts = [readonly(key("r1")), writable(key("w1")), readonly(key("r2")), writable(key("w2"))]
    message = compile_message(VAULT, [Instruction(VAULT, b"", accounts)], [first, second])
    assert list(message.instructions[0].account_indexes) == [3, 1, 4, 2]
    listed = [meta.pubkey for lookup in message.lookups for meta in loaded_metas(lookup, known([first, second]))]
    assert listed == [key("w1"), key("r1"), key("w2"), key("r2")]


def test_more_accounts_than_a_byte_counts_are_refused() -> None:
    accounts = [readonly(key(f"account {number}")) for number in range(256)]
    with pytest.raises(InvalidInput, match="at most 256 accounts, found 257"):
        compile_message(VAULT, [Instruction(VAULT, b"", accounts)])


@settings(deadline=None)
@given(messages().filter(lambda message: bool(message.lookups) and bool(message.instructions)))
def test_a_message_cannot_be_read_without_its_tables(message: Message) -> None:
    assert missing_tables(message, {}) == tuple(lookup.table for lookup in message.lookups)
    loads = [lookup for lookup in message.lookups if lookup.writable_indexes or lookup.readonly_indexes]
    if loads:
        with pytest.raises(InvalidInput, match="lookup table"):
            decompile(message, {})


def test_a_table_that_is_too_short_is_named() -> None:
    table = LookupTable(key("table"), (key("a"), key("b")))
    message = compile_message(VAULT, [Instruction(VAULT, b"", [readonly(key("b"))])], [table])
    with pytest.raises(InvalidInput, match=f"lookup table {table.address}: expected more than 1 addresses, found 1"):
        decompile(message, known([LookupTable(table.address, (key("a"),))]))
