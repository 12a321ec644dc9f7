"""A process that dies at any call is carried on by the next one: nothing sent twice, nothing forgotten."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import define
from tests.unit.builders import START, USER, desk_at, stage

from ballast.adapters.simulator.loop import VirtualClock, run_virtual
from ballast.adapters.simulator.world import World
from ballast.adapters.sqlite.database import open_database
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import SHARE
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import OperationKind
from ballast.services.desk import Desk
from ballast.services.operations.reconcile import ours
from ballast.services.runner import SERVICES, Runner

COMMANDS = frozenset({"place", "cancel", "submit", "progress"})
POSITIONS = ("before the effect", "after the effect", "before the record", "after the record")
LASTS = timedelta(minutes=40)
DECISIONS_MIN = 40


class ProcessDied(BaseException):
    """The end of a process, which nothing in it can catch."""


@define
class Fuse:
    """Count the calls that change something and let the process die at one of them."""

    dies_at: int
    position: str
    calls: int = 0

    def step(self, position: str) -> bool:
        """Say whether the process dies here."""
        self.calls += position == self.position
        return position == self.position and self.calls == self.dies_at


@define
class Process:
    """A process that dies once, and does nothing afterwards."""

    fuse: Fuse
    dead: bool = False

    def step(self, position: str) -> None:
        if self.dead or self.fuse.step(position):
            self.dead = True
            raise ProcessDied


@define
class Mortal:
    """A port whose process may die just before or just after a call takes effect."""

    port: Any
    process: Process
    methods: frozenset[str]
    before: str
    after: str

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self.port, name)
        if name not in self.methods:
            if self.process.dead:
                raise ProcessDied
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            self.process.step(self.before)
            result = await method(*args, **kwargs)
            self.process.step(self.after)
            return result

        return call


def mortal(desk: Desk, fuse: Fuse) -> Desk:
    process = Process(fuse)
    for name in ("venue", "treasury", "vault"):
        setattr(desk, name, Mortal(getattr(desk, name), process, COMMANDS, POSITIONS[0], POSITIONS[1]))
    journal: Any = Mortal(desk.journal, process, frozenset({"append"}), POSITIONS[2], POSITIONS[3])
    desk.journal = journal
    return desk


@define
class Life:
    """What was left when everything had been done."""

    calls: int
    deaths: int
    desk: Desk
    world: World


async def live(clock: VirtualClock, store: Path, fuse: Fuse) -> Life:
    """Deposit, withdraw everything, and start a new process over the same store whenever one dies."""
    scene = stage(clock)
    scene.deposit("2")
    database = open_database(store, durable=False)
    deaths, asked = 0, False
    desk = mortal(desk_at(clock, scene.world, database), fuse)
    while clock.now() < START + LASTS:
        died = asyncio.Event()
        runner = Runner(desk, tuple(SERVICES.values()))
        await runner.start()
        watch = [asyncio.create_task(_announce(task, died)) for task in runner.tasks]
        while clock.now() < START + LASTS and not died.is_set() and not paid_out(scene.world, desk):
            await clock.sleep(1)
            shares = scene.world.parts["vault"].books.shares.get(USER, ZERO)
            if shares and not asked:
                asked = True
                scene.world.call("vault", "request_withdrawal", USER, Amount(SHARE, shares))
        for task in (*runner.tasks, *watch):
            task.cancel()
        await asyncio.gather(*runner.tasks, *watch, return_exceptions=True)
        if not died.is_set():
            break
        deaths += 1
        desk = mortal(desk_at(clock, scene.world, database), fuse)
    last = desk_at(clock, scene.world, database)
    await last.recover()
    database.close()
    return Life(fuse.calls, deaths, last, scene.world)


def paid_out(world: World, desk: Desk) -> bool:
    return bool(world.parts["vault"].books.claims_btc) and not desk.state.operations


async def _announce(task: "asyncio.Task[None]", died: asyncio.Event) -> None:
    try:
        await asyncio.shield(task)
    except ProcessDied:
        died.set()


def check_whole(life: Life) -> None:
    """Everything ended once: paid out, closed, the record equal to the outside, no id accepted twice."""
    state = life.desk.state
    assert not state.operations
    assert [record.kind for record in state.closed.values() if record.kind is OperationKind.ENTRY] != []
    exits = [record for record in state.closed.values() if record.kind is OperationKind.EXIT]
    assert len(exits) == 1
    payout = exits[0].payout
    assert payout is not None
    books = life.world.parts["vault"].books
    assert books.claims_btc == {USER: payout.payout.quantity}
    assert books.share_supply == 0
    assert life.world.parts["venue"].repeated_ids == 0
    assert payout.payout.quantity > Decimal("1.97")
    assert not {asset for asset, quantity in state.own.items() if quantity}
    for place_asset, quantity in ours(life.desk).items():
        assert isinstance(quantity, Decimal), place_asset
    sums: dict[object, Decimal] = {}
    for (_, asset), quantity in state.balances.items():
        sums[asset] = sums.get(asset, ZERO) + quantity
    assert not any(sums.values())


def run(store: Path, position: str, dies_at: int) -> Life:
    return run_virtual(lambda clock: live(clock, store, Fuse(dies_at, position)), START)


def test_an_undisturbed_life_ends_whole(tmp_path: Path) -> None:
    life = run(tmp_path / "store", POSITIONS[0], 0)
    assert life.deaths == 0
    check_whole(life)


@pytest.mark.parametrize("position", POSITIONS)
def test_a_death_at_any_command_changes_nothing_in_the_end(position: str, tmp_path: Path) -> None:
    calls = run(tmp_path / "count", position, 0).calls
    assert calls > DECISIONS_MIN
    for dies_at in range(1, calls + 1):
        life = run(tmp_path / str(dies_at), position, dies_at)
        assert life.deaths == 1, dies_at
        check_whole(life)
