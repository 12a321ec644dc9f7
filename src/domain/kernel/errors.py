"""The one error tree, grouped by what the caller may do about it (the table to gRPC is services/rpc/status.py)."""

from typing import ClassVar


class BallastError(Exception):
    """Root of everything Ballast raises on purpose.

    `reason` is a stable upper-snake word for machines; `fields` are the named facts behind the sentence.
    """

    reason: ClassVar[str] = "BALLAST"

    def __init__(self, message: str, **fields: str) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class InvalidInput(BallastError):
    """The request is wrong in itself: correct the named field and send it again."""

    reason = "INVALID_INPUT"

    def __init__(self, field: str, expected: str, found: str) -> None:
        super().__init__(f"{field}: expected {expected}, found {found}", field=field, expected=expected, found=found)
        self.field = field
        self.expected = expected
        self.found = found


class NotKnown(BallastError):
    """No such thing: the id names nothing here."""

    reason = "NOT_KNOWN"

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"{what} {name!r} is not known", what=what, name=name)


class IdReused(BallastError):
    """This request id was answered before with other content: take a new id."""

    reason = "ID_REUSED"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"request id {request_id!r} was used before with other content", request_id=request_id)


class RuleBroken(BallastError):
    """A rule forbids it in the present state (paused, cap, floor, minimum, margin): change the state first."""

    reason = "RULE_BROKEN"

    def __init__(self, rule: str, expected: str, found: str) -> None:
        super().__init__(f"{rule}: needs {expected}, found {found}", rule=rule, expected=expected, found=found)
        self.rule = rule


class Stale(BallastError):
    """A quote, price or version is too old to act on: read again."""

    reason = "STALE"

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(f"{what} is stale: needs {expected}, found {found}", what=what, expected=expected, found=found)


class LimitReached(BallastError):
    """Too much too fast: wait `retry_after_s` seconds."""

    reason = "LIMIT_REACHED"

    def __init__(self, limit: str, retry_after_s: int) -> None:
        super().__init__(
            f"{limit} reached: retry after {retry_after_s} s", limit=limit, retry_after_s=str(retry_after_s)
        )
        self.retry_after_s = retry_after_s


class NotAllowed(BallastError):
    """The caller is known but may not do this."""

    reason = "NOT_ALLOWED"


class NotRecognised(BallastError):
    """The caller is not known: other credentials."""

    reason = "NOT_RECOGNISED"


class Unreachable(BallastError):
    """The other side could not be reached, and it is proved that nothing was sent: retry."""

    reason = "UNREACHABLE"


class InvariantError(BallastError):
    """Something that can never be true is: trading halts and an operator is called."""

    reason = "INVARIANT"
