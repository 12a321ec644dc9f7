"""Storing messages directly and by buffer."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solders.hash import Hash
from solders.message import MessageV0
from solders.null_signer import NullSigner
from solders.transaction import VersionedTransaction
from tests.unit.adapters.squads.builders import MEMBERS, MULTISIG

from ballast.adapters.squads import addresses
from ballast.adapters.squads.buffers import creation_steps
from ballast.adapters.squads.methods import read_call
from ballast.domain.kernel.errors import InvalidInput

PACKET_BYTES = 1232


@settings(deadline=None, max_examples=40)
@given(st.binary(min_size=945, max_size=10_128))
def test_a_large_message_is_gathered_whole_and_in_order(message: bytes) -> None:
    first, *extends, last = map(read_call, creation_steps(MULTISIG, 8, MEMBERS[0], message, vault_index=1))
    assert b"".join(call.arguments["buffer"] for call in (first, *extends)) == message
    assert first.arguments["final_buffer_hash"] == hashlib.sha256(message).digest()
    assert first.arguments["final_buffer_size"] == len(message)
    assert last.method == "vault_transaction_create_from_buffer"
    assert last.accounts["transaction"] == addresses.transaction(MULTISIG, 8).address
    buffer = addresses.transaction_buffer(MULTISIG, MEMBERS[0], 0).address
    assert {call.accounts["transaction_buffer"] for call in (first, *extends, last)} == {buffer}


def test_a_message_that_fits_is_stored_at_once() -> None:
    (step,) = creation_steps(MULTISIG, 8, MEMBERS[0], bytes(944), vault_index=1, ephemeral_signers=2)
    call = read_call(step)
    assert (call.method, call.arguments["ephemeral_signers"]) == ("vault_transaction_create", 2)


@pytest.mark.parametrize("size", [1, 944, 945, 10_128])
def test_every_step_fits_into_one_transaction(size: int) -> None:
    signer = MEMBERS[0]
    for step in creation_steps(MULTISIG, 8, signer, bytes(size), vault_index=1):
        outer = MessageV0.try_compile(signer, [step], [], Hash.default())
        assert len(bytes(VersionedTransaction(outer, [NullSigner(signer)]))) <= PACKET_BYTES


def test_a_message_too_large_for_a_buffer_is_refused() -> None:
    with pytest.raises(InvalidInput, match="message: expected at most 10128 bytes, found 10129"):
        creation_steps(MULTISIG, 8, MEMBERS[0], bytes(10_129), vault_index=1)
