"""Calls that must be refused: for each the method, the request, and the code, reason and field that say why."""

from collections.abc import Iterator
from typing import Any

from attrs import frozen
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from ballast.services.v1 import (
    amounts_pb2,
    control_pb2,
    entry_pb2,
    execution_pb2,
    exit_pb2,
    exposure_pb2,
    fee_hedge_pb2,
    rebalancing_pb2,
    reserve_pb2,
)

MODULES: tuple[Any, ...] = (
    control_pb2,
    entry_pb2,
    execution_pb2,
    exit_pb2,
    exposure_pb2,
    fee_hedge_pb2,
    rebalancing_pb2,
    reserve_pb2,
)
INVALID, MISSING, BROKEN, OLD = (
    ("INVALID_ARGUMENT", "INVALID_INPUT"),
    ("NOT_FOUND", "NOT_KNOWN"),
    ("FAILED_PRECONDITION", "RULE_BROKEN"),
    ("ABORTED", "STALE"),
)
# What the rig's vault contract holds, in its order.
DEPOSIT, SECOND, TOO_SMALL, UNCONFIRMED = (f"1:vault:{position}" for position in range(1, 5))
LONG = "9" * 50_000
RESOURCES = {
    "Entry": "entry_id",
    "Exit": "exit_id",
    "Rebalance": "rebalance_id",
    "TopUp": "top_up_id",
    "Execution": "operation_id",
}


@frozen
class Refusal:
    """One call that must be refused; `where` is the error's field, rule or the thing that is not known."""

    method: str
    request: Message
    verdict: tuple[str, str]
    where: str

    def __str__(self) -> str:
        return f"{self.method.rpartition('/')[2]}-{self.where}-{str(self.request)[:40]!r}"


def methods() -> Iterator[tuple[str, Any]]:
    """Every method of every service as its path and its descriptor."""
    for module in MODULES:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield f"/{service.full_name}/{method.name}", method


def message_of(method: str, **fields: object) -> Message:
    """A request of a method by the method's path."""
    service, name = method.removeprefix("/").split("/")
    (module,) = [module for module in MODULES if service.rpartition(".")[2] in module.DESCRIPTOR.services_by_name]
    request: Message = getattr(module, f"{name}Request")(**fields)
    return request


def of(name: str) -> str:
    """The path of a method by its name."""
    (path,) = [path for path, _ in methods() if path.endswith(f"/{name}")]
    return path


def amount(asset: str, quantity: str | None) -> amounts_pb2.Amount:
    number = None if quantity is None else amounts_pb2.Decimal(value=quantity)
    return amounts_pb2.Amount(asset=asset, quantity=number)


def _case(name: str, verdict: tuple[str, str], where: str, **fields: object) -> Refusal:
    return Refusal(of(name), message_of(of(name), **fields), verdict, where)


def _quotes() -> Iterator[Refusal]:
    for name, asset, other in (("QuoteEntry", "BTC", "ETH"), ("QuoteExit", "SHARE", "BTC")):
        yield _case(name, INVALID, "amount")
        yield _case(name, INVALID, "amount.asset", amount=amount("DOGE", "1"))
        yield _case(name, INVALID, "amount.asset", amount=amount("", "1"))
        yield _case(name, INVALID, "amount", amount=amount(other, "1"))
        for quantity in ("-1", "0", "-0.00000001"):
            yield _case(name, INVALID, "amount", amount=amount(asset, quantity))
        for wrong in (None, "", "NaN", "sNaN", "Infinity", "ten", "1e2", "0x1", "1,5", "0.123456789", LONG):
            yield _case(name, INVALID, "amount.quantity", amount=amount(asset, wrong))
    for quantity in ("0.00999999", "1000.00000001", "9" * 40):
        yield _case("QuoteEntry", INVALID, "amount", amount=amount("BTC", quantity))
    yield _case("QuoteExit", BROKEN, "withdrawal", amount=amount("SHARE", "1"))


def _starts() -> Iterator[Refusal]:
    for name, key in (("StartEntry", "deposit_key"), ("StartExit", "withdrawal_key")):
        for request_id in ("", "a b", "x" * 65, "\u00e4"):
            yield _case(name, INVALID, "request_id", request_id=request_id, **{key: DEPOSIT})
        for wrong in ("", "a b", "x" * 201, LONG):
            yield _case(name, INVALID, key, request_id="r", **{key: wrong})
        yield _case(name, MISSING, "vault request", request_id="r", **{key: "1:vault:99"})
        for stamp in (Timestamp(seconds=2**60), Timestamp(nanos=-1)):
            yield _case(name, INVALID, "quote_expiry_time", request_id="r", quote_expiry_time=stamp, **{key: DEPOSIT})
        yield _case(name, OLD, "quote", request_id="r", quote_expiry_time=Timestamp(seconds=1), **{key: DEPOSIT})
    yield _case("StartEntry", BROKEN, "deposit", request_id="r", deposit_key=TOO_SMALL)
    yield _case("StartEntry", BROKEN, "deposit", request_id="r", deposit_key=UNCONFIRMED)
    yield _case("StartEntry", BROKEN, "deposit", request_id="r", deposit_key=TOO_SMALL, validate_only=True)
    yield _case("StartExit", INVALID, "withdrawal", request_id="r", withdrawal_key=DEPOSIT)


def _reads() -> Iterator[Refusal]:
    for thing, key in RESOURCES.items():
        for verb in ("Get", "Watch"):
            yield _case(f"{verb}{thing}", MISSING, "operation", **{key: "enunknown"})
            for wrong in ("", "a b", LONG):
                yield _case(f"{verb}{thing}", INVALID, key, **{key: wrong})
    yield _case("GetExposure", MISSING, "exposure run")
    yield _case("GetFeeHedgeReport", MISSING, "fee hedge report")


def _lists() -> Iterator[Refusal]:
    for name in ("ListEntries", "ListExits", "ListRebalances", "ListTopUps", "ListExecutions", "ListDeposits",
                 "ListWithdrawals", "ListExposureRuns", "ListFeeHedgeReports"):  # fmt: skip
        for size in (-1, 501, 2**31 - 1, -(2**31)):
            yield _case(name, INVALID, "page_size", page_size=size)
        for token in ("nonsense", LONG):
            yield _case(name, INVALID, "page_token", page_token=token)
    yield _case("ListExecutions", INVALID, "page_size", page_size=101)
    for kind in (0, 7, -1):
        yield _case("ListExecutions", INVALID, "kinds", kinds=[kind])


def _runs() -> Iterator[Refusal]:
    for name in ("RunExposureNow", "RunFeeHedgeNow", "RunRebalancingNow", "RunReserveNow"):
        for request_id in ("", "a b", "x" * 65):
            yield _case(name, INVALID, "request_id", request_id=request_id)
            yield _case(name, INVALID, "request_id", request_id=request_id, validate_only=True)


def _switches() -> Iterator[Refusal]:
    for name in ("Pause", "Resume"):
        yield _case(name, INVALID, "request_id", scope="all", reason="drill")
        for scope in ("", "everything", "operation:enunknown", LONG):
            yield _case(name, INVALID, "scope", request_id="r", scope=scope, reason="drill")
        for reason in ("", "x" * 501):
            yield _case(name, INVALID, "reason", request_id="r", scope="all", reason=reason)


CASES: tuple[Refusal, ...] = (*_quotes(), *_starts(), *_reads(), *_lists(), *_runs(), *_switches())
