"""Page sizes and page tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.domain.kernel.errors import InvalidInput
from ballast.services.paging import page_size_of, position_of


def test_a_page_has_fifty_rows_unless_told_otherwise() -> None:
    assert (page_size_of(0), page_size_of(1), page_size_of(500)) == (50, 1, 500)


@pytest.mark.parametrize(("asked", "most"), [(-1, 500), (501, 500), (2**31 - 1, 500), (101, 100)])
def test_a_page_size_out_of_range_is_refused(asked: int, most: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        page_size_of(asked, most)
    assert (refused.value.field, refused.value.expected) == ("page_size", f"0 to {most}")


@given(st.integers(0, 10**18 - 1))
def test_a_position_is_read_back_from_its_token(position: int) -> None:
    assert position_of(str(position), otherwise=7, most=position) == position


def test_no_token_is_the_beginning() -> None:
    assert position_of("", otherwise=7, most=0) == 7


@pytest.mark.parametrize("token", ["-1", "1.0", "x", " 1", "8", "9" * 19, "9" * 9_999, "\N{ARABIC-INDIC DIGIT ONE}"])
def test_a_token_nobody_gave_out_is_refused(token: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        position_of(token, otherwise=0, most=7)
    assert refused.value.field == "page_token"
    assert len(refused.value.found) < 100
