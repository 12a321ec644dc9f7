"""What an exchange account holds, and what a trade does to it: exact at eight decimals, rounded against us."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import define, field, frozen

from ballast.adapters.common.actions import Arrivals
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import BTC, HEDGED, USDC, USDT, Asset
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.number import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ZERO,
    divide,
    round_to_places,
    sign,
)
from ballast.ports.venue import Position, Wallet, WalletTransfer

PLACES = 8
HELD: tuple[Asset, ...] = (BTC, USDC, USDT)


@define
class Contract:
    """A perpetual: its signed quantity and what that cost (signed, USDT), so that no profit is rounded away."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    entry_price: Decimal = ZERO

    def trade(self, signed: Decimal, price: Decimal) -> Decimal:
        """Add a signed quantity at a price; return the profit (USDT) of what it closed."""
        opposite = signed * self.quantity < 0
        closed = sign(self.quantity) * min(abs(signed), abs(self.quantity)) if opposite else ZERO
        realised = closed * price - self._release(closed)
        self.quantity += signed
        self.cost += (signed + closed) * price
        self.entry_price = divide(self.cost, self.quantity, PLACES, ROUND_HALF_EVEN) if self.quantity else ZERO
        return realised

    def _release(self, closed: Decimal) -> Decimal:
        """Take a part of the position (signed like it) out of the cost and return its cost; the whole takes all."""
        if not closed:
            return ZERO
        cost = divide(self.cost * closed, self.quantity, PLACES, ROUND_HALF_EVEN)
        self.cost -= cost
        return cost

    def unrealised(self, mark_price: Decimal) -> Decimal:
        """Return the profit (USDT) of closing at a price."""
        return self.quantity * mark_price - self.cost

    def position(self, mark_price: Decimal) -> Position:
        """Return what the venue shows of it."""
        return Position(
            self.quantity,
            self.entry_price,
            mark_price,
            round_to_places(self.unrealised(mark_price), PLACES, ROUND_FLOOR),
        )


@frozen
class Fill:
    """What a match gives before it is booked: base units, price in quote units, and the fee rate."""

    quantity: Decimal
    price: Decimal
    fee: Bps


def _empty() -> dict[Asset, Decimal]:
    return dict.fromkeys(HELD, ZERO)


def _flat() -> dict[Asset, Contract]:
    return {coin: Contract() for coin in HEDGED}


@define
class Holdings:
    """The two wallets, the positions by coin, and what arrived."""

    spot: dict[Asset, Decimal] = field(factory=_empty)
    margin: dict[Asset, Decimal] = field(factory=_empty)
    contracts: dict[Asset, Contract] = field(factory=_flat)
    arrivals: Arrivals = field(factory=Arrivals)

    def wallet(self, name: Wallet) -> dict[Asset, Decimal]:
        """Return one of the wallets, to be changed in place."""
        return self.spot if name is Wallet.SPOT else self.margin

    def check(self, name: Wallet, amount: Amount) -> None:
        """Raise RuleBroken unless the amount is positive and the wallet holds it."""
        held = self.wallet(name).get(amount.asset, ZERO)
        if not 0 < amount.quantity <= held:
            raise RuleBroken(
                f"{name.value} wallet", f"more than 0 and at most {held} {amount.asset.value}", str(amount)
            )

    def take(self, name: Wallet, amount: Amount) -> None:
        """Remove an amount; raises RuleBroken unless it is positive and held."""
        self.check(name, amount)
        self.wallet(name)[amount.asset] -= amount.quantity

    def transfer(self, action: WalletTransfer) -> None:
        """Move an amount between the wallets; raises RuleBroken unless it is positive and held."""
        self.take(action.source, action.amount)
        self.wallet(action.target)[action.amount.asset] += action.amount.quantity

    def receive(self, amount: Amount, reference: str) -> None:
        """Put an arrival into the spot wallet.

        Raises RuleBroken for an asset the exchange does not hold, InvariantError for a reference that arrived before.
        """
        if amount.asset not in self.spot:
            raise RuleBroken("deposit", "one of " + ", ".join(each.value for each in HELD), str(amount))
        self.arrivals.add(reference, amount)
        self.spot[amount.asset] += amount.quantity

    def book(self, instrument: Instrument, side: Side, fill: Fill) -> tuple[Decimal, Asset, Decimal]:
        """Book a fill; return its fee, the fee's asset and the profit it realised (USDT; 0 on spot).

        A perpetual's fee and profit go through USDT in the margin wallet; a spot fee is taken from what was received.
        """
        value = fill.quantity * fill.price
        if instrument.market is Market.PERP:
            realised = self.contracts[instrument.base].trade(side.direction * fill.quantity, fill.price)
            fee = round_to_places(value * fill.fee.fraction, PLACES, ROUND_CEILING)
            self.margin[USDT] += realised - fee
            return fee, USDT, realised
        received = instrument.base if side is Side.BUY else instrument.quote
        gross = fill.quantity if side is Side.BUY else value
        fee = round_to_places(gross * fill.fee.fraction, PLACES, ROUND_CEILING)
        self.spot[instrument.base] += side.direction * fill.quantity
        self.spot[instrument.quote] -= side.direction * value
        self.spot[received] -= fee
        return fee, received, ZERO

    def positions(self, marks: Mapping[Asset, Decimal]) -> dict[Asset, Position]:
        """Return every perpetual's position, flat or not, at its mark price."""
        return {coin: contract.position(marks[coin]) for coin, contract in self.contracts.items()}
