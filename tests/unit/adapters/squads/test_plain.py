"""Values as JSON has them."""

import json

import pytest
from hypothesis import given, settings
from tests.unit.adapters.squads.strategies import accounts

from ballast.adapters.squads.model import Period, SquadsAccount
from ballast.adapters.squads.plain import plain
from ballast.domain.kernel.errors import InvariantError


@settings(deadline=None)
@given(accounts)
def test_every_account_has_a_json_form_that_survives_the_text(account: SquadsAccount) -> None:
    assert json.loads(json.dumps(plain(account))) == plain(account)


def test_numbers_beyond_what_javascript_holds_exactly_are_text() -> None:
    assert plain((2**53 - 1, 2**53, True, None, b"\xff", Period.DAY)) == [
        2**53 - 1,
        "9007199254740992",
        True,
        None,
        "ff",
        "Day",
    ]


def test_a_value_without_a_json_form_is_an_error() -> None:
    with pytest.raises(InvariantError, match="complex has no JSON form"):
        plain(1j)
