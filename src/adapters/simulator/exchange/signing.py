"""Whose request it is: key, signature and age (facts/binance.md sections 1 and 5)."""

import hashlib
import hmac
import re
from datetime import datetime
from enum import Enum

from attrs import frozen

from ballast.adapters.simulator.exchange.wire import Params, Rejection, ms_of

_KEY = re.compile(r"[A-Za-z0-9]+")
_SIGNATURE = re.compile(r"&?signature=([0-9a-fA-F]*)$")
_WINDOW_MS = 5000
_WINDOW_MS_MAX = 60_000
_AHEAD_MS_MAX = 1000


class Security(Enum):
    """What a route asks of the caller."""

    PUBLIC = "public"
    KEY = "key"
    SIGNED = "signed"


@frozen
class Credentials:
    """The one account's key, and its secret, which is never shown."""

    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.key!r})"

    def sign(self, payload: str) -> str:
        """Return the hex HMAC-SHA256 of a payload."""
        return hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def check_key(credentials: Credentials, key: str) -> None:
    """Raise Rejection 401 unless the key is the account's."""
    if not _KEY.fullmatch(key):
        raise Rejection(-2014, "API key format is invalid", 401)
    if not hmac.compare_digest(key, credentials.key):
        raise Rejection(-2015, "invalid API key, IP, or permissions for action", 401)


def check_age(params: Params, now: datetime) -> None:
    """Raise Rejection for a request that is older than its window, or from the future."""
    sent_ms, window_ms = params.whole("timestamp"), params.whole("recvWindow", _WINDOW_MS)
    if window_ms > _WINDOW_MS_MAX:
        raise Rejection(-1131, f"recvWindow must be at most {_WINDOW_MS_MAX}")
    age_ms = ms_of(now) - sent_ms
    if age_ms > window_ms or age_ms < -_AHEAD_MS_MAX:
        raise Rejection(-1021, "timestamp is outside of the recvWindow")


def check_signature(credentials: Credentials, query: str, body: str) -> None:
    """Raise Rejection unless the last parameter signs everything before it, exactly as it was sent."""
    payload = query + body
    found = _SIGNATURE.search(payload)
    if found is None:
        raise Rejection(-1102, "mandatory parameter 'signature' was not sent or is empty")
    expected = credentials.sign(payload[: found.start()])
    if not hmac.compare_digest(found.group(1).lower(), expected):
        raise Rejection(-1022, "signature for this request is not valid")
