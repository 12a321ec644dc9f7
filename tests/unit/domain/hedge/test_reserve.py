"""The USDT reserve and its top-up: the closed form against trading and looking."""

from decimal import Decimal

import pytest
from hypothesis import given
from tests.unit.strategies import decimals

from ballast.domain.hedge.reserve import Reserve, ReserveTerms, top_up_btc
from ballast.domain.kernel.amount import Bps

D = Decimal
SATOSHI = D("1e-8")
TERMS = ReserveTerms(Bps(D(100)), Bps(D(150)))
prices = decimals("20000", "150000", 2)
others_usd = decimals("10000", "5000000", 2)
parts = decimals("-0.5", "0.99", 4)
cost_bps = decimals("0", "60", 1)


def after_top_up(
    others: Decimal, usdt: Decimal, position: Decimal, sale: Decimal, price: Decimal, cost: Bps
) -> Reserve:
    """Sell BTC for USDT less the costs of both trades, buy the same BTC in perpetuals, and look again."""
    return Reserve(usdt + sale * price * (1 - cost.fraction), others + abs(position + sale) * price)


def missing(reserve: Reserve) -> Decimal:
    return TERMS.target.fraction * reserve.notional_usd - reserve.usdt


@pytest.mark.parametrize("position", ["0", "0.001", "12.5", "-0.0001", "-0.01", "-0.02", "-3.25"])
@given(others_usd, parts, prices, cost_bps)
def test_the_top_up_reaches_its_target_and_one_satoshi_less_does_not(
    position: str, others: Decimal, part: Decimal, price: Decimal, bps: Decimal
) -> None:
    held, cost = D(position), Bps(bps)
    notional = others + abs(held) * price
    usdt = part * TERMS.floor.fraction * notional
    sale = top_up_btc(Reserve(usdt, notional), held, price, cost, TERMS)
    assert missing(after_top_up(others, usdt, held, sale, price, cost)) <= 0
    assert missing(after_top_up(others, usdt, held, sale - SATOSHI, price, cost)) > 0


@pytest.mark.parametrize(
    ("usdt", "notional", "short"),
    [("1000", "100000", False), ("999.99", "100000", True), ("0", "0", False), ("-0.01", "0", True)],
)
def test_a_reserve_is_short_below_its_floor_and_always_with_a_debt(usdt: str, notional: str, *, short: bool) -> None:
    assert Reserve(D(usdt), D(notional)).short(TERMS) is short
