"""The collateral ratio, and the smallest sale that restores it: the closed form against selling and looking."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.strategies import decimals

from ballast.domain.hedge.collateral import (
    Collateral,
    CollateralTerms,
    SaleCosts,
    collateral,
    jlp_for,
    restoring_sale_usd,
)
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, USDC, USDT
from ballast.domain.kernel.errors import RuleBroken

D = Decimal
CENT_MILLIONTH = D("1e-8")
TERMS = CollateralTerms(D("0.3"), D("0.88"), D(1), D("1.5"), D(2))
FREE = SaleCosts(D(0), D(0), D(1), D(0))
MUCH = D(10) ** 12

costs = st.builds(
    SaleCosts, decimals("0", "0.05", 6), decimals("0", "0.02", 6), decimals("0.9", "1", 6), decimals("0", "0.05", 6)
)
navs = decimals("10000", "100000000", 2)


@st.composite
def short_of_share(draw: st.DrawFn) -> tuple[Collateral, Decimal]:
    """Draw an account whose equity is below what the strategy asks, with the NAV; the venue asks for little."""
    nav = draw(navs)
    required = TERMS.margin_share * nav
    return Collateral(required * draw(decimals("-0.2", "0.87", 4)), required, D(0)), nav


@st.composite
def short_of_maintenance(draw: st.DrawFn) -> tuple[Collateral, Decimal]:
    """Draw an account near liquidation whose equity is more than the strategy asks."""
    nav = draw(navs)
    required = TERMS.margin_share * nav
    equity = required * draw(decimals("1", "2", 4))
    return Collateral(equity, required, equity / draw(decimals("1.01", "1.49", 4))), nav


def after_selling(state: Collateral, nav: Decimal, sale: Decimal, cost: SaleCosts) -> Collateral:
    """Sell `sale` dollars of JLP step by step: redeem, send, post, buy the hedges back."""
    proceeds = sale - sale * cost.redeem
    posted = proceeds * cost.haircut
    paid = sale * cost.unwind
    left = nav - sale * cost.redeem - paid
    return Collateral(
        state.equity_usd + posted - paid, TERMS.margin_share * left, state.maintenance_usd - sale * cost.maintenance
    )


def missing_share(state: Collateral) -> Decimal:
    return TERMS.target * state.required_usd - state.equity_usd


def missing_maintenance(state: Collateral) -> Decimal:
    return TERMS.maintenance_target * state.maintenance_usd - state.equity_usd


@given(short_of_share(), costs)
def test_the_sale_restores_the_share_and_one_unit_less_does_not(
    drawn: tuple[Collateral, Decimal], cost: SaleCosts
) -> None:
    state, nav = drawn
    sale = restoring_sale_usd(state, nav, MUCH, TERMS, cost)
    assert missing_share(after_selling(state, nav, sale, cost)) <= 0
    assert missing_share(after_selling(state, nav, sale - CENT_MILLIONTH, cost)) > 0


@given(short_of_maintenance(), costs)
def test_near_liquidation_the_sale_restores_the_venues_ratio_and_one_unit_less_does_not(
    drawn: tuple[Collateral, Decimal], cost: SaleCosts
) -> None:
    state, nav = drawn
    sale = restoring_sale_usd(state, nav, MUCH, TERMS, cost)
    assert missing_maintenance(after_selling(state, nav, sale, cost)) <= 0
    assert missing_maintenance(after_selling(state, nav, sale - CENT_MILLIONTH, cost)) > 0


@given(short_of_share(), decimals("1.01", "1.49", 4), costs)
def test_when_both_floors_are_broken_the_larger_sale_restores_both(
    drawn: tuple[Collateral, Decimal], ratio: Decimal, cost: SaleCosts
) -> None:
    short, nav = drawn
    assume(short.equity_usd > 0)
    state = evolve(short, maintenance_usd=short.equity_usd / ratio)
    sale = restoring_sale_usd(state, nav, MUCH, TERMS, cost)
    sold = after_selling(state, nav, sale, cost)
    less = after_selling(state, nav, sale - CENT_MILLIONTH, cost)
    assert max(missing_share(sold), missing_maintenance(sold)) <= 0
    assert max(missing_share(less), missing_maintenance(less)) > 0


@given(short_of_share(), costs, decimals("0", "1000", 2))
def test_no_more_is_sold_than_is_held(drawn: tuple[Collateral, Decimal], cost: SaleCosts, held: Decimal) -> None:
    state, nav = drawn
    whole = restoring_sale_usd(state, nav, MUCH, TERMS, cost)
    assert restoring_sale_usd(state, nav, held, TERMS, cost) == min(whole, held)


@given(short_of_share(), costs)
def test_costs_only_ever_enlarge_the_sale(drawn: tuple[Collateral, Decimal], cost: SaleCosts) -> None:
    state, nav = drawn
    assert restoring_sale_usd(state, nav, MUCH, TERMS, cost) >= restoring_sale_usd(state, nav, MUCH, TERMS, FREE)


def test_an_account_at_its_target_sells_nothing() -> None:
    state = Collateral(D(30_000), D(30_000), D(1_000))
    assert restoring_sale_usd(state, D(100_000), MUCH, TERMS, FREE) == 0


def test_costs_that_eat_the_whole_sale_are_an_error_and_not_a_sale() -> None:
    state = Collateral(D(1_000), D(30_000), D(0))
    with pytest.raises(RuleBroken, match="restoring sale: needs costs below what it restores"):
        restoring_sale_usd(state, D(100_000), MUCH, TERMS, SaleCosts(D("0.9"), D("0.6"), D(1), D(0)))


@pytest.mark.parametrize(
    ("equity", "required", "maintenance", "below"),
    [
        ("26400", "30000", "0", False),
        ("26399.99", "30000", "0", True),
        ("30000", "30000", "20000", False),
        ("30000", "30000", "20000.01", True),
        ("-1", "30000", "0", True),
        ("0", "0", "0", False),
    ],
)
def test_either_floor_alone_asks_for_a_sale(equity: str, required: str, maintenance: str, *, below: bool) -> None:
    assert Collateral(D(equity), D(required), D(maintenance)).below(TERMS) is below


def test_a_ratio_to_nothing_is_no_number() -> None:
    flat = Collateral(D(100), D(0), D(0))
    assert flat.ratio is None
    assert flat.maintenance_ratio is None


def test_haircuts_weigh_what_is_held_and_never_soften_a_debt() -> None:
    found = collateral(
        {BTC: D(1), USDC: D(1_000), USDT: D(-500)},
        {BTC: D("0.95"), USDC: D("0.99"), USDT: D("0.9")},
        {BTC: D(80_000), USDC: D(1), USDT: D(1)},
        D(-250),
        D(123),
        D(200_000),
        TERMS,
    )
    assert found == Collateral(D(76_000) + 990 - 500 - 250, D(60_000), D(123))


@given(decimals("0.01", "100000", 8), decimals("1", "10", 6))
def test_the_jlp_sold_is_worth_the_sale_and_one_unit_less_is_not(sale: Decimal, price: Decimal) -> None:
    sold = jlp_for(sale, price, Amount(JLP, D(10**6)))
    assert sold.quantity * price >= sale > (sold.quantity - D("1e-6")) * price
    assert jlp_for(sale, price, Amount(JLP, D("0.001"))).quantity <= D("0.001")
