"""The USDT reserve now, and the BTC sale that would fill it."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.execution.instrument import Market
from ballast.domain.hedge.quote import perp_symbol
from ballast.domain.hedge.reserve import Reserve, top_up_btc
from ballast.domain.kernel.amount import Amount, Bps
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.number import ROUND_CEILING, ZERO, round_to_step
from ballast.domain.ledger.entry import Place
from ballast.ports.venue import VenueAccount
from ballast.services.desk import Desk, Observation

_NO_SALE = Amount.zero(BTC)


@frozen
class Assessment:
    """The reserve against its floor; `sale` is zero while it holds. USD figures in USDT."""

    reserve: Reserve
    floor_usd: Decimal
    short: bool
    sale: Amount


async def assess(desk: Desk, seen: Observation) -> Assessment:
    """Measure the reserve by the venue's own figures and size the top-up; design/strategy.md section 4.6."""
    account, terms = seen.account, desk.settings.reserve
    notional = sum((abs(held.quantity) * held.mark_price for held in account.positions.values()), ZERO)
    reserve = Reserve(account.margin.get(USDT, ZERO), notional)
    floor = terms.floor.fraction * notional
    if not reserve.short(terms):
        return Assessment(reserve, floor, short=False, sale=_NO_SALE)
    fees = desk.settings.fees
    cost = Bps(fees.spot.value + fees.perp.value)
    position = account.positions[BTC].quantity
    coming = Reserve(reserve.usdt, max(notional, _planned_notional(desk, account)))
    quantity = top_up_btc(coming, position, account.prices[BTC], cost, terms)
    step = (await desk.instruments())[perp_symbol(BTC)].step
    sale = Amount(BTC, round_to_step(quantity, step, ROUND_CEILING))
    return Assessment(reserve, floor, short=True, sale=sale if _affordable(desk, sale) else _NO_SALE)


def _planned_notional(desk: Desk, account: VenueAccount) -> Decimal:
    """Return the notional when the perpetual legs being traded now are done: the top-up must last until then."""
    planned = {coin: held.quantity for coin, held in account.positions.items()}
    for operation in desk.state.operations.values():
        for record in operation.legs.values():
            for leg in record.legs.values() if record.closed is None else ():
                if leg.plan.market is Market.PERP:
                    planned[leg.plan.asset] += leg.plan.side.direction * leg.left
    return sum((abs(quantity) * account.positions[coin].mark_price for coin, quantity in planned.items()), ZERO)


def _affordable(desk: Desk, sale: Amount) -> bool:
    return sale.quantity <= desk.state.balance(Place.VENUE_MARGIN, BTC)
