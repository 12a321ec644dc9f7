"""One operation, now or as it goes on; an id of another kind names nothing to the service that was asked."""

from collections.abc import AsyncIterator

from ballast.domain.kernel.errors import NotKnown
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.read import WATCH_S, get


async def find(desk: Desk, operation_id: str, *kinds: OperationKind) -> OperationRecord:
    """Return one operation of some kinds (none = any); raises NotKnown."""
    operation = await get(desk, operation_id)
    if kinds and operation.kind not in kinds:
        raise NotKnown(kinds[0].value, operation_id)
    return operation


async def follow(desk: Desk, operation_id: str, *kinds: OperationKind) -> AsyncIterator[OperationRecord]:
    """Yield an operation now and after each change, also a pause of it, until it has ended; raises as `find`.

    The record goes on changing while whoever reads holds it, so whether it has ended is asked before it is handed out:
    the last thing that is read is always the end.
    """
    told = (-1, False)
    while True:
        operation = await find(desk, operation_id, *kinds)
        ended, news = not operation.open, (operation.revision, f"operation:{operation_id}" in desk.state.paused)
        if news != told:
            told = news
            yield operation
        if ended:
            return
        await desk.clock.sleep(WATCH_S)
