"""The main status document: one view of the whole strategy, rebuilt from the journal and stored for readers."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from ballast.domain.hedge.marks import value_usd
from ballast.domain.kernel.asset import BTC
from ballast.domain.kernel.errors import BallastError
from ballast.domain.kernel.number import ratio
from ballast.domain.ledger.events import ExposureMeasured, ValueTaken
from ballast.domain.ledger.state import StrategyState
from ballast.ports.status_store import StatusDocument
from ballast.services.desk import Desk

Json = Mapping[str, object]


def status_of(state: StrategyState) -> Json:
    """Return the document of a state: a pure function of the journal, amounts as decimal strings."""
    return {
        "sequence": state.sequence,
        "time": _time(state.last_time),
        "hedge_base_btc": str(state.hedge_base),
        "share_supply": str(state.share_supply),
        "claims_btc": str(state.claims_btc),
        "balances": _balances(state),
        "exposure": _exposure(state.exposure),
        "value": _value(state.value),
        "operations": [
            {
                "id": operation.id,
                "kind": operation.kind.value,
                "opened_time": _time(operation.opened_at),
                "amount": str(operation.opened.amount),
                "unproved": list(operation.unproved),
            }
            for operation in state.operations.values()
        ],
        "paused": dict(state.paused),
        "alerts": dict(state.alerts),
    }


async def save_status(desk: Desk) -> Json:
    """Rebuild the document, store it and return it, with the value at today's marks where they can be trusted."""
    await desk.refresh()
    document = dict(status_of(desk.state))
    body = json.dumps(document, sort_keys=True)
    await desk.status_store.save(desk.settings.strategy, StatusDocument(desk.state.sequence, body))
    document["now"] = await _now(desk)
    return document


async def _now(desk: Desk) -> Json:
    """Return NAV, share price and health as of this moment; what cannot be trusted is said, not guessed."""
    try:
        marks = (await desk.observe()).marks
    except BallastError as held:
        return {"healthy": False, "why": str(held)}
    nav_usd = value_usd(desk.state.own, marks)
    healthy = not desk.state.paused and not desk.state.alerts
    return {
        "healthy": healthy,
        "nav_usd": str(nav_usd),
        "nav_btc": str(ratio(nav_usd, marks.prices[BTC])),
        "share_price_btc": str(desk.share_price_btc(marks)),
        "waiting": dict(desk.waiting),
    }


def _balances(state: StrategyState) -> Json:
    places: dict[str, dict[str, str]] = {}
    for (place, asset), quantity in state.balances.items():
        if quantity:
            places.setdefault(place.value, {})[asset.value] = str(quantity)
    return places


def _exposure(run: ExposureMeasured | None) -> Json | None:
    if run is None:
        return None
    rows = {
        row.asset.value: {
            "net": str(row.net),
            "target": str(row.target),
            "drift": str(row.drift),
            "drift_usd": _usd(row.drift_usd),
            "band_usd": _usd(row.band_usd),
        }
        for row in run.assets
    }
    return {"time": _time(run.at), "nav_btc": str(run.nav_btc), "action": run.action, "assets": rows}


def _value(run: ValueTaken | None) -> Json | None:
    if run is None:
        return None
    return {
        "time": _time(run.at),
        "nav_btc": str(run.nav_btc),
        "unexplained_btc": str(run.unexplained_btc),
        "unhedged_btc": str(run.unhedged_btc),
    }


def _usd(value: Decimal) -> str:
    return f"{value:.2f}"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
