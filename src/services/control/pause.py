"""The kill switch: pause and resume everything, a service, the venue, or one operation."""

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.identity import check_request_id
from ballast.domain.ledger.events import PauseSet
from ballast.services.desk import Desk

SCOPES = ("all", "venue", "entry", "exit", "exposure", "fee_hedge", "rebalance", "reserve")
_REASON_LENGTH_MAX = 500


async def set_pause(desk: Desk, request_id: str, actor: str, scope: str, reason: str, *, paused: bool) -> None:
    """Pause or resume a scope; saying it again changes nothing. Raises InvalidInput for an unknown scope or no reason.

    An operation's scope is "operation:ID"; resuming it lets a parked operation try again.
    """
    check_request_id(request_id)
    await desk.refresh()
    known = scope in SCOPES or scope in {f"operation:{operation}" for operation in desk.state.operations}
    if not known:
        raise InvalidInput("scope", "one of " + ", ".join(SCOPES) + " or operation:ID of an open one", repr(scope[:80]))
    if not 1 <= len(reason) <= _REASON_LENGTH_MAX:
        raise InvalidInput("reason", f"1 to {_REASON_LENGTH_MAX} characters", f"{len(reason)} characters")
    if (scope in desk.state.paused) != paused:
        await desk.record(actor, [PauseSet(scope, paused=paused, reason=reason)])
    if not paused:
        await desk.clear(actor, scope)
