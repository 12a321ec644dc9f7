"""The error tree: a stable reason and named facts for each thing a caller may do."""

import re

import pytest

from ballast.domain.kernel import errors
from ballast.domain.kernel.errors import BallastError

ONE_OF_EACH = (
    errors.InvalidInput("amount", "0.01 to 1000 BTC", "0"),
    errors.NotKnown("operation", "en1"),
    errors.IdReused("request-1"),
    errors.RuleBroken("order cap", "at most 10 USD", "11 USD"),
    errors.Stale("quote", "use before noon", "noon"),
    errors.LimitReached("the day's turnover cap", 60),
    errors.NotAllowed("not yours", name="entry"),
    errors.NotRecognised("who are you"),
    errors.Unreachable("no answer"),
    errors.InvariantError("cannot be"),
)


def test_every_class_of_the_tree_is_covered_here_and_has_its_own_reason() -> None:
    assert {type(error) for error in ONE_OF_EACH} == set(BallastError.__subclasses__())
    reasons = {type(error).reason for error in ONE_OF_EACH} | {BallastError.reason}
    assert len(reasons) == len(ONE_OF_EACH) + 1
    assert all(re.fullmatch("[A-Z]+(_[A-Z]+)*", reason) for reason in reasons)


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)
def test_the_sentence_tells_every_named_fact(error: BallastError) -> None:
    assert str(error) == error.message
    if not isinstance(error, errors.NotAllowed):
        assert all(fact in error.message for fact in error.fields.values())
    assert all(isinstance(fact, str) for fact in error.fields.values())


def test_what_to_correct_and_how_long_to_wait_can_be_read_without_parsing() -> None:
    invalid = errors.InvalidInput("amount", "a number", "NaN")
    assert (invalid.field, invalid.expected, invalid.found) == ("amount", "a number", "NaN")
    assert errors.LimitReached("cap", 41).retry_after_s == 41
    assert errors.RuleBroken("margin", "1", "0").rule == "margin"
