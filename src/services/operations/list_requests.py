"""Listing what users asked of the vault contract, with what became of it."""

from attrs import frozen

from ballast.ports.vault_contract import RequestKind, VaultRequest
from ballast.services.desk import Desk
from ballast.services.paging import page_size_of, position_of

_POSITION_MAX = 10**18 - 1


@frozen
class RequestPage:
    """Requests in the contract's order, each with the id of its operation, empty for none.

    `next_token` is empty on the last page; a page may be short or empty before that.
    """

    requests: tuple[tuple[VaultRequest, str], ...]
    next_token: str


async def list_requests(desk: Desk, kind: RequestKind, page_size: int, page_token: str) -> RequestPage:
    """Return those of one kind among the next `page_size` requests of the contract.

    `page_size` is 1 to 500, 0 means 50; `page_token` is the last page's `next_token`. Raises InvalidInput otherwise.
    """
    size = page_size_of(page_size)
    position = position_of(page_token, otherwise=0, most=_POSITION_MAX)
    await desk.refresh()
    page = await desk.vault.requests(position, size)
    subjects = desk.state.subjects
    found = tuple((request, subjects.get(request.key, "")) for request in page if request.kind is kind)
    return RequestPage(found, str(page[-1].position) if len(page) == size else "")
