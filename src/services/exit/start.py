"""Start an exit for a withdrawal request: check it, then record the operation. Nothing is sent here."""

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, SHARE
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.kernel.identity import check_request_id
from ballast.domain.kernel.number import ROUND_DOWN, divide
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.ports.vault_contract import Finality, RequestKind, VaultRequest
from ballast.services.desk import Desk
from ballast.services.operations.open import check_none_open, open_operation, recall
from ballast.services.operations.redeem import jlp_free

ACTOR = "exit"


def jlp_of(desk: Desk, shares: Amount) -> Amount:
    """Return the JLP that a number of shares owns, rounded down; all of it for all shares.

    Raises RuleBroken when there are fewer shares than asked for.
    """
    supply = desk.state.share_supply
    if not 0 < shares.quantity <= supply:
        raise RuleBroken("withdrawal", f"more than 0 and at most {supply} shares", str(shares))
    free = jlp_free(desk)
    return Amount(JLP, divide(free.quantity * shares.quantity, supply, JLP.scale, ROUND_DOWN))


async def check(desk: Desk, key: str) -> VaultRequest:
    """Return a withdrawal that may be served now; raises NotKnown, InvalidInput or RuleBroken saying why not."""
    desk.check_running(ACTOR)
    request = await desk.vault.request(key)
    if request.kind is not RequestKind.WITHDRAWAL or request.amount.asset is not SHARE:
        raise InvalidInput("withdrawal", "a withdrawal request", request.kind.value)
    if request.fulfilled or key in desk.state.subjects:
        raise RuleBroken("withdrawal", "one that nobody works on", f"{key} has been taken up")
    if request.finality is not Finality.FINAL:
        raise RuleBroken("withdrawal", "final on chain", request.finality.value)
    check_none_open(desk, OperationKind.ENTRY, OperationKind.EXIT, OperationKind.REBALANCE)
    jlp_of(desk, request.amount)
    await desk.observe()
    return request


async def start(desk: Desk, request_id: str, key: str, *, validate_only: bool = False) -> OperationRecord | None:
    """Start an exit on a caller's behalf; the same request id gets the same operation. None when only validated."""
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
    """Start the oldest withdrawal that can be served now, if any; returns the operation's id."""
    for request in requests:
        if request.kind is RequestKind.WITHDRAWAL and not request.fulfilled and request.key not in desk.state.subjects:
            try:
                await check(desk, request.key)
            except RuleBroken:
                continue
            return await _open(desk, request, "")
    return None


async def _open(desk: Desk, request: VaultRequest, request_id: str) -> str:
    return await open_operation(
        desk, OperationKind.EXIT, request.key, request.amount,
        tranches=desk.settings.tranches, jlp=jlp_of(desk, request.amount),
        request_id=request_id, content=(ACTOR, request.key),
    )  # fmt: skip
