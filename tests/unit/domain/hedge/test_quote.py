"""What getting in or out costs: itemised, to the last digit, and never guessed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from tests.unit.builders import recorded_pool
from tests.unit.strategies import decimals

from ballast.domain.execution.book import Book
from ballast.domain.hedge.marks import Marks
from ballast.domain.hedge.quote import (
    SPOT_SYMBOL,
    CostItem,
    Quote,
    QuoteTerms,
    World,
    entry_costs,
    entry_quote,
    exit_costs,
    exit_quote,
    perp_symbol,
)
from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import BTC, ETH, HEDGED, JLP, SHARE, SOL, USDC, USDT, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.pool.valuation import PriceMode, unit_value

D = Decimal
NOON = datetime(2026, 4, 27, 12, tzinfo=UTC)
EXPIRY = NOON + timedelta(minutes=1)
PRICES = {BTC: D(77_600), ETH: D(2_317), SOL: D("85.40")}
TERMS = QuoteTerms(D("0.70"), 4, 2, Bps(D(10)), Bps(D(5)), D(1), D("0.0001"))
POOL = recorded_pool()
UNIT = unit_value(POOL, PriceMode.MIN)
SATOSHI = D("1e-8")
HALF_SPREAD_BPS = 1
LEVELS = 40


def book(symbol: str, price: Decimal, usd_per_level: str) -> Book:
    """A book whose levels lie one basis point apart."""
    step = price / 10_000
    size = (D(usd_per_level) / price).quantize(D("1e-6"))
    bids = tuple((price - step * n, size) for n in range(HALF_SPREAD_BPS, LEVELS))
    asks = tuple((price + step * n, size) for n in range(HALF_SPREAD_BPS, LEVELS))
    return Book(symbol, bids, asks, NOON)


def world(usd_per_level: str = "200000", share_price: str = "1.05") -> World:
    books = {perp_symbol(asset): book(perp_symbol(asset), PRICES[asset], usd_per_level) for asset in HEDGED}
    books[SPOT_SYMBOL] = book(SPOT_SYMBOL, PRICES[BTC] / D("0.9999"), usd_per_level)
    index = {**PRICES, USDC: D("0.9999"), USDT: D(1)}
    return World(books, POOL, Marks.made(index, PRICES, UNIT.constant_usd, UNIT.delta), D(share_price))


HERE = world()


def entered(btc: Decimal, now: World = HERE, terms: QuoteTerms = TERMS) -> Quote:
    return entry_quote(Amount(BTC, btc), now, terms, 7, NOON, EXPIRY)


def left(shares: Decimal, now: World = HERE, terms: QuoteTerms = TERMS) -> Quote:
    jlp = shares * now.share_price_btc * D("0.7") * PRICES[BTC] / now.marks.prices[JLP]
    return exit_quote(Amount(SHARE, shares), jlp.quantize(D("1e-6")), now, terms, 7, NOON, EXPIRY)


def total_btc(quote: Quote) -> Decimal:
    return sum((item.usd for item in quote.items), D(0)) / PRICES[BTC]


@settings(max_examples=25)
@given(decimals("0.01", "40", 8))
def test_the_items_of_an_entry_sum_to_what_its_price_is_above_the_shares_own(btc: Decimal) -> None:
    quote = entered(btc)
    gap = btc - quote.receive.quantity * quote.share_price_btc
    assert 0 <= gap - total_btc(quote) < SATOSHI * quote.share_price_btc
    assert abs(quote.cost_bps - total_btc(quote) / btc * 10_000) < D("1e-12")
    assert abs(quote.price_btc * quote.receive.quantity - btc) <= SATOSHI * quote.receive.quantity


@settings(max_examples=25)
@given(decimals("0.01", "40", 8))
def test_the_items_of_an_exit_sum_to_what_its_price_is_below_the_shares_own(shares: Decimal) -> None:
    quote = left(shares)
    gap = shares * quote.share_price_btc - quote.receive.quantity
    assert 0 <= gap - total_btc(quote) < SATOSHI
    assert quote.price_btc < quote.share_price_btc


def without_fixed(items: tuple[CostItem, ...]) -> Decimal:
    return sum((item.usd for item in items if "network fee" not in item.name), D(0))


def exit_costs_of(shares: Decimal, now: World, terms: QuoteTerms) -> tuple[CostItem, ...]:
    return exit_costs(shares * 10_000, now, terms)


@settings(max_examples=25)
@pytest.mark.parametrize("costs", [entry_costs, exit_costs_of])
@given(one=decimals("0.05", "40", 4), other=decimals("0.05", "40", 4))
def test_more_size_never_costs_less_of_itself_but_for_fees_that_are_fixed(
    costs: Callable[[Decimal, World, QuoteTerms], tuple[CostItem, ...]], one: Decimal, other: Decimal
) -> None:
    small, large = sorted((one, other))
    rounding_usd = D("0.0001")
    of_small, of_large = (without_fixed(costs(size, HERE, TERMS)) for size in (small, large))
    assert of_small * large <= (of_large + rounding_usd) * small


@settings(max_examples=15)
@given(decimals("0.1", "40", 4))
def test_in_and_out_again_never_returns_more_than_was_brought(btc: Decimal) -> None:
    shares = entered(btc).receive.quantity
    assert left(shares).receive.quantity < btc


def test_every_cost_is_named_once_and_none_is_negative() -> None:
    for quote in (entered(D(5)), left(D(5))):
        names = [item.name for item in quote.items]
        assert len(set(names)) == len(names)
        assert min(item.usd for item in quote.items) >= 0
    assert {item.name for item in entered(D(5)).items} >= {
        "sell BTC for USDC: spread and depth",
        "sell BTC for USDC: fee",
        "buy BTC perpetuals: fee",
        "USDC network fee",
        "mint JLP",
        "short SOL: fee",
        "short ETH: spread and depth",
    }
    assert {item.name for item in left(D(5)).items} >= {"redeem JLP", "buy back SOL: fee", "BTC network fee"}


def test_a_network_fee_is_paid_once_per_tranche_into_the_pool_and_once_for_the_payout() -> None:
    def fee(quote: Quote, name: str) -> Decimal:
        return next(item.usd for item in quote.items if item.name == name)

    assert fee(entered(D(5)), "USDC network fee") == 4 * D("0.9999")
    assert fee(left(D(5)), "BTC network fee") == D("0.0001") * PRICES[BTC]


def test_a_quote_carries_its_sequence_its_time_and_its_expiry() -> None:
    for quote in (entered(D(5)), left(D(5))):
        assert (quote.sequence, quote.valuation_time, quote.expiry_time) == (7, NOON, EXPIRY)


def test_a_book_that_does_not_hold_the_size_is_refused_for_either_direction() -> None:
    thin = world(usd_per_level="1000")
    for quote in (entered, left):
        quote(D("0.01"), thin)
        with pytest.raises(RuleBroken, match="depth of"):
            quote(D(20), thin)


@pytest.mark.parametrize("symbol", [SPOT_SYMBOL, *(perp_symbol(asset) for asset in HEDGED)])
def test_an_empty_side_of_any_book_is_refused_for_either_direction(symbol: str) -> None:
    whole = HERE.books[symbol]
    for broken in (evolve(whole, bids=()), evolve(whole, asks=())):
        for quote in (entered, left):
            with pytest.raises(RuleBroken, match=rf"(book|depth) of {symbol}"):
                quote(D(1), evolve(HERE, books={**HERE.books, symbol: broken}))


def test_a_deposit_that_buys_less_than_a_share_costs_is_refused() -> None:
    with pytest.raises(RuleBroken, match=r"needs more than its costs, found 0\.002 BTC against"):
        entered(D("0.002"), HERE, evolve(TERMS, perp_fee=Bps(D(20_000)), usdc_network_fee=D(0)))


@pytest.mark.parametrize("quote", [entered, left])
def test_what_costs_more_than_it_is_worth_is_refused(quote: Callable[..., Quote]) -> None:
    dear = evolve(TERMS, usdc_network_fee=D(30), btc_network_fee=D("0.01"))
    with pytest.raises(RuleBroken, match="needs more than its costs"):
        quote(D("0.002"), HERE, dear)


def test_shares_that_own_no_jlp_pay_for_the_payout_alone() -> None:
    quote = exit_quote(Amount(SHARE, D(1)), D(0), HERE, TERMS, 7, NOON, EXPIRY)
    assert [item.name for item in quote.items] == ["BTC network fee"]
    assert quote.receive.quantity == D("1.05") - D("0.0001")


def test_a_coin_the_pool_does_not_hold_costs_nothing_to_hedge() -> None:
    marks = evolve(HERE.marks, jlp_delta={**HERE.marks.jlp_delta, ETH: D(0)})
    names = {item.name for item in entry_costs(D(1), evolve(HERE, marks=marks), TERMS)}
    assert not {name for name in names if "ETH" in name}


def test_the_symbols_of_the_perpetuals_are_the_venues() -> None:
    symbols: dict[Asset, str] = {asset: perp_symbol(asset) for asset in HEDGED}
    assert symbols == {SOL: "SOLUSDT:PERP", ETH: "ETHUSDT:PERP", BTC: "BTCUSDT:PERP"}
