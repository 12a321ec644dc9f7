"""Double entry: nothing appears and nothing disappears."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.ledger.builders import sums
from tests.unit.strategies import HELD, amounts, entries, quantities

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.ledger.entry import OWN_PLACES, Entry, Place, Posting, joined, move

D = Decimal
postings = st.builds(Posting, st.sampled_from(Place), st.sampled_from(HELD), quantities(BTC, 10**6))


@given(st.lists(postings, max_size=8).map(tuple))
def test_an_entry_is_refused_exactly_when_an_asset_does_not_sum_to_zero(rows: tuple[Posting, ...]) -> None:
    wrong = {asset for asset, total in sums(rows).items() if total}
    if not wrong:
        assert Entry(rows).postings == rows
        return
    with pytest.raises(InvariantError) as refused:
        Entry(rows)
    assert refused.value.fields["asset"] in {asset.value for asset in wrong}


def test_what_balances_in_sum_but_not_per_asset_is_refused() -> None:
    with pytest.raises(InvariantError, match="a ledger entry sums to 1 BTC"):
        Entry((Posting(Place.VENUE_SPOT, BTC, D(1)), Posting(Place.MARKET, USDT, D(-1))))


@given(amounts(BTC), st.sampled_from(Place), st.sampled_from(Place))
def test_a_move_takes_from_one_place_what_it_brings_to_another(amount: Amount, source: Place, target: Place) -> None:
    taken, brought = move(amount, source, target).postings
    assert (taken, brought) == (Posting(source, BTC, -amount.quantity), Posting(target, BTC, amount.quantity))


@given(st.lists(entries, max_size=6))
def test_joined_entries_say_what_they_say_apart_but_for_zeros(parts: list[Entry]) -> None:
    whole = joined(parts)
    assert list(whole.postings) == [row for part in parts for row in part.postings if row.quantity]


def test_our_places_are_those_before_the_outside_world() -> None:
    outside = {
        Place.CONTRACT, Place.MARKET, Place.POOL, Place.POOL_FEES, Place.FUNDING, Place.COSTS, Place.DEPOSITORS,
        Place.HOUSE_SPOT, Place.HOUSE_MARGIN,
    }  # fmt: skip
    assert set(OWN_PLACES) == set(Place) - outside
