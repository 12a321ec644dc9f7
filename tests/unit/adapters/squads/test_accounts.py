"""The program's accounts: what was written is read, and nothing is believed that is not proved."""

import hashlib
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey
from tests.unit.adapters.squads.builders import (
    CREATE_KEY,
    MEMBERS,
    MULTISIG,
    STRANGER,
    as_stored,
    memo,
    multisig_account,
    proposal_account,
    transaction_account,
)
from tests.unit.adapters.squads.strategies import (
    accounts,
    messages,
    multisigs,
    proposals,
    tight_accounts,
    transaction_buffers,
)
from tests.unit.adapters.squads.vectors import bare, load

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.squads import addresses
from ballast.adapters.squads.accounts import decode, decode_as, encode
from ballast.adapters.squads.codecs import COMPACT_MESSAGE, STORED_MESSAGE
from ballast.adapters.squads.model import (
    Batch,
    Message,
    Multisig,
    Proposal,
    SpendingLimit,
    SquadsAccount,
    Standing,
    Status,
    TransactionBuffer,
    VaultTransaction,
)
from ballast.domain.kernel.errors import InvalidInput

VECTORS = [vector for vector in load() if vector["instruction"].startswith("account:")]
IDS = [vector["id"] for vector in VECTORS]


def raw(data: bytes) -> RawAccount:
    return RawAccount("made", None, None, data)


@settings(deadline=None)
@given(accounts)
def test_an_account_is_read_as_it_was_written(account: SquadsAccount) -> None:
    assert decode(raw(encode(account))) == account


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_the_sdks_bytes_come_back_but_for_the_room_behind_lists(vector: dict[str, dict[str, str]]) -> None:
    data = bytes.fromhex(vector["input"]["data"])
    written = encode(decode(raw(data)))
    assert written + bytes(len(data) - len(written)) == data


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_a_truncated_account_of_the_sdk_is_refused_or_loses_only_room(vector: dict[str, dict[str, str]]) -> None:
    account = bare(vector["input"]["data"])
    whole = decode(account)
    length = len(encode(whole))
    for end in range(len(account.data)):
        cut = raw(account.data[:end])
        if end < length:
            with pytest.raises(InvalidInput):
                decode(cut)
        else:
            assert refused(cut) or decode(cut) == whole


def refused(account: RawAccount) -> bool:
    try:
        decode(account)
    except InvalidInput:
        return True
    return False


@settings(deadline=None)
@given(tight_accounts, st.data())
def test_a_truncated_account_is_refused(account: SquadsAccount, data: st.DataObject) -> None:
    written = encode(account)
    with pytest.raises(InvalidInput):
        decode(raw(written[: data.draw(st.integers(0, len(written) - 1))]))


@settings(deadline=None)
@given(tight_accounts.filter(lambda account: not isinstance(account, TransactionBuffer)), st.binary(min_size=1))
def test_bytes_behind_an_account_without_room_are_refused(account: SquadsAccount, tail: bytes) -> None:
    with pytest.raises(InvalidInput, match="end at byte"):
        decode(raw(encode(account) + tail))


@settings(deadline=None)
@given(accounts, st.integers(0, 63))
def test_a_flipped_bit_in_a_discriminator_is_refused(account: SquadsAccount, bit: int) -> None:
    with pytest.raises(InvalidInput, match="discriminator at byte 0"):
        decode(raw(flipped(encode(account), bit)))


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def lengths(account: VaultTransaction) -> list[int]:
    """Where the lengths of all lists of a vault transaction stand."""
    message = account.message
    places = [8 + 32 + 32 + 8 + 3]
    places.append(places[-1] + 4 + len(account.ephemeral_signer_bumps) + 3)
    places.append(places[-1] + 4 + 32 * len(message.keys))
    at = places[-1] + 4
    for instruction in message.instructions:
        places += [at + 1, at + 5 + len(instruction.account_indexes)]
        at = places[-1] + 4 + len(instruction.data)
    places.append(at)
    at += 4
    for lookup in message.lookups:
        places += [at + 32, at + 36 + len(lookup.writable_indexes)]
        at = places[-1] + 4 + len(lookup.readonly_indexes)
    assert at == len(encode(account))
    return places


TRANSACTIONS = [vector for vector in VECTORS if vector["instruction"] == "account:VaultTransaction"]


@pytest.mark.parametrize("vector", TRANSACTIONS, ids=[vector["id"] for vector in TRANSACTIONS])
def test_a_flipped_bit_in_any_length_of_a_transaction_of_the_sdk_is_refused(vector: dict[str, dict[str, str]]) -> None:
    account = bare(vector["input"]["data"])
    for place in lengths(decode_as(VaultTransaction, account)):
        for bit in range(32):
            with pytest.raises(InvalidInput):
                decode(raw(flipped(account.data, place * 8 + bit)))


LIMITS = [vector for vector in VECTORS if vector["instruction"] == "account:SpendingLimit"]


