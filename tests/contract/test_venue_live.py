"""The laws of ports/venue.py that change nothing, on the real exchange; skipped without keys."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.live import PROFILES, Profile, open_live

from ballast.adapters.exchange.permissions import check_key, check_modes
from ballast.domain.execution.instrument import Market

EACH = pytest.mark.parametrize("profile", [pytest.param(profile, id=profile.name) for profile in PROFILES])
# The practice ground has no wallet interface (facts/binance.md section 1).
LIVE = pytest.mark.parametrize("profile", [pytest.param(p, id=p.name) for p in PROFILES if not p.demo])
PERP = "BTCUSDT:PERP"


@EACH
async def test_every_market_has_a_book_with_two_sides_on_its_grid(profile: Profile, tmp_path: Path) -> None:
    async with open_live(profile, tmp_path) as venue:
        for symbol, instrument in (await venue.instruments()).items():
            book = await venue.book(symbol)
            assert book.bids[0][0] < book.asks[0][0]
            assert all(price % instrument.tick == 0 for price, _ in book.bids + book.asks)


@EACH
async def test_law_9_an_order_nobody_placed_is_none(profile: Profile, tmp_path: Path) -> None:
    async with open_live(profile, tmp_path) as venue:
        assert await venue.order(PERP, "nobody.0.nothing.0") is None


@EACH
async def test_the_account_is_set_as_we_trade(profile: Profile, tmp_path: Path) -> None:
    async with open_live(profile, tmp_path) as venue:
        await check_modes(venue.line, venue.settings)
        instruments = await venue.instruments()
        account = await venue.account()
        perpetuals = {each.base for each in instruments.values() if each.market is Market.PERP}
        assert set(account.positions) == perpetuals
        assert all(Decimal(0) < haircut <= 1 for haircut in account.haircuts.values())


@LIVE
async def test_law_3_an_id_that_was_never_sent_is_refused_as_never_received(profile: Profile, tmp_path: Path) -> None:
    async with open_live(profile, tmp_path) as venue:
        assert (await venue.progress("nobody.0.nothing.0")).reason == "never received"


@LIVE
async def test_the_key_can_do_no_more_than_reading_and_trading_need(profile: Profile, tmp_path: Path) -> None:
    async with open_live(profile, tmp_path) as venue:
        await check_key(venue.line, venue.settings)
