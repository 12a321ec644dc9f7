"""The entry that each proved outcome means."""

from collections.abc import Iterable

from ballast.domain.execution.instrument import Market
from ballast.domain.execution.order import Trade
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import PERP_OF, USDT, Asset
from ballast.domain.kernel.number import ROUND_HALF_EVEN, Decimal, round_to_places
from ballast.domain.ledger.entry import Entry, Place, Posting, joined, move
from ballast.domain.ledger.events import ActionKind, LegPlan

# Where an action's amount goes, and by way of transit if it travels between two systems.
ROUTES: dict[ActionKind, tuple[Place, Place]] = {
    ActionKind.TO_MARGIN: (Place.VENUE_SPOT, Place.VENUE_MARGIN),
    ActionKind.TO_SPOT: (Place.VENUE_MARGIN, Place.VENUE_SPOT),
    ActionKind.RELEASE: (Place.CONTRACT, Place.CUSTODY_WALLET),
    ActionKind.FORWARD: (Place.CUSTODY_WALLET, Place.VENUE_SPOT),
    ActionKind.WITHDRAW_TO_TREASURY: (Place.VENUE_SPOT, Place.TREASURY),
    ActionKind.WITHDRAW_TO_CONTRACT: (Place.VENUE_SPOT, Place.CONTRACT),
    ActionKind.REMIT_TO_VENUE: (Place.TREASURY, Place.VENUE_SPOT),
    ActionKind.FULFIL_DEPOSIT: (Place.DEPOSITORS, Place.CONTRACT),
    ActionKind.FULFIL_WITHDRAWAL: (Place.CONTRACT, Place.DEPOSITORS),
}
TRAVELS = frozenset(
    {
        ActionKind.FORWARD,
        ActionKind.WITHDRAW_TO_TREASURY,
        ActionKind.WITHDRAW_TO_CONTRACT,
        ActionKind.REMIT_TO_VENUE,
    }
)


def _exchange(place: Place, counter: Place, asset: Asset, quantity: Decimal) -> Entry:
    return Entry((Posting(place, asset, quantity), Posting(counter, asset, -quantity)))


def trade_entry(plan: LegPlan, trades: Iterable[Trade]) -> Entry:
    """Book a leg's fills: coin against quote on spot; contract, cost and realised profit on a perpetual; fees."""
    book = _perp_fill if plan.market is Market.PERP else _spot_fill
    return joined(entry for trade in trades for entry in book(plan, trade))


def _spot_fill(plan: LegPlan, trade: Trade) -> tuple[Entry, ...]:
    direction = plan.side.direction
    value = round_to_places(trade.quantity * trade.price, plan.quote.scale, ROUND_HALF_EVEN)
    return (
        _exchange(Place.VENUE_SPOT, Place.MARKET, plan.asset, direction * trade.quantity),
        _exchange(Place.VENUE_SPOT, Place.MARKET, plan.quote, -direction * value),
        move(Amount(trade.fee_asset, trade.fee), Place.VENUE_SPOT, Place.COSTS),
    )


def _perp_fill(plan: LegPlan, trade: Trade) -> tuple[Entry, ...]:
    direction = plan.side.direction
    value = round_to_places(trade.quantity * trade.price, USDT.scale, ROUND_HALF_EVEN)
    return (
        _exchange(Place.VENUE_MARGIN, Place.MARKET, PERP_OF[plan.asset], direction * trade.quantity),
        _exchange(Place.PERP_ENTRY, Place.MARKET, USDT, -direction * value),
        move(Amount(USDT, trade.realised), Place.PERP_ENTRY, Place.VENUE_MARGIN),
        move(Amount(trade.fee_asset, trade.fee), Place.VENUE_MARGIN, Place.COSTS),
    )


def departure_entry(kind: ActionKind, sent: Amount, cost: Amount | None) -> Entry:
    """Book an amount that left its place into transit, and what the network took on top."""
    source, _ = ROUTES[kind]
    entries = [move(sent, source, Place.TRANSIT)]
    if cost is not None:
        entries.append(move(cost, source, Place.COSTS))
    return joined(entries)


def arrival_entry(kind: ActionKind, received: Amount) -> Entry:
    """Book an amount out of transit into the place it was sent to."""
    _, target = ROUTES[kind]
    return move(received, Place.TRANSIT, target)


def pool_entry(paid: Amount, received: Amount, fee: Amount | None) -> Entry:
    """Book a mint or redemption at the treasury; the pool's fee, where it is reported, apart from the pool."""
    entries = [move(paid, Place.TREASURY, Place.POOL), move(received, Place.POOL, Place.TREASURY)]
    if fee is not None:
        entries.append(move(fee, Place.POOL, Place.POOL_FEES))
    return joined(entries)


def action_entry(kind: ActionKind, amount: Amount) -> Entry:
    """Book an action that moves one amount at once."""
    source, target = ROUTES[kind]
    return move(amount, source, target)


def withdrawal_entry(payout: Amount, shares: Amount) -> Entry:
    """Book a fulfilled withdrawal: BTC to the user, the shares burned."""
    return joined((move(payout, Place.CONTRACT, Place.DEPOSITORS), move(shares, Place.CONTRACT, Place.DEPOSITORS)))


def deposit_entry(deposit: Amount) -> Entry:
    """Book a user's BTC into the contract."""
    return move(deposit, Place.DEPOSITORS, Place.CONTRACT)
