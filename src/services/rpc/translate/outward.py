"""From the domain to the wire: what all services share."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from google.protobuf.timestamp_pb2 import Timestamp

from ballast.domain.hedge.quote import CostItem, Quote
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.number import ROUND_HALF_EVEN, round_to_places
from ballast.ports.vault_contract import VaultRequest
from ballast.services.v1 import amounts_pb2, control_pb2, quotes_pb2, requests_pb2


def decimal(value: Decimal) -> amounts_pb2.Decimal:
    """Write a number exactly, without an exponent."""
    return amounts_pb2.Decimal(value=f"{value:f}")


def decimal_or_absent(value: Decimal | None) -> amounts_pb2.Decimal | None:
    """Write a number that may not be known."""
    return None if value is None else decimal(value)


def amount(value: Amount) -> amounts_pb2.Amount:
    """Write an amount."""
    return amounts_pb2.Amount(asset=value.asset.value, quantity=decimal(value.quantity))


def amount_or_absent(value: Amount | None) -> amounts_pb2.Amount | None:
    """Write an amount that may not be known."""
    return None if value is None else amount(value)


def moment(value: datetime) -> Timestamp:
    """Write an aware moment."""
    stamp = Timestamp()
    stamp.FromDatetime(value)
    return stamp


def moment_or_absent(value: datetime | None) -> Timestamp | None:
    """Write a moment that may not have come."""
    return None if value is None else moment(value)


def age_s(now: datetime, then: datetime) -> int:
    """Return whole seconds since a moment; 0 when another process's clock is ahead of ours."""
    return max(0, int((now - then).total_seconds()))


def whole_bps(value: Decimal) -> int:
    """Round basis points to whole ones, half to even."""
    return int(round_to_places(value, 0, ROUND_HALF_EVEN))


def quote(value: Quote) -> quotes_pb2.Quote:
    """Write a quote with its items."""
    return quotes_pb2.Quote(
        pay=amount(value.pay),
        receive=amount(value.receive),
        price_btc=decimal(value.price_btc),
        share_price_btc=decimal(value.share_price_btc),
        cost_bps=whole_bps(value.cost_bps),
        items=map(_item, value.items),
        sequence=value.sequence,
        valuation_time=moment(value.valuation_time),
        expiry_time=moment(value.expiry_time),
    )


def _item(value: CostItem) -> quotes_pb2.CostItem:
    return quotes_pb2.CostItem(name=value.name, usd=decimal(value.usd))


def vault_request(value: VaultRequest, operation_id: str) -> requests_pb2.VaultRequest:
    """Write a user's request with the operation that was started for it, if any."""
    state = "FULFILLED" if value.fulfilled else "STARTED" if operation_id else "WAITING"
    return requests_pb2.VaultRequest(
        key=value.key,
        owner=value.owner,
        amount=amount(value.amount),
        request_time=moment(value.time),
        finality=requests_pb2.Finality.Value(f"FINALITY_{value.finality.name}"),
        state=requests_pb2.VaultRequestState.Value(f"VAULT_REQUEST_STATE_{state}"),
        operation_id=operation_id,
    )


def conditions(values: Mapping[str, str]) -> list[control_pb2.Condition]:
    """Write pauses or alerts by name."""
    return [control_pb2.Condition(name=name, text=text) for name, text in sorted(values.items())]
