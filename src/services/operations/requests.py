"""The vault's requests that nobody has finished with."""

from ballast.ports.vault_contract import VaultRequest
from ballast.services.desk import Desk

PAGE = 100


async def open_requests(desk: Desk) -> tuple[VaultRequest, ...]:
    """Return the requests that are not fulfilled, in the contract's order, remembering where the finished ones end."""
    found: list[VaultRequest] = []
    position = desk.finished_requests
    while True:
        page = await desk.vault.requests(position, PAGE)
        for request in page:
            position += 1
            if not request.fulfilled:
                found.append(request)
            elif not found:
                desk.finished_requests = position
        if len(page) < PAGE:
            return tuple(found)
