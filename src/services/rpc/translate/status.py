"""The main status document, from the domain to the wire."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from ballast.domain.ledger.state import StrategyState
from ballast.services.control.status import Json
from ballast.services.rpc.translate.outward import conditions, decimal, moment_or_absent
from ballast.services.v1 import amounts_pb2, control_pb2


def status(state: StrategyState, document: Json) -> control_pb2.GetStatusResponse:
    """Write the core figures of a state, those of the moment from the document's "now", and the whole document."""
    now = cast("Mapping[str, object]", document["now"])
    core = control_pb2.Status(
        sequence=state.sequence,
        record_time=moment_or_absent(state.last_time),
        healthy=bool(now["healthy"]),
        unhealthy_reason=str(now.get("why", "")),
        nav_usd=_figure(now, "nav_usd"),
        nav_btc=_figure(now, "nav_btc"),
        share_price_btc=_figure(now, "share_price_btc"),
        share_supply=decimal(state.share_supply),
        hedge_base_btc=decimal(state.hedge_base),
        claims_btc=decimal(state.claims_btc),
        open_operation_ids=state.operations,
        paused=conditions(state.paused),
        alerts=conditions(state.alerts),
    )
    return control_pb2.GetStatusResponse(status=core, document_json=json.dumps(document, sort_keys=True))


def _figure(now: Mapping[str, object], name: str) -> amounts_pb2.Decimal | None:
    return decimal(Decimal(str(now[name]))) if name in now else None
