"""The collateral ratio now, and the JLP sale that would restore it."""

from decimal import Decimal

from attrs import frozen

from ballast.domain.hedge.collateral import Collateral, SaleCosts, collateral, jlp_for, restoring_sale_usd
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, HEDGED, JLP, USDC
from ballast.domain.kernel.number import ONE, ZERO, ratio
from ballast.services.desk import Desk, Observation
from ballast.services.operations.carried import carried
from ballast.services.operations.redeem import jlp_free

_NO_SALE = Amount.zero(JLP)


@frozen
class Assessment:
    """The venue account against its floors; `sale` is zero while both hold. `nav_usd` leaves users' BTC out."""

    collateral: Collateral
    nav_usd: Decimal
    below: bool
    sale: Amount


def assess(desk: Desk, seen: Observation) -> Assessment:
    """Measure the collateral and size the smallest restoring sale; design/strategy.md section 4.4.

    Without an open position nothing can be liquidated, so no margin is required; nor while the last exit closes them
    all. What a reserve top-up is carrying between the wallets counts as the margin it is.
    """
    account, marks, terms = seen.account, seen.marks, desk.settings.collateral
    nav_usd = desk.nav_usd(marks) - desk.state.claims_btc * marks.prices[BTC]
    flat = desk.state.winding_up or not any(position.quantity for position in account.positions.values())
    margin = dict(account.margin)
    for asset, quantity in carried(desk.state).items():
        margin[asset] = margin.get(asset, ZERO) + quantity
    unrealised = sum((position.unrealised for position in account.positions.values()), ZERO)
    state = collateral(
        margin,
        account.haircuts,
        account.prices,
        unrealised,
        account.maintenance_usd,
        ZERO if flat else nav_usd,
        terms,
    )
    below = state.below(terms)
    if not below:
        return Assessment(state, nav_usd, below, _NO_SALE)
    free = jlp_free(desk)
    held_usd = free.quantity * marks.prices[JLP]
    hedged_usd = sum((marks.jlp_delta[asset] * marks.prices[asset] for asset in HEDGED), ZERO)
    per_usd = ratio(hedged_usd, marks.prices[JLP])
    unwind = per_usd * desk.settings.unwind_cost.fraction
    freed = ratio(state.maintenance_usd, held_usd) if held_usd else ZERO
    costs = SaleCosts(desk.settings.redeem_cost.fraction, unwind, account.haircuts.get(USDC, ONE), freed)
    sale_usd = restoring_sale_usd(state, nav_usd, held_usd, terms, costs)
    return Assessment(state, nav_usd, below, jlp_for(sale_usd, marks.prices[JLP], free))
