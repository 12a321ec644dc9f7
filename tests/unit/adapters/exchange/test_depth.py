"""A book kept from differences equals the exchange's own, or is no book."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange.depth import DepthBook, book_of
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.errors import InvalidInput

D = Decimal
LATER = NOON + timedelta(seconds=1)
Truth = dict[str, str]
CHANGES = st.lists(
    st.dictionaries(st.sampled_from([str(price) for price in range(90, 100)]), st.sampled_from(["0", "1.5", "2"])),
    min_size=1,
    max_size=12,
)


def frames(changes: list[Truth], market: Market, first: int = 100) -> list[dict[str, Any]]:
    """Number changes as the exchange does: three ids each, perpetuals with gaps between them."""
    gap = 5 if market is Market.PERP else 0
    made: list[dict[str, Any]] = []
    last = first
    for change in changes:
        begin = last + 1 + gap
        rows = [[price, size] for price, size in change.items()]
        made.append({"U": begin, "u": begin + 2, "pu": last, "b": rows, "a": []})
        last = begin + 2
    return made


def after(changes: list[Truth]) -> Truth:
    truth: Truth = {}
    for change in changes:
        truth |= change
    return {price: size for price, size in truth.items() if size != "0"}


def snapshot(truth: Truth, last_id: int) -> dict[str, Any]:
    return {"lastUpdateId": last_id, "bids": [[price, size] for price, size in truth.items()], "asks": [["200", "1"]]}


def bids(book: DepthBook) -> dict[Decimal, Decimal] | None:
    found = book.book()
    return None if found is None else dict(found.bids)


def exact(truth: Truth) -> dict[Decimal, Decimal]:
    return {D(price): D(size) for price, size in truth.items()}


@settings(deadline=None)
@given(changes=CHANGES, data=st.data(), market=st.sampled_from(Market))
def test_a_snapshot_anywhere_among_the_frames_gives_the_exchanges_book(
    changes: list[Truth], data: st.DataObject, market: Market
) -> None:
    sent = frames(changes, market)
    taken = data.draw(st.integers(0, len(sent)))
    known = sent[taken - 1]["u"] if taken else 100
    book = DepthBook("X", market)
    early = data.draw(st.integers(0, len(sent)))
    assert all(book.apply(frame, NOON) for frame in sent[:early])
    joined = book.load(snapshot(after(changes[:taken]), known), NOON)
    assert joined
    assert all(book.apply(frame, LATER) for frame in sent[max(early, taken) :])
    assert bids(book) == exact(after(changes[: max(early, taken)] + changes[max(early, taken) :]))


@settings(deadline=None)
@given(changes=CHANGES.filter(lambda changes: len(changes) > 2), data=st.data(), market=st.sampled_from(Market))
def test_a_missing_frame_is_noticed_and_leaves_no_book(
    changes: list[Truth], data: st.DataObject, market: Market
) -> None:
    sent = frames(changes, market)
    lost = data.draw(st.integers(1, len(sent) - 2))
    book = DepthBook("X", market)
    assert book.load(snapshot({}, 100), NOON)
    assert all(book.apply(frame, NOON) for frame in sent[:lost])
    assert not book.apply(sent[lost + 1], NOON)
    assert book.book() is None
    assert book.load(snapshot(after(changes), sent[-1]["u"]), LATER)
    assert bids(book) == exact(after(changes))


@pytest.mark.parametrize("market", list(Market))
def test_a_frame_sent_twice_changes_nothing(market: Market) -> None:
    book = DepthBook("X", market)
    first, second = frames([{"95": "1"}, {"95": "2"}], market)
    assert book.load(snapshot({}, 100), NOON)
    assert [book.apply(frame, NOON) for frame in (first, first, second, first)] == [True] * 4
    assert bids(book) == {D(95): D(2)}


@pytest.mark.parametrize("market", list(Market))
def test_frames_in_the_wrong_order_are_a_gap(market: Market) -> None:
    book = DepthBook("X", market)
    first, second, third = frames([{"95": "1"}, {"95": "2"}, {"95": "1.5"}], market)
    assert book.load(snapshot({}, 100), NOON)
    assert book.apply(first, NOON)
    assert not book.apply(third, NOON)
    assert book.apply(second, NOON)
    assert book.book() is None


def test_a_snapshot_older_than_the_frames_does_not_join() -> None:
    book = DepthBook("X", Market.PERP)
    assert book.apply(frames([{"95": "1"}], Market.PERP, first=500)[0], NOON)
    assert not book.load(snapshot({}, 100), NOON)
    assert book.book() is None


def test_a_book_shows_the_best_levels_first_at_the_exchanges_time() -> None:
    book = DepthBook("X", Market.SPOT)
    rows = {"lastUpdateId": 1, "bids": [["1", "1"], ["3", "1"]], "asks": [["9", "1"], ["5", "1"]]}
    assert book.load(rows, NOON)
    found = book.book()
    assert found is not None
    assert ([price for price, _ in found.bids], [price for price, _ in found.asks]) == ([D(3), D(1)], [D(5), D(9)])
    assert book.apply({"U": 2, "u": 2, "b": [], "a": []}, LATER)
    assert book.time == LATER


def test_a_level_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput):
        book_of("X", {"bids": [["NaN", "1"]], "asks": []}, NOON)
