"""Cross margin in multi-asset mode: what counts as collateral, what positions need, and the worst a span can bring."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, frozen

from ballast.adapters.common.venue.holdings import Contract, Holdings
from ballast.adapters.simulator.venue.settings import Bracket, Brackets
from ballast.domain.kernel.asset import STABLES, Asset
from ballast.domain.kernel.number import ROUND_CEILING, ZERO, divide

Prices = Mapping[Asset, Decimal]
_PLACES = 8


@frozen
class MarginRules:
    """How the exchange weighs an account; all values in USD.

    `leverage` (>= 1) holds for every coin that has none of its own in `leverage_of`.
    """

    haircuts: Prices
    brackets: Brackets
    leverage: Decimal
    leverage_of: dict[Asset, Decimal] = Factory(dict[Asset, Decimal])

    def collateral(self, asset: Asset, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what a wallet balance counts: after the haircut, a debt in full."""
        value = quantity * price
        return value * self.haircuts[asset] if value > 0 else value

    def balance(self, holdings: Holdings, prices: Prices) -> Decimal:
        """Return the margin balance: collateral plus unrealised profit."""
        held = (self.collateral(asset, quantity, prices[asset]) for asset, quantity in holdings.margin.items())
        profit = (contract.unrealised(prices[coin]) for coin, contract in holdings.contracts.items())
        return sum(held, ZERO) + sum(profit, ZERO)

    def initial(self, holdings: Holdings, opening_usd: Prices, marks: Prices) -> Decimal:
        """Return what the positions bind, with each coin's `opening_usd` (>= 0) of notional on top."""
        needs = (
            self.initial_of(coin, abs(contract.quantity) * marks[coin] + opening_usd.get(coin, ZERO))
            for coin, contract in holdings.contracts.items()
        )
        return sum(needs, ZERO)

    def initial_of(self, coin: Asset, notional: Decimal) -> Decimal:
        """Return what a notional (>= 0) of one coin binds."""
        return divide(notional, self.leverage_of.get(coin, self.leverage), _PLACES, ROUND_CEILING)

    def maintenance(self, holdings: Holdings, marks: Prices) -> Decimal:
        """Return the maintenance margin of all positions."""
        needs = (
            self.maintenance_of(coin, abs(contract.quantity) * marks[coin])
            for coin, contract in holdings.contracts.items()
            if contract.quantity
        )
        return sum(needs, ZERO)

    def maintenance_of(self, coin: Asset, notional: Decimal) -> Decimal:
        """Return the maintenance margin of one position of a notional (>= 0)."""
        return _maintenance(self.brackets[coin], notional)

    def excess(self, holdings: Holdings, prices: Prices) -> Decimal:
        """Return the margin balance above the maintenance margin; not above zero means liquidation."""
        return self.balance(holdings, prices) - self.maintenance(holdings, prices)

    def worst_excess(
        self, holdings: Holdings, spans: Mapping[Asset, tuple[Decimal, Decimal]], prices: Prices
    ) -> Decimal:
        """Return the least excess if each coin took the worst price of its span (low, high) on its own.

        Per coin the excess is concave in the price (brackets only get steeper), so its least is at an end of the span.
        """
        worst = sum((self.collateral(asset, holdings.margin[asset], prices[asset]) for asset in STABLES), ZERO)
        for coin, contract in holdings.contracts.items():
            held = holdings.margin.get(coin, ZERO)
            if held or contract.quantity:
                worst += min(self._coin_excess(coin, held, contract, price) for price in spans[coin])
        return worst

    def _coin_excess(self, coin: Asset, held: Decimal, contract: Contract, price: Decimal) -> Decimal:
        collateral = self.collateral(coin, held, price) if held else ZERO
        if not contract.quantity:
            return collateral
        needed = _maintenance(self.brackets[coin], abs(contract.quantity) * price)
        return collateral + contract.unrealised(price) - needed


@frozen
class MarginView:
    """The margin wallet as weighed now, in USD.

    `balance` is collateral plus unrealised profit; `initial` what positions and `opening` orders (notional by coin)
    bind; `maintenance` what the positions need.
    """

    balance: Decimal
    initial: Decimal
    maintenance: Decimal
    opening: Prices


def _maintenance(brackets: tuple[Bracket, ...], notional: Decimal) -> Decimal:
    """Return the maintenance margin of one position of a notional (>= 0); the last bracket has no end."""
    for bracket in brackets:
        if notional <= bracket.cap_usd:
            return notional * bracket.ratio - bracket.cumulative_usd
    return notional * brackets[-1].ratio - brackets[-1].cumulative_usd
