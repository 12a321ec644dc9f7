"""Which withdrawals may be served now, and what they own."""

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, SHARE
from ballast.domain.kernel.errors import InvalidInput, RuleBroken
from ballast.domain.kernel.number import ROUND_DOWN, divide
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.ports.vault_contract import Finality, RequestKind, VaultRequest
from ballast.services.desk import Desk
from ballast.services.operations import start as starting
from ballast.services.operations.open import check_none_open
from ballast.services.operations.redeem import jlp_free
from ballast.services.operations.start import Starter, Terms


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
    desk.check_running("exit")
    request = await desk.vault.request(key)
    if request.kind is not RequestKind.WITHDRAWAL or request.amount.asset is not SHARE:
        raise InvalidInput("withdrawal", "a withdrawal request", request.kind.value)
    if request.fulfilled or key in desk.state.subjects:
        raise RuleBroken("withdrawal", "one that nobody works on", f"{key} has been taken up")
    if request.finality is not Finality.FINAL:
        raise RuleBroken("withdrawal", "final on chain", request.finality.value)
    check_none_open(desk, OperationKind.ENTRY, OperationKind.EXIT, OperationKind.REBALANCE)
    jlp_of(desk, request.amount)
    low, price = desk.settings.withdrawal_btc_min, desk.share_price_btc((await desk.observe()).marks)
    if request.amount.quantity * price < low:
        raise RuleBroken("withdrawal", f"shares worth {low} BTC at {price:.8f} BTC each", str(request.amount))
    return request


async def _terms(desk: Desk, request: VaultRequest) -> Terms:
    return Terms(jlp=jlp_of(desk, request.amount))


STARTER = Starter(OperationKind.EXIT, RequestKind.WITHDRAWAL, check, _terms)


async def start(desk: Desk, request_id: str, key: str, *, validate_only: bool = False) -> OperationRecord | None:
    """Start an exit on a caller's behalf; the same request id gets the same operation. None when only validated."""
    return await starting.start(desk, STARTER, request_id, key, validate_only=validate_only)
