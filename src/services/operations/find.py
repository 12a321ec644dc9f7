"""Operations of known kinds: an id of another kind names nothing to the service that was asked."""

from collections.abc import AsyncIterator

from ballast.domain.kernel.errors import NotKnown
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.read import get, watch


async def find(desk: Desk, kind: OperationKind, operation_id: str) -> OperationRecord:
    """Return one operation; raises NotKnown, also for an operation of another kind."""
    operation = await get(desk, operation_id)
    if operation.kind is not kind:
        raise NotKnown(kind.value, operation_id)
    return operation


async def follow(desk: Desk, kind: OperationKind, operation_id: str) -> AsyncIterator[OperationRecord]:
    """Yield an operation now and after each change, until it has ended; raises NotKnown as `find` does."""
    await find(desk, kind, operation_id)
    async for operation in watch(desk, operation_id):
        yield operation
