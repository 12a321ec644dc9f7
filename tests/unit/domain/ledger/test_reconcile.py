"""Our record against their report."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.ledger.builders import sums
from tests.unit.strategies import HELD, quantities

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, USDT, Asset
from ballast.domain.ledger.entry import Place
from ballast.domain.ledger.reconcile import Difference, Discrepancy, IncomeLine, Report, book_income, reconcile

D = Decimal
MARGIN: tuple[Place, Asset] = (Place.VENUE_MARGIN, USDT)
keys = st.tuples(st.sampled_from(Place), st.sampled_from(HELD))
balances = st.dictionaries(keys, quantities(BTC, 10**6), max_size=8)


@st.composite
def incomes(draw: st.DrawFn) -> tuple[IncomeLine, ...]:
    sizes = draw(st.lists(st.tuples(st.booleans(), quantities(USDT, 10**9)), max_size=6))
    return tuple(IncomeLine(index + 1, funding, Amount(USDT, size)) for index, (funding, size) in enumerate(sizes))


@given(balances)
def test_equal_balances_leave_nothing_to_explain(same: dict[tuple[Place, Asset], Decimal]) -> None:
    found = reconcile(same, Report(same), 5, in_flight=False)
    assert (found.discrepancies, found.cursor, found.entry.postings) == ((), 5, ())


@given(ours=balances, theirs=balances, flying=st.booleans())
def test_every_balance_they_name_that_differs_is_reported_with_both_sides(
    *, ours: dict[tuple[Place, Asset], Decimal], theirs: dict[tuple[Place, Asset], Decimal], flying: bool
) -> None:
    found = reconcile(ours, Report(theirs), 0, in_flight=flying)
    kind = Difference.IN_FLIGHT if flying else Difference.UNEXPLAINED
    assert found.discrepancies == tuple(
        Discrepancy(place, asset, ours.get((place, asset), D(0)), quantity, kind)
        for (place, asset), quantity in theirs.items()
        if quantity != ours.get((place, asset), D(0))
    )
    assert found.unexplained == (() if flying else found.discrepancies)


def test_what_they_do_not_name_is_not_compared() -> None:
    ours = {(Place.TRANSIT, BTC): D(1), (Place.TREASURY, JLP): D(5)}
    assert reconcile(ours, Report({(Place.TREASURY, JLP): D(5)}), 0, in_flight=False).discrepancies == ()


@given(incomes())
def test_income_is_booked_into_the_margin_and_balances(lines: tuple[IncomeLine, ...]) -> None:
    entry = book_income(lines)
    booked = {place: D(0) for place in (Place.VENUE_MARGIN, Place.FUNDING, Place.COSTS)}
    for row in entry.postings:
        booked[row.place] += row.quantity
    assert not any(sums(entry.postings).values())
    assert booked[Place.VENUE_MARGIN] == sum((line.amount.quantity for line in lines), D(0))
    assert booked[Place.FUNDING] == -sum((line.amount.quantity for line in lines if line.funding), D(0))


@given(incomes(), st.integers(0, 7))
def test_income_is_booked_once_and_only_beyond_the_cursor(lines: tuple[IncomeLine, ...], cursor: int) -> None:
    fresh = tuple(line for line in lines if line.position > cursor)
    theirs = {MARGIN: sum((line.amount.quantity for line in fresh), D(0))}
    first = reconcile({MARGIN: D(0)}, Report(theirs, lines), cursor, in_flight=False)
    assert first.entry == book_income(fresh)
    assert first.cursor == (lines[-1].position if fresh else cursor)
    assert first.discrepancies == ()
    again = reconcile(theirs, Report(theirs, lines), first.cursor, in_flight=False)
    assert (again.entry.postings, again.cursor, again.discrepancies) == ((), first.cursor, ())


def test_a_wallet_that_changed_by_more_than_its_income_is_unexplained_by_the_rest() -> None:
    line = IncomeLine(1, funding=True, amount=Amount(USDT, D(5)))
    found = reconcile({MARGIN: D(100)}, Report({MARGIN: D(107)}, (line,)), 0, in_flight=False)
    assert found.unexplained == (Discrepancy(*MARGIN, D(105), D(107), Difference.UNEXPLAINED),)
