"""Several processes over one file see one world, and a killed process finds it again."""

import os
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.worlds import SETTINGS, START, DriftMarket, VenueStub, five_token_pool

from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator import shared
from ballast.adapters.simulator.shared import SharedWorld
from ballast.adapters.simulator.world import World
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, SHARE, USDC
from ballast.domain.kernel.errors import InvalidInput, InvariantError, NotKnown, RuleBroken, Unreachable
from ballast.ports.treasury import Mint, Redeem, Remit
from ballast.ports.vault_contract import Forward, Release

ONE_BTC = Amount(BTC, Decimal(1))


@define
class Member:
    """One process's copy of the world, with its own clock."""

    world: SharedWorld
    clock: MemoryClock

    def at(self, seconds: int) -> SharedWorld:
        self.clock.advance(max(timedelta(0), START + timedelta(seconds=seconds) - self.clock.now()))
        return self.world


def member(path: Path, identity: str = "small") -> Member:
    """Open the world in a file as another process would."""
    clock = MemoryClock(START)

    def built(start: datetime) -> World:
        world = World(clock, DriftMarket(), five_token_pool(fee_apr_bps=900), SETTINGS, seed=1, start=start)
        world.attach("venue", VenueStub(world.parts["transit"].depart))
        return world

    return Member(SharedWorld.open(path, clock, identity, built), clock)


def seen(world: SharedWorld) -> tuple[object, ...]:
    """Everything a port could read."""
    return (
        world.call("pool", "state"),
        world.call("treasury", "balances"),
        world.call("vault", "totals"),
        world.call("vault", "requests", 0, 500),
        *(world.call("transit", "total", asset) for asset in (BTC, USDC)),
        world.now,
    )


def kept(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return [row[0] for row in connection.execute("SELECT method FROM commands ORDER BY position")]


def test_what_one_process_does_another_sees(tmp_path: Path) -> None:
    one, two = member(tmp_path / "world.db"), member(tmp_path / "world.db")
    key = one.world.call("vault", "deposit", "anna", ONE_BTC)
    assert two.world.call("vault", "request", key).owner == "anna"
    two.at(200).call("vault", "submit", "a", Release(key))
    one.at(215).call("vault", "submit", "b", Forward(ONE_BTC))
    assert two.at(230).call("vault", "progress", "b").sent == ONE_BTC
    assert seen(one.at(900)) == seen(two.at(900))


def test_time_is_never_before_what_another_process_has_seen(tmp_path: Path) -> None:
    ahead, behind = member(tmp_path / "world.db"), member(tmp_path / "world.db")
    ahead.at(600).call("vault", "totals")
    assert behind.world.now == START + timedelta(seconds=600)
    key = behind.world.call("vault", "deposit", "anna", ONE_BTC)
    assert ahead.world.call("vault", "request", key).time == START + timedelta(seconds=600)


def test_a_world_that_is_opened_again_is_the_same(tmp_path: Path) -> None:
    first = member(tmp_path / "world.db")
    first.at(100).call("treasury", "submit", "a", Mint(Amount(USDC, Decimal(1000)), Amount(JLP, Decimal(1))))
    first.at(600).call("treasury", "progress", "a")
    expected = seen(first.world)
    first.world.close()
    assert seen(member(tmp_path / "world.db").at(600)) == expected


def test_a_refused_call_is_refused_to_its_caller_and_repeated_without_harm(tmp_path: Path) -> None:
    one, two = member(tmp_path / "world.db"), member(tmp_path / "world.db")
    with pytest.raises(RuleBroken, match="shares of anna"):
        one.world.call("vault", "request_withdrawal", "anna", Amount(SHARE, Decimal(1)))
    with pytest.raises(NotKnown):
        one.world.call("vault", "request", "1:vault:1")
    assert seen(one.world) == seen(two.world)
    assert kept(tmp_path / "world.db") == ["request_withdrawal"]


def test_reads_are_not_kept(tmp_path: Path) -> None:
    one = member(tmp_path / "world.db")
    seen(one.world)
    one.world.call("prices", "read")
    assert kept(tmp_path / "world.db") == []


def test_what_cannot_be_written_down_is_refused_before_it_happens(tmp_path: Path) -> None:
    one = member(tmp_path / "world.db")
    with pytest.raises(InvalidInput, match="argument"):
        one.world.call("vault", "deposit", "anna", 1.5)
    assert kept(tmp_path / "world.db") == []
    assert seen(one.world) == seen(member(tmp_path / "world.db").world)


def test_a_copy_that_stopped_half_way_answers_nothing_more(tmp_path: Path) -> None:
    one = member(tmp_path / "world.db")
    with pytest.raises(AttributeError):
        one.world.call("vault", "no_such_method")
    with pytest.raises(InvariantError, match="open it again"):
        one.world.call("vault", "totals")
    assert kept(tmp_path / "world.db") == []
    assert member(tmp_path / "world.db").world.call("vault", "deposit", "anna", ONE_BTC) == "1:vault:1"


def test_a_file_that_fails_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    one = member(tmp_path / "world.db")
    with sqlite3.connect(tmp_path / "world.db") as connection:
        connection.execute("DROP TABLE commands")
    with pytest.raises(InvariantError, match="no such table"):
        one.world.call("vault", "totals")


def test_a_file_of_another_world_is_refused(tmp_path: Path) -> None:
    member(tmp_path / "world.db")
    with pytest.raises(InvalidInput, match="the world large"):
        member(tmp_path / "world.db", "large")


def test_a_file_that_is_no_world_is_refused(tmp_path: Path) -> None:
    (tmp_path / "world.db").write_text("nothing of the kind" * 100)
    with pytest.raises(InvalidInput, match="a file of a simulated world"):
        member(tmp_path / "world.db")


def test_a_file_that_another_process_holds_is_unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "_BUSY_TIMEOUT_S", 0.01)
    one = member(tmp_path / "world.db")
    holder = sqlite3.connect(tmp_path / "world.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unreachable, match="locked"):
        one.world.call("vault", "deposit", "anna", ONE_BTC)
    holder.execute("ROLLBACK")
    holder.close()
    assert one.world.call("vault", "deposit", "anna", ONE_BTC) == "1:vault:1"


async def test_faults_and_latency_are_each_processs_own(tmp_path: Path) -> None:
    one, two = member(tmp_path / "world.db"), member(tmp_path / "world.db")
    one.world.faults.plan("pool.state", "unreachable")
    await one.world.latency("pool")
    assert two.world.faults.take("pool.state") is None
    assert one.world.faults.take("pool.state") == "unreachable"


_STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 90), st.sampled_from(("read", "deposit", "mint", "redeem", "remit", "go"))),
    max_size=25,
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_copies_that_were_asked_differently_agree(tmp_path: Path, steps: list[tuple[bool, int, str]]) -> None:
    path = tmp_path / "world.db"
    path.unlink(missing_ok=True)
    copies, seconds = (member(path), member(path)), 0
    for number, (which, pause, step) in enumerate(steps):
        seconds += pause
        _act(copies[which].at(seconds), step, f"i{number}")
    assert seen(copies[0].at(seconds)) == seen(copies[1].at(seconds)) == seen(member(path).at(seconds))
    for copy in copies:
        copy.world.close()


