"""A book's depth and the cost of taking from it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.execution.builders import BTC_PERP, NOON, D, book

from ballast.domain.execution.book import Book
from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.errors import RuleBroken

SHOWN = Book("X", ((D(99), D(2)), (D(98), D(5))), ((D(101), D(1)), (D(103), D(4))), NOON)


def test_the_mid_lies_between_the_best_prices() -> None:
    assert SHOWN.mid == D(100)


def test_a_book_with_an_empty_side_has_no_mid() -> None:
    with pytest.raises(RuleBroken, match="two sides"):
        _ = Book("X", (), SHOWN.asks, NOON).mid


@pytest.mark.parametrize(
    ("side", "limit", "depth"), [("buy", 101, 1), ("buy", 103, 5), ("buy", 100, 0), ("sell", 98, 7), ("sell", 99, 2)]
)
def test_depth_counts_the_levels_at_the_limit_or_better(side: str, limit: int, depth: int) -> None:
    assert SHOWN.depth_within(Side(side), D(limit)) == D(depth)


def test_a_walk_pays_level_by_level() -> None:
    walk = SHOWN.walk(Side.BUY, D(3))
    assert (walk.quantity, walk.value, walk.worst_price) == (D(3), D(101) + 2 * D(103), D(103))
    assert SHOWN.walk(Side.SELL, D(2)).worst_price == D(99)


def test_a_walk_beyond_the_visible_depth_is_refused_rather_than_guessed() -> None:
    with pytest.raises(RuleBroken, match=r"needs 5\.001 to buy"):
        SHOWN.walk(Side.BUY, D("5.001"))


@given(first=st.integers(1, 20_000), second=st.integers(1, 20_000))
def test_taking_more_never_has_a_better_average_price(first: int, second: int) -> None:
    shown = book(BTC_PERP, "10")
    less, more = sorted(Decimal(n) / 1000 for n in (first, second))
    small, large = shown.walk(Side.BUY, less), shown.walk(Side.BUY, more)
    assert small.value * more <= large.value * less
    assert small.worst_price <= large.worst_price