@pytest.mark.parametrize("vector", LIMITS, ids=[vector["id"] for vector in LIMITS])
def test_a_flipped_bit_in_any_length_of_a_spending_limit_of_the_sdk_is_refused(
    vector: dict[str, dict[str, str]],
) -> None:
    account = bare(vector["input"]["data"])
    members = 8 + 32 + 32 + 1 + 32 + 8 + 1 + 8 + 8 + 1
    destinations = members + 4 + 32 * len(decode_as(SpendingLimit, account).members)
    for place in (members, destinations):
        for bit in range(32):
            with pytest.raises(InvalidInput):
                decode(raw(flipped(account.data, place * 8 + bit)))


@settings(deadline=None)
@given(tight_accounts.filter(lambda account: not isinstance(account, TransactionBuffer)), st.data())
def test_a_flipped_bit_anywhere_is_refused_or_stands_for_another_value(
    account: SquadsAccount, data: st.DataObject
) -> None:
    """Every byte counts: no two byte strings are the same value."""
    written = encode(account)
    spoilt = flipped(written, data.draw(st.integers(0, 8 * len(written) - 1)))
    assert refused(raw(spoilt)) or encode(decode(raw(spoilt))) == spoilt != written


@settings(deadline=None)
@given(transaction_buffers(), st.integers(0, 31))
def test_a_flipped_length_of_a_buffer_never_makes_it_whole(account: TransactionBuffer, bit: int) -> None:
    """A buffer that lost zeros at its end looks like one with room for them; it is read as not whole."""
    place = len(encode(account)) - len(account.buffer) - 4
    spoilt = raw(flipped(encode(account), place * 8 + bit))
    if not refused(spoilt):
        found = decode_as(TransactionBuffer, spoilt).buffer
        assert account.buffer.startswith(found)
        assert len(found) < account.final_buffer_size


@settings(deadline=None)
@given(multisigs.filter(lambda drawn: bool(drawn.members)), st.integers(0, 31))
def test_a_flipped_length_of_a_multisigs_members_never_makes_a_member_up(account: Multisig, bit: int) -> None:
    """A shorter list is what the program leaves behind a removal; a longer one would have to read members from room."""
    written = encode(account)
    place = len(written) - 33 * len(account.members) - 4
    padded = written + bytes(-(len(written) - 132) % 33)
    spoilt = raw(flipped(padded, place * 8 + bit))
    if not refused(spoilt):
        found = decode_as(Multisig, spoilt).members
        assert found == account.members[: len(found)]
        assert len(found) < len(account.members)


@settings(deadline=None)
@given(proposals.filter(lambda drawn: bool(drawn.cancelled)), st.integers(0, 31))
def test_a_flipped_length_of_a_proposals_cancellations_never_makes_a_vote_up(account: Proposal, bit: int) -> None:
    written = encode(account)
    place = len(written) - 32 * len(account.cancelled) - 4
    spoilt = raw(flipped(written + bytes(-(len(written) - 70) % 96), place * 8 + bit))
    if not refused(spoilt):
        found = decode_as(Proposal, spoilt).cancelled
        assert set(found) < {*account.cancelled}


@pytest.mark.parametrize(
    ("account", "offset", "reason"),
    [
        (proposal_account(), 48, "standing at byte 48: expected at most 6, found 255"),
        (multisig_account(), 94, "rent_collector.option at byte 94: expected at most 1, found 255"),
        (multisig_account(), 132 + 32, r"members\[0\].mask at byte 164: expected at most 7, found 255"),
    ],
)
def test_an_enum_or_a_flag_out_of_range_is_refused_with_its_place(
    account: SquadsAccount, offset: int, reason: str
) -> None:
    data = encode(account)
    with pytest.raises(InvalidInput, match=reason):
        decode(raw(data[:offset] + b"\xff" + data[offset + 1 :]))


def test_members_out_of_order_are_refused() -> None:
    account = multisig_account()
    with pytest.raises(InvalidInput, match=r"members\[1\].*a key above"):
        decode(raw(encode(evolve(account, members=account.members[::-1]))))


def test_an_account_of_another_program_is_refused() -> None:
    data = encode(multisig_account())
    with pytest.raises(InvalidInput, match=f"owner: expected {addresses.PROGRAM}"):
        decode(RawAccount("made", None, str(STRANGER), data))


def test_an_account_of_another_kind_than_wanted_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected a Multisig account, found a Proposal account"):
        decode_as(Multisig, raw(encode(proposal_account())))


PLACED: list[tuple[SquadsAccount, str]] = [
    (multisig_account(), "bump"),
    (proposal_account(), "bump"),
    (transaction_account(memo("x")), "bump"),
    (transaction_account(memo("x")), "vault_bump"),
]
AT: dict[type[SquadsAccount], Pubkey] = {
    Multisig: addresses.multisig(CREATE_KEY).address,
    Proposal: addresses.proposal(MULTISIG, 7).address,
    VaultTransaction: addresses.transaction(MULTISIG, 7).address,
}