def _act(world: SharedWorld, step: str, intent_id: str) -> None:
    usdc, jlp = Amount(USDC, Decimal(1000)), Amount(JLP, Decimal(100))
    match step:
        case "deposit":
            world.call("vault", "deposit", "anna", ONE_BTC)
        case "mint":
            world.call("treasury", "submit", intent_id, Mint(usdc, jlp))
        case "redeem":
            world.call("treasury", "submit", intent_id, Redeem(jlp, Amount(USDC, Decimal(1))))
        case "remit":
            world.call("treasury", "submit", intent_id, Remit(usdc, "venue-usdc"))
        case "go":
            for number in range(25):
                world.call("treasury", "progress", f"i{number}")
        case _:
            seen(world)


_CHILD = """
import sys
from pathlib import Path
from tests.unit.adapters.simulator.test_shared import ONE_BTC, member
own = member(Path(sys.argv[1]))
for number in range(100_000):
    print(own.at(number * 7).call("vault", "deposit", sys.argv[2], ONE_BTC), flush=True)
"""


def _child(path: Path, user: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _CHILD, str(path), user]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603 (ourselves)


def test_processes_that_are_killed_leave_one_world_with_all_they_were_told(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    with _child(path, "anna") as anna, _child(path, "ben") as ben:
        told = [_line(child) for child in (anna, ben) for _ in range(30)]
        for child in (anna, ben):
            child.kill()
            assert child.stdout is not None
            told += child.stdout.read().split()
    again = member(path)
    keys = {request.key for request in again.world.call("vault", "requests", 0, 500)}
    assert len(set(told)) == len(told) >= 60
    assert len(keys) == 500 or set(told) <= keys
    assert seen(again.world) == seen(member(path).world)


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()
