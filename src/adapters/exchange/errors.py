"""What an exchange's answer, or its silence, proves; decided by code and class, never by text."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

import aiohttp
import ccxt  # type: ignore[import-untyped]  # ships no types
from attrs import frozen

from ballast.domain.kernel.errors import InvalidInput, LimitReached, NotRecognised, RuleBroken, Unreachable

BAD_TIME = "-1021"
UNKNOWN_SYMBOL = "-1121"
CANCEL_REJECTED = "-2011"
NO_SUCH_ORDER = "-2013"
UNKNOWN_LISTEN_KEY = "-1125"
# Nobody knows what became of the request (facts/binance.md section 4): unknown, disconnected, unexpected, time-out.
_SILENT_CODES = frozenset({"-1000", "-1001", "-1006", "-1007"})
_LIMIT_CODES = frozenset({"-1003", "-1015"})
_KEY_CODES = frozenset({"-1022", "-2014", "-2015"})
_SERVER_FAULT = 500
_LIMIT_STATUS = frozenset({418, 429})
# A connection that never stood up carried nothing.
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, socket.gaierror)


@frozen
class Answer:
    """The exchange's own no: HTTP status, its code ("" without one) and words, and the wait it asks for (seconds)."""

    status: int
    code: str
    text: str
    retry_after_s: int


class Answered(Exception):
    """An answer that is no success, on its way out of ccxt; its cause is ccxt's own class for it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


class Refused(Exception):
    """The exchange proved that it did nothing."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Unresolved(Exception):
    """Something was sent, and nothing is proved."""


@contextmanager
def translated() -> Generator[None, None, None]:
    """Turn what ccxt raises into what it proves.

    Raises Unreachable (nothing was sent), Refused, LimitReached and NotRecognised (nothing was done), or Unresolved.
    """
    try:
        yield
    except Answered as answered:
        raise meaning(answered.answer) from answered
    except ccxt.BaseError as failure:
        if isinstance(failure.__cause__, _NEVER_SENT):
            raise Unreachable("the exchange cannot be reached") from failure
        raise Unresolved(type(failure).__name__) from failure


def meaning(answer: Answer) -> Exception:
    """Return what an answer proves."""
    if answer.status in _LIMIT_STATUS or answer.code in _LIMIT_CODES:
        return LimitReached("the exchange's request limit", answer.retry_after_s)
    if answer.code in _KEY_CODES:
        return NotRecognised(f"the exchange refuses the key: {answer.code}", code=answer.code)
    if answer.code in _SILENT_CODES or (answer.status >= _SERVER_FAULT and not answer.code):
        return Unresolved(answer.code or f"HTTP {answer.status}")
    return Refused(answer.code or f"HTTP {answer.status}", answer.text)


@contextmanager
def reading() -> Generator[None, None, None]:
    """Say what a failed read means to a caller: nothing was learnt, and nothing was changed.

    Raises Unreachable for silence, RuleBroken for a refusal, InvalidInput for an answer that lacks a field.
    """
    try:
        yield
    except Unresolved as silence:
        raise Unreachable(f"the exchange did not answer: {silence}") from silence
    except Refused as refusal:
        raise RuleBroken("reading the exchange", "an answer", str(refusal)) from refusal
    except (KeyError, IndexError, TypeError) as missing:
        raise InvalidInput("the exchange's answer", "its documented fields", repr(missing)) from missing


@contextmanager
def proving() -> Generator[None, None, None]:
    """Say that a record which cannot be read proves nothing; raises Unreachable whatever the reason."""
    try:
        with reading():
            yield
    except (RuleBroken, InvalidInput) as unreadable:
        raise Unreachable("the exchange's record cannot be read") from unreadable
