"""One simulated world for several processes, and for the same process after a kill.

The world is a function of its seed, its inputs and the calls made to it. So the file holds the calls that change it,
each with its time, in one order for everybody; every process keeps its own copy of the world and brings it up to date
before each call. Opening the file again replays it from the start.
"""

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from ballast.adapters.common.codec import encode, parsed, structured, time_of, time_text
from ballast.adapters.simulator.faults import Faults
from ballast.adapters.simulator.world import World
from ballast.domain.execution.order import Order
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.errors import BallastError, InvalidInput, InvariantError, Unreachable
from ballast.ports.clock import Clock
from ballast.ports.treasury import Mint, Redeem, Remit
from ballast.ports.vault_contract import Forward, FulfilDeposit, FulfilWithdrawal, Release
from ballast.ports.venue import WalletTransfer, Withdrawal

# Calls that change nothing but the world's time; everything else is kept.
READS = frozenset(
    {"account", "balances", "book", "credited", "income", "instruments", "order", "read", "request", "requests",
     "state", "total", "totals"}
)  # fmt: skip
_PLAIN_TYPES = (str, int)
_ARGUMENT_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Amount, Order, Mint, Redeem, Remit, Release, Forward, FulfilDeposit, FulfilWithdrawal,
        WalletTransfer, Withdrawal,
    )
}  # fmt: skip
_BUSY_TIMEOUT_S = 5
_TABLES = (
    "CREATE TABLE IF NOT EXISTS world (identity TEXT NOT NULL, start TEXT NOT NULL, time TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS commands (position INTEGER PRIMARY KEY, time TEXT NOT NULL, part TEXT NOT NULL,
       method TEXT NOT NULL, arguments TEXT NOT NULL) STRICT""",
)


class SharedWorld:
    """The protocol of World over a file that several processes share; faults and latency are each process's own."""

    def __init__(self, connection: sqlite3.Connection, world: World) -> None:
        self._connection = connection
        self._world = world
        self._applied = 0
        self._exact = True

    @classmethod
    def open(cls, path: Path, clock: Clock, identity: str, build: Callable[[datetime], World]) -> "SharedWorld":
        """Open or begin the world in a file; `build(start)` makes it as it was at its start.

        `identity` says what it is made of (seed, inputs, settings). Raises InvalidInput for a file that holds another
        world or none at all, Unreachable when another process keeps it locked.
        """
        connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        try:
            # SQLite does not wait for this lock. Whoever holds it is changing the mode, for every process; and in
            # the old mode the file is only slower.
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            with _transaction(connection):
                start = _start(connection, path, clock, identity)
        except sqlite3.DatabaseError as failure:
            connection.close()
            raise InvalidInput(str(path), "a file of a simulated world", str(failure)) from failure
        except BallastError:
            connection.close()
            raise
        return cls(connection, build(start))

    @property
    def faults(self) -> Faults:
        """Return the faults of this process."""
        return self._world.faults

    @property
    def now(self) -> datetime:
        """Return the world's present: the clock's, never before what any process has seen."""
        with self._turn() as now:
            return now

    def call(self, part: str, method: str, *args: object) -> Any:
        """Bring the world up to date and run a method of a part at the present, seen by every process.

        Raises what the method raises; Unreachable when another process keeps the file locked, nothing was done then;
        InvariantError when the file fails or this copy of the world can no longer be relied on.
        """
        with self._turn() as now:
            self._connection.execute("UPDATE world SET time = ?", (time_text(now),))
            if method not in READS:
                self._keep(now, part, method, args)
            self._exact = False
            result, refusal = None, None
            try:
                result = self._world.run(now, part, method, *args)
            except BallastError as error:
                # A refused call is kept like any other: the other copies must repeat it to stay equal.
                refusal = error
        self._exact = True
        if refusal is not None:
            raise refusal
        return result

    def part(self, name: str) -> Any:
        """Return a part of this process's copy, as the last call left it: the world's own truth, for tests."""
        return self._world.parts[name]

    async def latency(self, part: str) -> None:
        """Wait as long as a call to a part takes."""
        await self._world.latency(part)

    def close(self) -> None:
        """Let go of the file; may be repeated."""
        self._connection.close()

    @contextmanager
    def _turn(self) -> Generator[datetime]:
        """Hold the file alone, with the world up to date, at the present."""
        if not self._exact:
            raise InvariantError("this copy of the simulated world stopped half-way through a call: open it again")
        try:
            with _transaction(self._connection):
                yield self._catch_up()
        except sqlite3.Error as failure:
            raise InvariantError(f"simulated world: {failure}") from failure

    def _catch_up(self) -> datetime:
        query = "SELECT position, time, part, method, arguments FROM commands WHERE position > ? ORDER BY position"
        for position, time, part, method, arguments in self._connection.execute(query, (self._applied,)):
            args = tuple(_decoded(arguments))
            # Whoever made the call has met its error; here only its effect matters.
            with suppress(BallastError):
                self._world.run(time_of(time), part, method, *args)
            self._applied = position
        (seen,) = self._connection.execute("SELECT time FROM world").fetchone()
        return max(self._world.now, time_of(seen))

    def _keep(self, now: datetime, part: str, method: str, args: tuple[object, ...]) -> None:
        row = (self._applied + 1, time_text(now), part, method, _encoded(args))
        self._connection.execute("INSERT INTO commands VALUES (?, ?, ?, ?, ?)", row)
        self._applied += 1


def _start(connection: sqlite3.Connection, path: Path, clock: Clock, identity: str) -> datetime:
    for table in _TABLES:
        connection.execute(table)
    row = connection.execute("SELECT identity, start FROM world").fetchone()
    if row is None:
        start = clock.now()
        connection.execute("INSERT INTO world VALUES (?, ?, ?)", (identity, time_text(start), time_text(start)))
        return start
    if row[0] != identity:
        raise InvalidInput(str(path), f"the world {identity}", row[0])
    return time_of(row[1])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Hold the file alone; commit unless something is raised. Raises Unreachable when another process holds it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as failure:
        raise Unreachable(f"simulated world: {failure}") from failure
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _encoded(args: tuple[object, ...]) -> str:
    return "[" + ",".join(map(_argument_text, args)) + "]"


def _argument_text(argument: object) -> str:
    """Return a text or whole number as plain JSON, anything else as {"ClassName": {fields}}."""
    if type(argument) in _PLAIN_TYPES:
        return encode(argument)
    name = type(argument).__name__
    if _ARGUMENT_TYPES.get(name) is not type(argument):
        raise InvalidInput("argument", "a text, a whole number or one of " + ", ".join(_ARGUMENT_TYPES), name)
    return f'{{"{name}":{encode(argument)}}}'


def _decoded(text: str) -> Iterator[object]:
    for argument in cast("list[object]", parsed(text, "arguments")):
        if type(argument) in _PLAIN_TYPES:
            yield argument
        else:
            [(name, data)] = cast("dict[str, object]", argument).items()
            yield structured(data, _ARGUMENT_TYPES[name])
