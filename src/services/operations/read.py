"""Reading operations: one, or a page of them."""

from attrs import frozen

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk

PAGE_MAX = 500
WATCH_S = 1.0


@frozen
class Page:
    """Operations, newest first; `next_token` is empty on the last page."""

    operations: tuple[OperationRecord, ...]
    next_token: str


async def get(desk: Desk, operation_id: str) -> OperationRecord:
    """Return one operation; raises NotKnown."""
    await desk.refresh()
    return desk.state.operation(operation_id)


async def list_operations(
    desk: Desk, kinds: tuple[OperationKind, ...], page_size: int, page_token: str, *, open_only: bool = False
) -> Page:
    """Return a page of the operations of some kinds (none = all), of those the state keeps.

    `page_size` is 1 to 500, 0 means 50; `page_token` is the last page's `next_token`. Raises InvalidInput otherwise.
    """
    if not 0 <= page_size <= PAGE_MAX:
        raise InvalidInput("page_size", f"0 to {PAGE_MAX}", str(page_size))
    await desk.refresh()
    everything = [*desk.state.operations.values(), *(() if open_only else desk.state.closed.values())]
    found = [operation for operation in everything if not kinds or operation.kind in kinds]
    found.sort(key=lambda operation: (operation.opened_at, operation.id), reverse=True)
    start = _start(found, page_token)
    page = tuple(found[start : start + (page_size or 50)])
    more = start + len(page) < len(found)
    return Page(page, page[-1].id if more else "")


def _start(found: list[OperationRecord], page_token: str) -> int:
    if not page_token:
        return 0
    for index, operation in enumerate(found):
        if operation.id == page_token:
            return index + 1
    raise InvalidInput("page_token", "the next_token of an earlier page", repr(page_token[:80]))
