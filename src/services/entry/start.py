"""Start an entry for a deposit: check it, then record the operation. Nothing is sent here."""

from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.kernel.identity import check_request_id
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.ledger.postings import deposit_entry
from ballast.ports.vault_contract import Finality, RequestKind, VaultRequest
from ballast.services.desk import Desk
from ballast.services.operations.open import check_none_open, open_operation, recall

ACTOR = "entry"


async def check(desk: Desk, key: str) -> VaultRequest:
    """Return a deposit that may be entered now; raises NotKnown, InvalidInput or RuleBroken saying why not."""
    desk.check_running(ACTOR)
    request = await desk.vault.request(key)
    if request.kind is not RequestKind.DEPOSIT or request.amount.asset is not BTC:
        raise InvalidInput("deposit", "a deposit request", request.kind.value)
    if request.fulfilled or key in desk.state.subjects:
        raise RuleBroken("deposit", "one that nobody works on", f"{key} has been taken up")
    if request.finality is Finality.SEEN:
        raise RuleBroken("deposit", "confirmed on chain", request.finality.value)
    low, high = desk.settings.deposit_btc_min, desk.settings.deposit_btc_max
    if not low <= request.amount.quantity <= high:
        raise RuleBroken("deposit", f"{low} to {high} BTC", str(request.amount))
    check_none_open(desk, OperationKind.ENTRY, OperationKind.EXIT)
    await desk.observe()
    return request


async def start(desk: Desk, request_id: str, key: str, *, validate_only: bool = False) -> OperationRecord | None:
    """Start an entry on a caller's behalf; the same request id gets the same operation. None when only validated."""
    check_request_id(request_id)
    await desk.refresh()
    known = recall(desk, request_id, ACTOR, key)
    if known is not None:
        return known
    request = await check(desk, key)
    if validate_only:
        return None
    return desk.state.operation(await _open(desk, request, request_id))


async def start_next(desk: Desk, requests: tuple[VaultRequest, ...]) -> str | None:
    """Start the oldest deposit that can be entered now, if any; returns the operation's id."""
    for request in requests:
        if request.kind is RequestKind.DEPOSIT and not request.fulfilled and request.key not in desk.state.subjects:
            try:
                await check(desk, request.key)
            except RuleBroken:
                continue
            return await _open(desk, request, "")
    return None


async def _open(desk: Desk, request: VaultRequest, request_id: str) -> str:
    return await open_operation(
        desk, OperationKind.ENTRY, request.key, request.amount,
        tranches=desk.settings.tranches, entry=deposit_entry(request.amount),
        request_id=request_id, content=(ACTOR, request.key),
    )  # fmt: skip
