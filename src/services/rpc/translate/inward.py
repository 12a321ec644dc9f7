"""From the wire to the domain: every field is checked where it is read, and named when it is wrong."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from google.protobuf.timestamp_pb2 import Timestamp

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.identity import check_request_id
from ballast.domain.kernel.number import exact, parse_decimal
from ballast.domain.ledger.events import OperationKind
from ballast.services.v1 import amounts_pb2, operations_pb2

# Narrower than Decimal's own grammar (exponents, underscores, digits of other scripts), so that what passes is small
# enough for the kernel's 78 digits at every asset's scale.
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,36})?")
_NAME = re.compile(r"[!-~]{1,200}")
_SHOWN = 80
_KINDS: dict[int, OperationKind] = {
    operations_pb2.OperationKind.Value(f"OPERATION_KIND_{kind.name}"): kind for kind in OperationKind
}


def amount(message: amounts_pb2.Amount, field: str) -> Amount:
    """Read an amount; raises InvalidInput when it is missing, unknown, no number or finer than the asset."""
    if not message.ByteSize():
        raise InvalidInput(field, "an asset and a quantity", "nothing")
    asset = Asset.named(name(message.asset, f"{field}.asset"), f"{field}.asset")
    return Amount(asset, exact(decimal(message.quantity, f"{field}.quantity"), asset.scale, f"{field}.quantity"))


def decimal(message: amounts_pb2.Decimal, field: str) -> Decimal:
    """Read a decimal number; raises InvalidInput for anything but digits with at most one point and a minus."""
    value = parse_decimal(message.value, field)
    if not _PLAIN.fullmatch(message.value):
        raise InvalidInput(field, "at most 40 digits, a point and 36 digits", repr(message.value[:_SHOWN]))
    return value


def name(text: str, field: str) -> str:
    """Read an id, key or symbol; raises InvalidInput unless it is 1 to 200 printable ASCII characters."""
    if not _NAME.fullmatch(text):
        raise InvalidInput(field, "1 to 200 printable ASCII characters", repr(text[:_SHOWN]))
    return text


def request_id(text: str) -> str:
    """Read the caller's id of a request; raises InvalidInput."""
    return check_request_id(text)


def moment(message: Timestamp, field: str) -> datetime | None:
    """Read a moment, to the microsecond; None when it is not set. Raises InvalidInput outside the calendar."""
    if not message.ByteSize():
        return None
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        found = f"{message.seconds} s and {message.nanos} ns"
        raise InvalidInput(field, "a time from year 1 to 9999", found) from None


def kinds(values: Iterable[int], field: str) -> tuple[OperationKind, ...]:
    """Read kinds of operations, in any number; raises InvalidInput for one this server does not know."""
    values = tuple(values)
    for value in values:
        if value not in _KINDS:
            raise InvalidInput(field, f"kinds from {min(_KINDS)} to {max(_KINDS)}", str(value))
    return tuple(_KINDS[value] for value in values)
