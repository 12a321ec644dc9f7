"""How the exchange writes numbers and times, reads parameters, and says no."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import frozen

from ballast.domain.execution.instrument import Side
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal

Json = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Rejection(Exception):
    """The exchange's answer to a request it does not carry out: its code, and the HTTP status of the answer."""

    def __init__(self, code: int, message: str, status: int = 400, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s

    def to_json(self) -> Json:
        """Return the body of the answer."""
        return {"code": self.code, "msg": self.message}


def ms_of(at: datetime) -> int:
    """Return whole milliseconds since 1970 of an aware time, rounded down."""
    return (at - _EPOCH) // _MS


def plain(value: Decimal) -> str:
    """Write a number without an exponent."""
    return f"{value:f}"


@frozen
class Params:
    """The parameters of one request, as text."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a parameter; -1102 when it is missing or empty."""
        value = self.values.get(name, "")
        if not value:
            raise Rejection(-1102, f"mandatory parameter '{name}' was not sent or is empty")
        return value

    def optional(self, name: str, default: str = "") -> str:
        """Return a parameter or a default."""
        return self.values.get(name) or default

    def number(self, name: str) -> Decimal:
        """Return a decimal parameter; -1102 when it is missing or no number."""
        text = self.text(name)
        try:
            return parse_decimal(text, name)
        except InvalidInput as wrong:
            raise Rejection(-1102, f"parameter '{name}' is malformed") from wrong

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole parameter of up to 18 digits or a default; -1102 when it is missing or no such number."""
        if default is not None and not self.values.get(name):
            return default
        text = self.text(name)
        if not (text.isascii() and text.isdigit() and len(text) <= len("999999999999999999")):
            raise Rejection(-1102, f"parameter '{name}' is malformed")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return whether a parameter says true, in whatever case."""
        return self.optional(name).lower() == "true"

    def side(self) -> Side:
        """Return the side of an order; -1117 for any other word."""
        found = {"BUY": Side.BUY, "SELL": Side.SELL}.get(self.text("side"))
        if found is None:
            raise Rejection(-1117, "invalid side")
        return found
