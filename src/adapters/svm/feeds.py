"""Decoding Doves AG price feeds, the prices the pool is valued at."""

from datetime import datetime

from attrs import frozen

from ballast.adapters.common.solana.layout import PUBKEY_LENGTH, RawAccount
from ballast.adapters.svm.accounts import opened
from ballast.adapters.svm.addresses import DOVES_PROGRAM
from ballast.domain.pool.scale import PRICE_PLACES

AG_PRICE_FEED = bytes.fromhex("70f98bd9d7d0f936")
_SPACE = 394
# Two values after the bump that no published interface describes; zero in April 2026, set in September.
_UNDOCUMENTED = 64


@frozen(kw_only=True)
class AgFeed:
    """A published price of a mint, in whole 1e-8 dollars for one whole token (> 0)."""

    source: str
    address: str | None
    mint: str
    price_e8: int
    time: datetime


def decode_feed(account: RawAccount) -> AgFeed:
    """Return the price in an AG feed account; raises InvalidInput unless every proof holds.

    The exponent must be -8, as on every recorded feed. The address cannot be derived; whoever uses the price holds it
    against the one the custody names.
    """
    reader = opened(account, DOVES_PROGRAM, AG_PRICE_FEED, _SPACE)
    mint = reader.pubkey("mint")
    reader.skip("edgeFeed, clFeed, pythFeed and pythFeedId", 4 * PUBKEY_LENGTH)
    price_e8 = reader.u64("price")
    if not price_e8:
        reader.refuse("price", "more than zero", "0", 8)
    reader.expect("expo", (-PRICE_PLACES).to_bytes(1, "little", signed=True))
    time = reader.time("timestamp")
    reader.skip("config and bump", 4 + 4 + 8 + 1)
    reader.skip("undocumented", _UNDOCUMENTED)
    reader.end()
    return AgFeed(source=account.name, address=account.address, mint=mint, price_e8=price_e8, time=time)
