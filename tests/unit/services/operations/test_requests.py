"""Which of the vault's requests are still to be dealt with."""

from decimal import Decimal

from tests.unit.services.scenes import Scene, play

from ballast.ports.vault_contract import RequestKind
from ballast.services.operations.requests import open_requests

D = Decimal


async def waiting(scene: Scene) -> list[tuple[str, RequestKind]]:
    await scene.wait(1)
    return [(request.key, request.kind) for request in await open_requests(scene.desk)]


def test_a_request_that_has_to_wait_is_not_forgotten_when_later_ones_are_served() -> None:
    async def story(scene: Scene) -> None:
        first = scene.deposit("0.009")
        await scene.entered("2")
        await scene.entered("1")
        assert await waiting(scene) == [(first, RequestKind.DEPOSIT)]
        assert scene.desk.finished_requests == 0

    play(story, running=("entry",))


def test_what_is_served_up_to_the_first_that_waits_is_not_read_again() -> None:
    async def story(scene: Scene) -> None:
        await scene.entered("2")
        await scene.entered("1")
        later = scene.withdraw(D(1))
        assert await waiting(scene) == [(later, RequestKind.WITHDRAWAL)]
        assert scene.desk.finished_requests == 2

    play(story, running=("entry",))


def test_more_requests_than_a_page_holds_are_all_seen_in_their_order() -> None:
    async def story(scene: Scene) -> None:
        keys = [scene.deposit("0.001") for _ in range(230)]
        assert [key for key, _ in await waiting(scene)] == keys

    play(story, running=())
