"""Starting an operation for a vault request: on a caller's behalf, or the next one that waits."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import RuleBroken
from ballast.domain.kernel.identity import check_request_id
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import Entry
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.ports.vault_contract import RequestKind, VaultRequest
from ballast.services.desk import Desk
from ballast.services.operations.open import open_operation, recall
from ballast.services.operations.requests import open_requests


@frozen
class Terms:
    """What opening needs besides the request itself; the fields are those of OperationOpened."""

    jlp: Amount | None = None
    entry: Entry = Entry(())
    share_nav_btc: Decimal = ZERO


@frozen
class Starter:
    """How one service takes up requests.

    `check` returns a request that may be taken up now, or raises NotKnown, InvalidInput or RuleBroken saying why not;
    `terms` says what to open it with.
    """

    kind: OperationKind
    request_kind: RequestKind
    check: Callable[[Desk, str], Awaitable[VaultRequest]]
    terms: Callable[[Desk, VaultRequest], Awaitable[Terms]]


async def start(
    desk: Desk, starter: Starter, request_id: str, key: str, *, validate_only: bool
) -> OperationRecord | None:
    """Record an operation on a caller's behalf; the same request id gets the same one. None when only validated.

    Nothing is sent here. Raises IdReused for a request id with other content, and what `check` raises.
    """
    check_request_id(request_id)
    await desk.refresh()
    known = recall(desk, request_id, starter.kind.value, key)
    if known is not None:
        return known
    request = await starter.check(desk, key)
    if validate_only:
        return None
    return desk.state.operation(await _open(desk, starter, request, request_id))


async def start_next(desk: Desk, starter: Starter) -> str | None:
    """Open the oldest request that can be taken up now, if any; the others' reasons are kept for whoever asks."""
    for request in await open_requests(desk):
        if request.kind is starter.request_kind and not request.fulfilled and request.key not in desk.state.subjects:
            try:
                await starter.check(desk, request.key)
            except RuleBroken as why:
                desk.waiting[request.key] = str(why)
            else:
                desk.waiting.pop(request.key, None)
                return await _open(desk, starter, request, "")
    return None


async def _open(desk: Desk, starter: Starter, request: VaultRequest, request_id: str) -> str:
    terms = await starter.terms(desk, request)
    return await open_operation(
        desk,
        starter.kind,
        request.key,
        request.amount,
        tranches=desk.settings.tranches,
        jlp=terms.jlp,
        entry=terms.entry,
        share_nav_btc=terms.share_nav_btc,
        request_id=request_id,
        content=(starter.kind.value, request.key),
    )
