"""Where a change of value came from: price, funding, fees, pool income, flows, and what is left unexplained.

Every change of holdings is a lot: a quantity with the marks at its moment. The carry of each lot and of the holdings at
the start is price profit, the lots' own value effect is what they cost, so the sum is exact, not an estimate.
"""

from decimal import Decimal

from attrs import define, field, frozen

from ballast.domain.hedge.marks import Marks
from ballast.domain.kernel.asset import BTC, JLP, Asset
from ballast.domain.kernel.number import ROUND_HALF_EVEN, ZERO, divide

BTC_PLACES = 18


@frozen
class Baseline:
    """The value at the start of an interval: holdings and marks."""

    holdings: dict[Asset, Decimal]
    marks: Marks
    nav_usd: Decimal


@frozen
class Attribution:
    """A change of NAV in BTC, split; the parts and `unexplained` sum to `change`."""

    change: Decimal
    price: Decimal
    funding: Decimal
    fees: Decimal
    pool_income: Decimal
    flows: Decimal
    unexplained: Decimal


@define
class Lots:
    """The changes of holdings since a baseline, summed so that memory does not grow with their number.

    All values are in BTC at the marks of their own moment. For JLP besides, quantity x constant (USD) and quantity x
    delta, which split its carry into price and income.
    """

    quantity: dict[Asset, Decimal] = field(factory=dict[Asset, Decimal])
    value: dict[Asset, Decimal] = field(factory=dict[Asset, Decimal])
    jlp_constant: Decimal = ZERO
    jlp_delta: dict[Asset, Decimal] = field(factory=dict[Asset, Decimal])
    funding: Decimal = ZERO
    fees: Decimal = ZERO
    flows: Decimal = ZERO

    def add(self, asset: Asset, quantity: Decimal, marks: Marks) -> None:
        """Take in one change of holdings at the marks of its moment."""
        self.quantity[asset] = self.quantity.get(asset, ZERO) + quantity
        self.value[asset] = self.value.get(asset, ZERO) + in_btc(quantity * marks.prices[asset], marks)
        if asset is JLP:
            self.jlp_constant += quantity * marks.jlp_constant
            for coin, delta in marks.jlp_delta.items():
                self.jlp_delta[coin] = self.jlp_delta.get(coin, ZERO) + quantity * delta


def in_btc(usd: Decimal, marks: Marks) -> Decimal:
    """Return USD in BTC at the marks' price, at 18 places half even."""
    return divide(usd, marks.prices[BTC], BTC_PLACES, ROUND_HALF_EVEN)


def attribute(start: Baseline, lots: Lots, end: Marks, end_nav_usd: Decimal) -> Attribution:
    """Split the change of NAV between a baseline and now, in BTC at 18 places.

    BTC is the measure, so BTC itself has no price profit: what counts is each other asset's price in BTC. `unexplained`
    is the rest: zero unless holdings moved without an entry, or the pool is not worth what its delta and income say.
    """
    price = income = ZERO
    for asset in {**start.holdings, **lots.quantity}:
        held = start.holdings.get(asset, ZERO)
        before = in_btc(held * start.marks.prices[asset], start.marks) + lots.value.get(asset, ZERO)
        after = in_btc((held + lots.quantity.get(asset, ZERO)) * end.prices[asset], end)
        if asset is JLP:
            unchanged = in_btc(_jlp_usd_of_old_pools(start, lots, end), end)
            price += unchanged - before
            income = after - unchanged
        else:
            price += after - before
    change = in_btc(end_nav_usd, end) - in_btc(start.nav_usd, start.marks)
    unexplained = change - price - income - lots.funding - lots.fees - lots.flows
    return Attribution(change, price, lots.funding, lots.fees, income, lots.flows, unexplained)


def _jlp_usd_of_old_pools(start: Baseline, lots: Lots, end: Marks) -> Decimal:
    """Return what all JLP would be worth at the end's prices had the pool not changed since each was held."""
    total = start.holdings.get(JLP, ZERO) * start.marks.jlp_at(end.prices) + lots.jlp_constant
    return total + sum((quantity * end.prices[coin] for coin, quantity in lots.jlp_delta.items()), ZERO)
