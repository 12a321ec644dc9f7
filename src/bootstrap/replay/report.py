"""The report of a replay: figures, operations, and whether every promise held."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from ballast.adapters.common.codec import encode
from ballast.adapters.memory.alerts import MemoryAlerts
from ballast.adapters.simulator.world import World
from ballast.bootstrap.outside import Recorded
from ballast.bootstrap.replay.invariants import Invariant
from ballast.bootstrap.replay.scenario import Scenario
from ballast.bootstrap.replay.watcher import Watcher
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.number import ZERO
from ballast.domain.ledger.events import OperationKind
from ballast.domain.ledger.operation import OperationRecord
from ballast.services.desk import Desk
from ballast.services.operations.reconcile import ours

_SATOSHI = Decimal("1e-8")


@frozen
class Ran:
    """A replay that has ended: what it was asked, and everything it leaves to be looked at."""

    scenario: Scenario
    world: World
    desk: Desk
    watcher: Watcher
    alerts: MemoryAlerts


@frozen
class Paid:
    """One payout: the exit, its shares, the price it was paid at and what the user got."""

    operation: str
    shares: Amount
    price_per_share: Decimal
    payout: Amount


def payouts(operations: Iterable[OperationRecord]) -> list[Paid]:
    """Return what the finished exits paid."""
    return [
        Paid(record.id, record.opened.amount, record.payout.price_per_share, record.payout.payout)
        for record in operations
        if record.kind is OperationKind.EXIT and record.payout is not None and record.outcome is not None
    ]


async def build_report(ran: Ran, recorded: Recorded, seconds: float) -> dict[str, object]:
    """Put the report together: the same dict becomes report.json and report.html."""
    watcher, desk, scenario = ran.watcher, ran.desk, ran.scenario
    paid = payouts(watcher.operations)
    invariants = [*watcher.invariants.values(), *await _final(ran, paid)]
    head = await desk.journal.read(max(0, desk.state.sequence - 1), 1)
    return {
        "title": "Ballast replay",
        "source": _source(recorded),
        "command": ran.scenario.command,
        "period": {"from": scenario.start.isoformat(), "to": scenario.end.isoformat()},
        "steps": watcher.steps,
        "seconds": round(seconds, 3),
        "journal": {"events": desk.state.sequence, "digest": head[-1].digest if head else ""},
        "summary": _summary(ran, paid),
        "series": {name: track.to_json() for name, track in watcher.tracks.items()},
        "attribution": [
            {"time": day, **{name: f"{value:.10f}" for name, value in parts.items()}}
            for day, parts in watcher.daily.items()
        ],
        "attribution_total": {name: f"{value:.10f}" for name, value in watcher.total.items()},
        "operations": [_operation(record) for record in (*watcher.operations, *desk.state.operations.values())],
        "invariants": [invariant.to_json() for invariant in invariants],
        "breaches": watcher.breaches.to_json(),
        "alerts": [{"time": alert.time.isoformat(), "key": alert.key, "text": alert.text} for alert in ran.alerts.told],
        "settings": {"seed": scenario.seed, **json.loads(encode(desk.settings))},
    }


def _source(recorded: Recorded) -> str:
    files = ", ".join(path.name for series in recorded.info.series.values() for path in series.paths)
    pool = recorded.pool
    return f"{files}; pool accounts of {pool.time:%Y-%m-%d %H:%M} UTC with {len(pool.custodies)} custodies"


async def _final(ran: Ran, paid: list[Paid]) -> list[Invariant]:
    """Check what can only be said at the end."""
    desk = ran.desk
    return [
        _sums(desk),
        await _outside(ran),
        _sent_once(ran),
        _ended(desk),
        _paid(ran, paid),
    ]


def _sums(desk: Desk) -> Invariant:
    promise = Invariant("ledger", "sum of all accounts = 0 for each asset")
    sums: dict[Asset, Decimal] = {}
    for (_, asset), quantity in desk.state.balances.items():
        sums[asset] = sums.get(asset, ZERO) + quantity
    for asset, total in sums.items():
        promise.check(abs(total), total == 0, f"{total} {asset.value}")
    return promise


async def _outside(ran: Ran) -> Invariant:
    """Compare the ledger with the venue, the treasury and the contract, to the last unit."""
    promise = Invariant("ledger_equals_outside", "every balance equals the venue's, the treasury's and the contract's")
    desk = ran.desk
    record = ours(desk)
    seen = await desk.observe()
    for (place, asset), quantity in seen.balances().items():
        difference = quantity - record.get((place, asset), ZERO)
        promise.check(abs(difference), difference == 0, f"{difference} {asset.value} at {place.value}")
    totals = await desk.vault.totals()
    supply = totals.share_supply - desk.state.share_supply
    promise.check(abs(supply), supply == 0, f"{supply} shares")
    return promise


def _sent_once(ran: Ran) -> Invariant:
    promise = Invariant("sent_once", "no client id accepted twice, in the venue's own count")
    repeated: int = ran.world.parts["venue"].repeated_ids
    promise.check(Decimal(repeated), repeated == 0, f"{repeated} ids accepted twice")
    return promise


def _ended(desk: Desk) -> Invariant:
    promise = Invariant("operations_ended", "no operation open at the end")
    open_now = ", ".join(record.id for record in desk.state.operations.values())
    promise.check(Decimal(len(desk.state.operations)), not open_now, open_now or "none open")
    return promise


def _paid(ran: Ran, paid: list[Paid]) -> Invariant:
    """Compare price x shares with what the contract let users claim, and see that nothing is left."""
    promise = Invariant("paid_out", "price per share x shares = paid out, to the satoshi; nothing left behind")
    for row in paid:
        difference = row.price_per_share * row.shares.quantity - row.payout.quantity
        promise.check(abs(difference), abs(difference) < _SATOSHI, f"{difference:.1e} BTC in {row.operation}")
    claimable = sum(ran.world.parts["vault"].books.claims_btc.values(), ZERO)
    total = sum((row.payout.quantity for row in paid), ZERO)
    promise.check(abs(claimable - total), claimable == total, f"{claimable - total} BTC between contract and record")
    left = {asset: quantity for asset, quantity in ran.desk.state.own.items() if quantity}
    promise.check(Decimal(len(left)), not left, ", ".join(f"{q} {a.value}" for a, q in left.items()) or "nothing left")
    return promise


def _summary(ran: Ran, paid: list[Paid]) -> list[dict[str, str]]:
    watcher, desk = ran.watcher, ran.desk
    put_in = sum((flow.btc for flow in ran.scenario.deposits), ZERO)
    out = sum((row.payout.quantity for row in paid), ZERO)
    rows = [
        ("deposited", f"{put_in:.8f}", "BTC", f"{len(ran.scenario.deposits)} deposits"),
        ("paid out", f"{out:.8f}", "BTC", f"{len(paid)} withdrawals"),
        ("last price per share", f"{paid[-1].price_per_share:.8f}" if paid else "-", "BTC", "what the last exit got"),
        ("pool income", f"{watcher.total['pool_income']:.8f}", "BTC", "fees the pool earned for its JLP"),
        ("funding", f"{watcher.total['funding']:.8f}", "BTC", "paid (-) or got by the hedges"),
        ("fees and slippage", f"{watcher.total['fees']:.8f}", "BTC", "trading, pool and network"),
        ("price", f"{watcher.total['price']:.8f}", "BTC", "what the hedge left open"),
        ("unexplained", f"{watcher.total['unexplained']:.2e}", "BTC", "must be below 1e-8"),
        ("operations", str(sum(watcher.counts.values())), "", _counts(watcher.counts)),
        ("operations not shown", str(watcher.dropped), "", "only so many are kept in memory"),
        ("held runs", str(watcher.held), "", "exposure runs that could not trust an input"),
        ("hedge base at the end", f"{desk.state.hedge_base:.8f}", "BTC", ""),
    ]
    return [{"name": name, "value": value, "unit": unit, "note": note} for name, value, unit, note in rows]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _operation(record: OperationRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "kind": record.kind.value,
        "subject": record.opened.subject,
        "opened": record.opened_at.isoformat(),
        "closed": _time(record.closed_at),
        "outcome": record.outcome.value if record.outcome else "open",
        "reason": record.reason,
        "amount": str(record.opened.amount),
        "cost_usd": f"{record.cost_usd:.2f}",
        "price_per_share": f"{record.price_per_share:.8f}" if record.price_per_share is not None else None,
        "steps": _steps(record),
    }


def _steps(record: OperationRecord) -> list[dict[str, object]]:
    """Return the operation's steps in the order they began."""
    return [
        {"name": row.name, "from": row.start.isoformat(), "to": _time(row.end), "detail": row.detail}
        for row in record.timeline
    ]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
