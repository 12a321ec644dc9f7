"""Our record against the venue and the treasury, before anything is decided on it."""

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import RuleBroken, Stale
from ballast.domain.kernel.number import Decimal
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.events import IncomePosted
from ballast.domain.ledger.reconcile import IncomeLine, Report, reconcile
from ballast.ports.venue import Income, IncomeKind
from ballast.services.desk import Desk, Observation

INCOME_PAGE = 1000
ALERT = "reconciliation"
_HOUSE = {Place.HOUSE_SPOT: Place.VENUE_SPOT, Place.HOUSE_MARGIN: Place.VENUE_MARGIN}


async def book_and_compare(desk: Desk, seen: Observation, actor: str) -> Observation:
    """Book new income, then compare every balance; returns the observation to decide on.

    Whoever looks first books the income; another's booking in between raises Stale, and the look is repeated, as does
    a difference when something was recorded after the look. Raises RuleBroken when a balance differs and nothing of
    ours is in flight: no decision stands on a record that the outside contradicts.
    """
    sequence = desk.state.sequence
    income = await desk.venue.income(desk.state.income_cursor, INCOME_PAGE)
    report = Report(seen.balances(), tuple(_line(row) for row in income))
    found = reconcile(ours(desk), report, desk.state.income_cursor, in_flight=desk.state.in_flight())
    if found.unexplained:
        await _check_newest(desk, seen)
    if income:
        posted = IncomePosted(found.cursor, found.entry, seen.marks)
        await desk.record(actor, [posted], decided_at=sequence)
        seen = await desk.observe()
    if found.unexplained:
        first = found.unexplained[0]
        text = f"{first.asset.value} at {first.place.value}: ours {first.ours}, theirs {first.theirs}"
        await desk.alert(actor, ALERT, text)
        raise RuleBroken("record against the outside", "equal balances", text)
    await desk.clear(actor, ALERT)
    return seen


async def _check_newest(desk: Desk, seen: Observation) -> None:
    await desk.refresh()
    if desk.state.sequence != seen.sequence:
        raise Stale("look at the outside", f"the record of sequence {desk.state.sequence}", str(seen.sequence))


def ours(desk: Desk) -> dict[tuple[Place, Asset], Decimal]:
    """Return the ledger's balances, with what the house owns where it lies."""
    balances = dict(desk.state.balances)
    for (place, asset), quantity in desk.state.balances.items():
        if place in _HOUSE:
            key = (_HOUSE[place], asset)
            balances[key] = balances.get(key, Decimal(0)) + quantity
    return balances


def _line(row: Income) -> IncomeLine:
    return IncomeLine(row.position, row.kind is IncomeKind.FUNDING, Amount(row.amount.asset, row.amount.quantity))
