"""Opening an operation once: the answer to a repeated request is the first answer."""

from collections.abc import Sequence
from decimal import Decimal

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import IdReused, RuleBroken
from ballast.domain.kernel.events import Event
from ballast.domain.kernel.identity import digest, operation_id
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.entry import Entry
from ballast.domain.ledger.events import OperationKind, OperationOpened
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk


def recall(desk: Desk, request_id: str, *content: str) -> OperationRecord | None:
    """Return the operation a request id opened before; raises IdReused when it was asked with other content."""
    known = desk.state.requests.get(request_id)
    if known is None:
        return None
    if known[0] != digest(*content):
        raise IdReused(request_id)
    return desk.state.operation(known[1])


def check_none_open(desk: Desk, *kinds: OperationKind) -> None:
    """Raise RuleBroken while an operation of one of the kinds is open: money moves one way at a time."""
    for operation in desk.state.open_of(*kinds):
        raise RuleBroken("one at a time", f"no open {operation.kind.value}", f"{operation.kind.value} {operation.id}")


async def open_operation(
    desk: Desk,
    kind: OperationKind,
    subject: str,
    amount: Amount,
    *,
    tranches: int = 1,
    jlp: Amount | None = None,
    entry: Entry = Entry(()),
    share_nav_btc: Decimal = ZERO,
    request_id: str = "",
    content: Sequence[str] = (),
    also: Sequence[Event] = (),
) -> str:
    """Record an operation, decided on the state as it is now; returns its id.

    `subject` makes the id: the same cause is the same operation. Raises Stale when the state moved meanwhile.
    """
    made = operation_id(kind.prefix, subject)
    opened = OperationOpened(
        made,
        kind,
        subject,
        request_id,
        digest(*content) if request_id else "",
        amount,
        tranches,
        jlp,
        entry,
        share_nav_btc,
    )
    await desk.record(kind.actor, [opened, *also], made, decided_at=desk.state.sequence)
    return made
