"""Which kind of account some bytes are."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.svm.builders import POOL_ADDRESS, bare, position_account, recorded

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM, TOKEN_PROGRAM
from ballast.adapters.svm.accounts import Perpetuals
from ballast.adapters.svm.addresses import DOVES_PROGRAM
from ballast.adapters.svm.decoding import Unneeded, decode
from ballast.adapters.svm.feeds import AgFeed
from ballast.adapters.svm.tokens import Mint, TokenAccount
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.custody import Custody
from ballast.domain.pool.liquidation import Position
from ballast.domain.pool.state import Pool

KINDS = [
    ("sol_custody", Custody),
    ("pool", Pool),
    ("perpetuals", Perpetuals),
    ("usdt_ag_price_feed", AgFeed),
    ("weth_mint", Mint),
    ("usdc_vault", TokenAccount),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_an_account_is_known_by_its_bytes_with_and_without_an_owner(name: str, kind: type) -> None:
    account = recorded(name)
    assert type(decode(account)) is kind
    assert type(decode(bare(account.data))) is kind


def test_a_position_is_read_and_a_closed_one_is_unneeded() -> None:
    assert isinstance(decode(position_account()), Position)
    assert decode(position_account(size_usd=0)) == Unneeded("a closed position")


def test_an_account_of_a_foreign_program_is_unneeded() -> None:
    found = decode(RawAccount("oracle", None, POOL_ADDRESS, bytes(100)))
    assert found == Unneeded(f"an account of program {POOL_ADDRESS}")


def test_a_known_kind_that_says_nothing_about_the_value_is_unneeded() -> None:
    found = decode(RawAccount("request", None, PERPETUALS_PROGRAM, bytes.fromhex("0c26fac72e9a20d8") + bytes(50)))
    assert found == Unneeded("a PositionRequest account")


@pytest.mark.parametrize("owner", [None, PERPETUALS_PROGRAM, DOVES_PROGRAM, TOKEN_PROGRAM])
def test_an_unknown_discriminator_of_our_programs_or_of_nobody_is_refused(owner: str | None) -> None:
    with pytest.raises(
        InvalidInput, match=r"discriminator at byte 0: expected one of .*found 0101010101010101 of 2000"
    ):
        decode(RawAccount("spoilt", None, owner, b"\x01" * 2000))


def test_a_known_kind_under_a_foreign_owner_is_refused() -> None:
    with pytest.raises(InvalidInput, match="owner"):
        decode(RawAccount("fake", None, TOKEN_PROGRAM, recorded("pool").data))


@settings(deadline=None)
@given(st.sampled_from([name for name, _ in KINDS]), st.data())
def test_spoilt_bytes_are_an_account_or_refused_but_never_anything_else(name: str, data: st.DataObject) -> None:
    body = bytearray(recorded(name).data)
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    length = data.draw(st.sampled_from([len(body), len(body), data.draw(st.integers(0, len(body)))]))
    with suppress(InvalidInput):
        assert not isinstance(decode(bare(bytes(body[:length]))), Unneeded)