@pytest.mark.parametrize(("account", "bump"), PLACED)
def test_an_account_holds_at_its_own_address_only_and_with_its_own_bumps(account: SquadsAccount, bump: str) -> None:
    address = AT[type(account)]
    assert decode(as_stored(account, address)) == account
    with pytest.raises(InvalidInput, match="address"):
        decode(as_stored(account, STRANGER))
    with pytest.raises(InvalidInput, match="bump"):
        decode(as_stored(evolve(account, **{bump: getattr(account, bump) ^ 1}), address))


def test_ephemeral_bumps_that_do_not_follow_from_the_address_are_refused() -> None:
    spoilt = evolve(transaction_account(memo("x")), ephemeral_signer_bumps=b"\1")
    with pytest.raises(InvalidInput, match="ephemeral_signer_bumps"):
        decode(as_stored(spoilt, AT[VaultTransaction]))


def test_a_batch_that_executed_more_than_it_has_is_refused() -> None:
    batch = Batch(
        multisig=MULTISIG,
        creator=MEMBERS[0],
        index=1,
        bump=255,
        vault_index=0,
        vault_bump=255,
        size=2,
        executed_transaction_index=3,
    )
    with pytest.raises(InvalidInput, match="executed_transaction_index at byte 87: expected at most 2, found 3"):
        decode(raw(encode(batch)))


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=200), st.integers(0))
def test_a_whole_buffer_that_is_not_of_its_hash_is_refused(message: bytes, bit: int) -> None:
    account = TransactionBuffer(
        multisig=MULTISIG,
        creator=MEMBERS[0],
        buffer_index=0,
        vault_index=0,
        final_buffer_hash=hashlib.sha256(message).digest(),
        final_buffer_size=len(message),
        buffer=flipped(message, bit % (8 * len(message))),
    )
    with pytest.raises(InvalidInput, match="another hash"):
        decode(raw(encode(account)))


@settings(deadline=None)
@given(transaction_buffers())
def test_a_buffer_may_have_room_for_its_rest_and_no_other(account: TransactionBuffer) -> None:
    room = bytes(account.final_buffer_size - len(account.buffer))
    assert decode(raw(encode(account) + room)) == account
    with pytest.raises(InvalidInput):
        decode(raw(encode(account) + room + b"\0"))


@settings(deadline=None)
@given(messages())
def test_a_message_is_read_as_it_was_written_in_both_forms(message: Message) -> None:
    for codec in (STORED_MESSAGE, COMPACT_MESSAGE):
        assert codec.decode(codec.encode(message, "message"), "message") == message


@settings(deadline=None)
@given(messages(), st.data())
def test_a_cut_or_lengthened_message_is_refused(message: Message, data: st.DataObject) -> None:
    for codec in (STORED_MESSAGE, COMPACT_MESSAGE):
        written = codec.encode(message, "message")
        with pytest.raises(InvalidInput):
            codec.decode(written[: data.draw(st.integers(0, len(written) - 1))], "message")
        with pytest.raises(InvalidInput):
            codec.decode(written + b"\0", "message")


@pytest.mark.parametrize("field", ["signers", "writable_signers", "writable_non_signers"])
def test_a_message_with_a_count_beyond_its_keys_is_refused(field: str) -> None:
    changes: dict[str, Any] = {field: 200}
    message = evolve(transaction_account(memo("x")).message, **changes)
    with pytest.raises(InvalidInput, match="200"):
        STORED_MESSAGE.encode(message, "message")


def test_a_message_whose_index_leads_nowhere_is_refused() -> None:
    message = transaction_account(memo("x")).message
    astray = evolve(message.instructions[0], program_index=len(message.keys))
    with pytest.raises(InvalidInput, match=r"instructions\[0\] index: expected at most 1, found 2"):
        STORED_MESSAGE.encode(evolve(message, instructions=(astray,)), "message")


@pytest.mark.parametrize("standing", [Standing(Status.EXECUTING, 5), Standing(Status.ACTIVE, None)])
def test_a_status_whose_time_does_not_belong_to_it_has_no_bytes(standing: Standing) -> None:
    with pytest.raises(InvalidInput, match="a time for every status but Executing"):
        encode(evolve(proposal_account(), standing=standing))


def test_a_buffer_longer_than_its_final_size_is_refused() -> None:
    account = TransactionBuffer(
        multisig=MULTISIG,
        creator=MEMBERS[0],
        buffer_index=0,
        vault_index=0,
        final_buffer_hash=bytes(32),
        final_buffer_size=2,
        buffer=b"abc",
    )
    with pytest.raises(InvalidInput, match=r"buffer\.length: expected at most 2, found 3"):
        decode(raw(encode(account)))


def test_a_spending_limit_with_more_left_than_it_allows_is_refused() -> None:
    vector = next(vector for vector in VECTORS if vector["instruction"] == "account:SpendingLimit")
    account = decode_as(SpendingLimit, bare(vector["input"]["data"]))
    with pytest.raises(InvalidInput, match="remaining_amount"):
        decode(raw(encode(evolve(account, remaining_amount=account.amount + 1))))
