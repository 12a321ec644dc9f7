"""The simulated book: fitted depth, on the grid, with holes where something was taken."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import (
    BTC_PERP,
    BTC_USDC,
    BTC_USDT,
    DATA,
    ETH_PERP,
    NOON,
    SOL_PERP,
    Bench,
    D,
    after,
    bench,
)

from ballast.adapters.simulator.venue.profile import read_profile
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import NotKnown, Unreachable

QUIET = VenueSettings(noise_fraction=D(0))
SYMBOLS = (BTC_PERP, ETH_PERP, SOL_PERP, BTC_USDC, BTC_USDT)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_book_is_one_tick_wide_around_the_price_and_on_the_grid(symbol: str) -> None:
    engine = bench().engine
    book, rules = engine.book(NOON, symbol), engine.instruments(NOON)[symbol]
    assert book.asks[0][0] - book.bids[0][0] == rules.tick
    assert abs(book.mid - {"BTC": 70_000, "ETH": 2_100, "SOL": 90}[rules.base.value]) <= rules.tick
    for levels, direction in ((book.asks, 1), (book.bids, -1)):
        prices = [price * direction for price, _ in levels]
        assert prices == sorted(set(prices))
        assert 12 <= len(levels) <= 25, "a coarse tick merges bands"
        for price, size in levels:
            assert price % rules.tick == 0
            assert size > 0
            assert size % rules.step == 0


def test_without_noise_the_depth_is_that_of_the_profile() -> None:
    book = bench(QUIET).engine.book(NOON, BTC_PERP)
    bands = read_profile(DATA / "market" / "book_profile.json")[BTC_PERP].bands
    for distance in (D(1), D(5), D(20)):
        fitted_usd = sum((band.value_usd for band in bands if band.distance.value <= distance), D(0))
        shown = book.depth_within(Side.BUY, book.mid * (1 + distance / 10_000)) * 70_000
        assert abs(shown / fitted_usd - 1) < D("0.001")


def test_noise_moves_sizes_by_at_most_its_fraction() -> None:
    quiet, noisy = (bench(each).engine.book(NOON, BTC_PERP) for each in (QUIET, VenueSettings(noise_fraction=D("0.1"))))
    ratios = [got[1] / expected[1] for got, expected in zip(noisy.asks, quiet.asks, strict=True)]
    assert all(D("0.89") < ratio < D("1.11") for ratio in ratios)
    assert len(set(ratios)) > 10


def test_the_same_seed_shows_the_same_book_and_another_seed_another() -> None:
    assert bench(seed=1).engine.book(NOON, BTC_PERP) == bench(seed=1).engine.book(NOON, BTC_PERP)
    assert bench(seed=1).engine.book(NOON, BTC_PERP) != bench(seed=2).engine.book(NOON, BTC_PERP)
    engine = bench(seed=1).engine
    assert engine.book(NOON, BTC_PERP).asks != engine.book(after(1), BTC_PERP).asks


def ready() -> Bench:
    made = bench(QUIET)
    made.fund(BTC, margin="100")
    return made


def visible(made: Bench, seconds: float) -> Decimal:
    return sum((size for _, size in made.engine.book(after(seconds), BTC_PERP).asks), D(0))


def test_what_was_taken_stays_taken_and_comes_back_evenly() -> None:
    made = ready()
    full = visible(made, 0)
    report = made.trade(BTC_PERP, "50")
    assert report.filled == D(50)
    assert visible(made, 0) == full - 50
    half = made.engine.book(after(5), BTC_PERP)
    assert abs(sum((size for _, size in half.asks), D(0)) - (full - 25)) <= D("0.001")
    assert visible(made, 10) == full


def test_what_was_taken_is_missing_at_the_best_price_wherever_the_price_went() -> None:
    made = ready()
    undisturbed = made.engine.book(NOON, BTC_PERP).asks
    made.trade(BTC_PERP, "50")
    made.market.set(BTC, after(1), "71000")
    moved = made.engine.book(after(1), BTC_PERP)
    assert moved.asks[0][0] > D("71000.1")
    assert moved.bids[0] == (D("71000.0"), (undisturbed[0][1] * 70_000 / 71_000).quantize(D("0.001"), "ROUND_DOWN"))


@given(st.lists(st.tuples(st.integers(1, 60_000), st.integers(0, 20)), max_size=8))
def test_nothing_is_ever_sold_twice(takes: list[tuple[int, int]]) -> None:
    """What fills within one refill time never exceeds what was there plus what came back."""
    made, now, total = ready(), NOON, D(0)
    full = visible(made, 0)
    for thousandths, pause_s in takes:
        total += made.trade(BTC_PERP, str(D(thousandths) / 1000), now).filled
        elapsed = D((now - NOON) // timedelta(seconds=1))
        assert total <= full * (1 + elapsed / 10)
        now += timedelta(seconds=pause_s)


def test_usdc_books_are_quoted_in_usdc() -> None:
    made = bench(QUIET)
    made.market.usdc = D("0.998")
    assert made.engine.book(NOON, BTC_USDC).bids[0][0] == D("70140.28")
    assert made.engine.book(NOON, BTC_USDT).bids[0][0] == D("70000")


def test_an_unknown_symbol_has_no_book() -> None:
    with pytest.raises(NotKnown, match="DOGEUSDT"):
        bench().engine.book(NOON, "DOGEUSDT:PERP")


def test_before_the_record_begins_there_is_no_answer_rather_than_a_price() -> None:
    made = bench()
    with pytest.raises(Unreachable, match="no price of BTC"):
        made.engine.book(NOON - timedelta(days=2), BTC_PERP)
    with pytest.raises(Unreachable):
        made.engine.account(NOON - timedelta(days=2))
