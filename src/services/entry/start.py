"""Which deposits may be entered now."""

from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.domain.ledger.postings import deposit_entry
from ballast.ports.vault_contract import Finality, RequestKind, VaultRequest
from ballast.services.desk import Desk
from ballast.services.operations import start as starting
from ballast.services.operations.open import check_none_open
from ballast.services.operations.start import Starter, Terms


async def check(desk: Desk, key: str) -> VaultRequest:
    """Return a deposit that may be entered now; raises NotKnown, InvalidInput or RuleBroken saying why not."""
    desk.check_running("entry")
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


async def _terms(desk: Desk, request: VaultRequest) -> Terms:
    marks = (await desk.observe()).marks
    return Terms(entry=deposit_entry(request.amount), share_nav_btc=desk.share_nav_btc(marks))


STARTER = Starter(OperationKind.ENTRY, RequestKind.DEPOSIT, check, _terms)


async def start(desk: Desk, request_id: str, key: str, *, validate_only: bool = False) -> OperationRecord | None:
    """Start an entry on a caller's behalf; the same request id gets the same operation. None when only validated."""
    return await starting.start(desk, STARTER, request_id, key, validate_only=validate_only)
