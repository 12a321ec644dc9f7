"""What must outlive the process and the exchange does not keep for us: transfers under our ids, income's numbering.

The exchange knows withdrawals by our id, but transfers between its wallets only by its own; and it lists income without
a running number, for three months. So both are written down here, in one SQLite file that processes may share.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from attrs import frozen

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput, InvariantError
from ballast.ports.venue import Income, IncomeKind

_BUSY_TIMEOUT_S = 5
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS started (only INTEGER PRIMARY KEY CHECK (only = 1), time TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS actions (intent TEXT PRIMARY KEY, way TEXT NOT NULL, asset TEXT NOT NULL,
       quantity TEXT NOT NULL, fee TEXT NOT NULL, sent TEXT NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL,
       venue_id TEXT UNIQUE, reference TEXT NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS income (position INTEGER PRIMARY KEY, venue_id TEXT NOT NULL UNIQUE,
       kind TEXT NOT NULL, coin TEXT NOT NULL, asset TEXT NOT NULL, quantity TEXT NOT NULL,
       time TEXT NOT NULL) STRICT""",
)

# Not INSERT OR REPLACE, which would drop another action that has the same venue_id.
_PUT = """INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (intent) DO UPDATE SET
    way = excluded.way, asset = excluded.asset, quantity = excluded.quantity, fee = excluded.fee, sent = excluded.sent,
    stage = excluded.stage, reason = excluded.reason, venue_id = excluded.venue_id, reference = excluded.reference"""


class Stage(Enum):
    """What is proved of an action."""

    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"


@frozen
class SentAction:
    """One action as it was sent, and what is proved of it.

    `way` is the exchange's word for a transfer's direction, or the address of a withdrawal; `fee` comes on top of
    `amount`; `sent` is by the exchange's clock; `venue_id` is the exchange's own id, None until it is known.
    """

    intent: str
    way: str
    amount: Amount
    fee: Amount
    sent: datetime
    stage: Stage = Stage.SENT
    reason: str = ""
    venue_id: str | None = None
    reference: str = ""


@frozen
class Change:
    """A change of the margin wallet as the exchange lists it, before it has our number; `venue_id` is unique."""

    venue_id: str
    kind: IncomeKind
    coin: Asset
    amount: Amount
    time: datetime


class Memory:
    """The file; every call runs inline, and is on disk when it returns."""

    def __init__(self, path: Path, now: datetime) -> None:
        """Open the file or make it; raises InvalidInput when it cannot be used."""
        try:
            self._connection = sqlite3.connect(path, _BUSY_TIMEOUT_S, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            for statement in _SCHEMA:
                self._connection.execute(statement)
            self._connection.execute("INSERT OR IGNORE INTO started VALUES (1, ?)", (now.isoformat(),))
        except sqlite3.Error as failure:
            raise InvalidInput(f"exchange store {path}", "a writable SQLite file of ours", str(failure)) from failure

    def close(self) -> None:
        """Let go of the file; may be repeated."""
        self._connection.close()

    @property
    def started(self) -> datetime:
        """Return when the file was made, by our clock: income before that is none of ours."""
        return datetime.fromisoformat(self._run("SELECT time FROM started")[0][0])

    def action(self, intent: str) -> SentAction | None:
        """Return what is known of an action."""
        rows = self._run("SELECT * FROM actions WHERE intent = ?", intent)
        return _action(rows[0]) if rows else None

    def put(self, action: SentAction) -> None:
        """Write an action down, over what was known of it.

        Raises InvariantError when its venue_id belongs to another action: one transfer would count for two.
        """
        self._run(
            _PUT,
            action.intent, action.way, action.amount.asset.value, str(action.amount.quantity),
            str(action.fee.quantity), action.sent.isoformat(), action.stage.value, action.reason,
            action.venue_id, action.reference,
        )  # fmt: skip

    def forget(self, intent: str) -> None:
        """Drop an action that was proved not to have been sent."""
        self._run("DELETE FROM actions WHERE intent = ?", intent)

    def claimed(self, venue_id: str) -> bool:
        """Say whether one of the exchange's transfers belongs to an action of ours."""
        return bool(self._run("SELECT 1 FROM actions WHERE venue_id = ?", venue_id))

    def number(self, changes: Iterable[Change]) -> None:
        """Give each change that is new the next number, in the order given."""
        for change in changes:
            self._run(
                "INSERT OR IGNORE INTO income (venue_id, kind, coin, asset, quantity, time) VALUES (?, ?, ?, ?, ?, ?)",
                change.venue_id, change.kind.value, change.coin.value, change.amount.asset.value,
                str(change.amount.quantity), change.time.isoformat(),
            )  # fmt: skip

    def income(self, after: int, limit: int) -> tuple[Income, ...]:
        """Return up to `limit` numbered changes after a cursor."""
        rows = self._run("SELECT * FROM income WHERE position > ? ORDER BY position LIMIT ?", after, limit)
        return tuple(_income(row) for row in rows)

    def last_income(self) -> datetime | None:
        """Return the exchange's time of the latest change that is numbered."""
        found = self._run("SELECT max(time) FROM income")[0][0]
        return None if found is None else datetime.fromisoformat(found)

    def _run(self, statement: str, *arguments: str | int | None) -> list[Any]:
        try:
            return self._connection.execute(statement, arguments).fetchall()
        except sqlite3.Error as failure:
            raise InvariantError(f"the exchange store fails: {failure}") from failure


def _action(row: tuple[Any, ...]) -> SentAction:
    intent, way, symbol, quantity, fee, sent, stage, reason, venue_id, reference = row
    asset = Asset.named(symbol)
    amount, cost = Amount(asset, Decimal(quantity)), Amount(asset, Decimal(fee))
    return SentAction(
        intent, way, amount, cost, datetime.fromisoformat(sent), Stage(stage), reason, venue_id, reference
    )


def _income(row: tuple[Any, ...]) -> Income:
    position, _, kind, coin, asset, quantity, time = row
    amount = Amount(Asset.named(asset), Decimal(quantity))
    return Income(position, IncomeKind(kind), Asset.named(coin), amount, datetime.fromisoformat(time))
