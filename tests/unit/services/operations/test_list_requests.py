"""Users' requests with what became of them."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.builders import START, USER, Stage, desk_at, stage
from tests.unit.services.records import ID, opened

from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import SHARE
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.vault_contract import RequestKind
from ballast.services.desk import Desk
from ballast.services.operations.list_requests import list_requests

DEPOSIT, WITHDRAWAL = RequestKind.DEPOSIT, RequestKind.WITHDRAWAL


def built() -> tuple[Desk, Stage]:
    clock = MemoryClock(START)
    arranged = stage(clock)
    return desk_at(clock, arranged.world), arranged


async def test_pages_list_every_deposit_once_in_the_contracts_order() -> None:
    desk, arranged = built()
    keys = [arranged.deposit(btc) for btc in ("1", "2", "3", "4", "5")]
    seen: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        page = await list_requests(desk, DEPOSIT, 2, token)
        seen += [request.key for request, _ in page.requests]
        token, pages = page.next_token, pages + 1
    assert (seen, pages) == (keys, 3)


async def test_a_request_that_was_undone_makes_no_page_repeat_another() -> None:
    desk, arranged = built()
    arranged.deposit("1")
    arranged.world.parts["vault"].books.reorganise(START)
    keys = [arranged.deposit(btc) for btc in ("2", "3", "4")]
    first = await list_requests(desk, DEPOSIT, 2, "")
    second = await list_requests(desk, DEPOSIT, 2, first.next_token)
    assert [request.key for request, _ in (*first.requests, *second.requests)] == keys


async def test_a_request_has_the_operation_that_was_started_for_it() -> None:
    desk, arranged = built()
    taken, waiting = arranged.deposit("1"), arranged.deposit("2")
    await desk.record("entry", [evolve(opened(), subject=taken)], ID)
    page = await list_requests(desk, DEPOSIT, 0, "")
    assert [(request.key, operation) for request, operation in page.requests] == [(taken, ID), (waiting, "")]


async def test_requests_of_the_other_kind_are_left_out() -> None:
    desk, arranged = built()
    arranged.deposit("1")
    assert (await list_requests(desk, WITHDRAWAL, 0, "")).requests == ()
    books = arranged.world.parts["vault"].books
    books.shares[USER] = Decimal(1)
    key = arranged.world.call("vault", "request_withdrawal", USER, Amount(SHARE, Decimal(1)))
    page = await list_requests(desk, WITHDRAWAL, 0, "")
    assert [request.key for request, _ in page.requests] == [key]


@pytest.mark.parametrize(("size", "token"), [(-1, ""), (501, ""), (1, "x"), (1, "9" * 30)])
async def test_a_page_that_cannot_be_is_refused(size: int, token: str) -> None:
    desk, _ = built()
    with pytest.raises(InvalidInput):
        await list_requests(desk, DEPOSIT, size, token)
