"""AG price feeds: the price from its place, and nothing believed that is not proved."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.svm.builders import bare, decoded_april, patched, recorded

from ballast.adapters.common.solana.layout import RawAccount
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM
from ballast.adapters.svm.feeds import decode_feed
from ballast.domain.kernel.errors import InvalidInput

SOL_FEED = recorded("sol_ag_price_feed")


@pytest.mark.parametrize("asset", ["sol", "weth", "wbtc", "usdc", "usdt"])
def test_a_feed_is_read_as_an_independent_decoder_read_it(asset: str) -> None:
    feed, april = decode_feed(recorded(f"{asset}_ag_price_feed")), decoded_april()
    assert feed.price_e8 / 10**8 == april["computed"]["prices_usd"][asset]
    assert (feed.address, feed.mint) == (april["custodies"][asset]["dovesAgOracle"], april["custodies"][asset]["mint"])
    assert datetime(2026, 4, 27, 7, 35, 20, tzinfo=UTC) <= feed.time <= datetime(2026, 4, 27, 7, 35, 21, tzinfo=UTC)


@settings(deadline=None)
@given(st.integers(1, 2**64 - 1))
def test_the_price_comes_from_its_own_bytes(price_e8: int) -> None:
    assert decode_feed(patched(SOL_FEED, 168, price_e8.to_bytes(8, "little"))).price_e8 == price_e8


@settings(deadline=None)
@given(st.binary(min_size=64, max_size=64))
def test_the_undocumented_bytes_do_not_matter(found: bytes) -> None:
    """They are zero in April 2026 and set in September."""
    assert decode_feed(patched(SOL_FEED, 202, found)) == decode_feed(SOL_FEED)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (0, bytes(8), "discriminator at byte 0: expected 70f98bd9d7d0f936, found 0000000000000000"),
        (168, bytes(8), "price at byte 168: expected more than zero, found 0"),
        (176, b"\xf6", "expo at byte 176: expected f8, found f6"),
        (177, b"\xff" * 8, "timestamp at byte 177: expected Unix seconds between 1970 and 9999, found -1"),
        (266, b"\x01", "tail at byte 266: expected only zeros"),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(offset: int, value: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode_feed(patched(SOL_FEED, offset, value))


@given(st.integers(0, 393))
def test_a_truncated_feed_is_refused(length: int) -> None:
    with pytest.raises(InvalidInput, match=f"expected 394 bytes, found {length}"):
        decode_feed(bare(SOL_FEED.data[:length]))


def test_a_feed_of_another_program_is_refused() -> None:
    with pytest.raises(InvalidInput, match="owner"):
        decode_feed(RawAccount("made", SOL_FEED.address, PERPETUALS_PROGRAM, SOL_FEED.data))
