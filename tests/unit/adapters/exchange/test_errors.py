"""What an answer, or none, proves."""

import aiohttp
import ccxt  # type: ignore[import-untyped]  # ships no types
import pytest

from ballast.adapters.exchange.errors import Answer, Answered, Refused, Unresolved, meaning, reading, translated
from ballast.domain.kernel.errors import InvalidInput, LimitReached, NotRecognised, RuleBroken, Unreachable


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "-2019", Refused),
        (400, "-4116", Refused),
        (400, "-1021", Refused),
        (503, "-1008", Refused),
        (408, "-1007", Unresolved),
        (500, "-1000", Unresolved),
        (400, "-1006", Unresolved),
        (200, "-1001", Unresolved),
        (502, "", Unresolved),
        (503, "", Unresolved),
        (404, "", Refused),
        (429, "-1003", LimitReached),
        (418, "", LimitReached),
        (400, "-1003", LimitReached),
        (400, "-1015", LimitReached),
        (401, "-2015", NotRecognised),
        (400, "-1022", NotRecognised),
    ],
)
def test_status_and_code_decide_whatever_the_words_say(status: int, code: str, kind: type[Exception]) -> None:
    for text in ("", "Timeout waiting for response", "Unknown error"):
        assert type(meaning(Answer(status, code, text, 9))) is kind


def test_a_limit_says_how_long_to_wait() -> None:
    found = meaning(Answer(429, "-1003", "", 9))
    assert isinstance(found, LimitReached)
    assert found.retry_after_s == 9


def test_a_refusal_keeps_the_exchanges_code_and_words() -> None:
    found = meaning(Answer(400, "-2019", "Margin is insufficient.", 0))
    assert isinstance(found, Refused)
    assert (found.code, found.reason) == ("-2019", "Margin is insufficient.")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (aiohttp.ConnectionTimeoutError(), Unreachable),
        (aiohttp.ServerDisconnectedError(), Unresolved),
        (aiohttp.ClientOSError(), Unresolved),
        (TimeoutError(), Unresolved),
    ],
)
def test_only_a_connection_that_never_stood_proves_that_nothing_was_sent(
    cause: Exception, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as raised, translated():
        raise ccxt.RequestTimeout("time-out") from cause
    assert isinstance(raised.value.__cause__, ccxt.RequestTimeout)


def test_an_answer_of_the_exchange_becomes_what_it_proves() -> None:
    with pytest.raises(Refused), translated():
        raise Answered(Answer(400, "-2022", "", 0))


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Unresolved("-1007"), Unreachable),
        (Refused("-1121", "Invalid symbol."), RuleBroken),
        (KeyError("orderId"), InvalidInput),
        (TypeError("none"), InvalidInput),
        (LimitReached("weight", 3), LimitReached),
    ],
)
def test_a_read_that_fails_raises_an_error_of_ours(failure: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected), reading():
        raise failure
