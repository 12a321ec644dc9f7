"""The vault's requests that nobody has finished with."""

from ballast.ports.vault_contract import VaultRequest
from ballast.services.desk import Desk

PAGE = 100


async def open_requests(desk: Desk) -> tuple[VaultRequest, ...]:
    """Return the requests that are not fulfilled, in the contract's order, remembering where the finished ones end.

    Services that ask at the same moment share one answer, until one of them has done something.
    """
    now = desk.clock.now()
    if desk.listed is not None and desk.listed[0] == now:
        return desk.listed[1]
    found: list[VaultRequest] = []
    position = desk.finished_requests
    while True:
        page = await desk.vault.requests(position, PAGE)
        for request in page:
            position = request.position
            if not request.fulfilled:
                found.append(request)
            elif not found:
                desk.finished_requests = position
        if len(page) < PAGE:
            break
    desk.listed = now, tuple(found)
    return desk.listed[1]
