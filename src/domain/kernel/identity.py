"""Ids that are made, not drawn: the same work always gets the same id, so a resend can be recognised."""

import base64
import hashlib
import re

from ballast.domain.kernel.errors import InvalidInput

# The narrowest of the places an intent id must fit: a venue's client order id (facts/binance.md section 7, with
# hummingbot's own cap of 32 as the margin).
INTENT_ID_LENGTH_MAX = 32
_INTENT_ID = re.compile(r"[a-z0-9._-]{1,32}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/-]{1,64}")
_DIGEST_CHARACTERS = 12


def digest(*parts: str) -> str:
    """Return 12 lower-case base-32 characters (60 bits) that depend on every part and on their borders."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    raw = hashlib.sha256(joined.encode()).digest()
    return base64.b32encode(raw).decode().lower()[:_DIGEST_CHARACTERS]


def operation_id(prefix: str, *cause: str) -> str:
    """Derive an operation's id from its kind's two letters and what caused it (a deposit's key, a time)."""
    return f"{prefix}{digest(prefix, *cause)}"


def intent_id(operation: str, tranche: int, leg: str, attempt: int) -> str:
    """Derive an intent's id from (operation, tranche, leg, attempt); design/strategy.md section 5.

    Raises InvalidInput when the result is not a legal client order id at every venue.
    """
    made = f"{operation}.{tranche}.{leg}.{attempt}"
    if not _INTENT_ID.fullmatch(made):
        raise InvalidInput("intent id", f"1 to {INTENT_ID_LENGTH_MAX} of a-z 0-9 . _ -", repr(made))
    return made


def check_request_id(request_id: str) -> str:
    """Return a caller's request id; raises InvalidInput unless it is 1 to 64 of A-Z a-z 0-9 . _ : / -."""
    if not _REQUEST_ID.fullmatch(request_id):
        raise InvalidInput("request_id", "1 to 64 of A-Z a-z 0-9 . _ : / -", repr(request_id[:80]))
    return request_id
