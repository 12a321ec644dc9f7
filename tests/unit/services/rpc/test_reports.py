"""What the periodic services measure, on the wire."""

import json
from decimal import Decimal
from typing import Any

from attrs import evolve
from google.protobuf.message import Message
from hypothesis import given, settings
from tests.unit.adapters.events import instances
from tests.unit.services.records import NOON, opened, sent, state_after

from ballast.domain.hedge.collateral import Collateral
from ballast.domain.hedge.quote import CostItem, Quote
from ballast.domain.hedge.reserve import Reserve
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, SHARE
from ballast.domain.ledger.events import AlertRaised, ExposureMeasured, PauseSet, ValueTaken
from ballast.ports.vault_contract import Finality, RequestKind, VaultRequest
from ballast.services.rebalancing.assess import Assessment as CollateralFound
from ballast.services.reserve.assess import Assessment as ReserveFound
from ballast.services.rpc.translate import outward
from ballast.services.rpc.translate.reports import (
    collateral_assessment,
    exposure_run,
    fee_hedge_report,
    reserve_assessment,
)
from ballast.services.rpc.translate.status import status
from ballast.services.v1 import amounts_pb2, requests_pb2

D = Decimal


def numbers(message: Message) -> dict[str, Decimal]:
    """The decimals a message holds itself, by field."""
    held: dict[str, Any] = {field.name: getattr(message, field.name) for field, _ in message.ListFields()}
    return {name: D(value.value) for name, value in held.items() if isinstance(value, amounts_pb2.Decimal)}


@settings(deadline=None)
@given(instances(ValueTaken))
def test_a_fee_hedge_report_tells_every_part_exactly(taken: ValueTaken) -> None:
    told = numbers(fee_hedge_report(taken))
    assert told == {name: getattr(taken, name) for name in told}
    assert len(told) == 9


@settings(deadline=None)
@given(instances(ExposureMeasured))
def test_an_exposure_run_tells_every_row_exactly(run: ExposureMeasured) -> None:
    message = exposure_run(run)
    assert (message.action, len(message.assets)) == (run.action, len(run.assets))
    assert numbers(message) == {"nav_usd": run.nav_usd, "nav_btc": run.nav_btc}
    for told, row in zip(message.assets, run.assets, strict=True):
        assert told.asset == row.asset.value
        assert numbers(told) == {name: getattr(row, name.replace("naive_pool", "naive")) for name in numbers(told)}
        assert len(numbers(told)) == 10


@given(instances(Decimal))
def test_a_number_is_written_without_exponent_and_without_loss(value: Decimal) -> None:
    text = outward.decimal(value).value
    assert "E" not in text
    assert D(text) == value


def test_a_ratio_that_does_not_exist_is_absent() -> None:
    nothing_asked = CollateralFound(Collateral(D(5), D(0), D(0)), D(9), below=False, sale=Amount.zero(JLP))
    message = collateral_assessment(nothing_asked)
    assert not message.HasField("collateral_ratio")
    assert not message.HasField("maintenance_ratio")
    asked = collateral_assessment(evolve(nothing_asked, collateral=Collateral(D(5), D(10), D(2))))
    assert (D(asked.collateral_ratio.value), D(asked.maintenance_ratio.value)) == (D("0.5"), D("2.5"))


def test_a_reserve_assessment_tells_its_figures() -> None:
    found = ReserveFound(Reserve(D(-3), D(1000)), D(10), short=True, sale=Amount(BTC, D("0.001")))
    message = reserve_assessment(found)
    assert numbers(message) == {"usdt": D(-3), "notional_usd": D(1000), "floor_usd": D(10)}
    assert (message.below_floor, message.btc_sale.quantity.value) == (True, "0.001")


def test_a_quote_is_told_item_by_item_with_whole_basis_points() -> None:
    quote = Quote(
        Amount(BTC, D(1)), Amount(SHARE, D("0.99")), D("1.01"), D(1), D("24.5"), (CostItem("fee", D("-0.5")),), 7, NOON,
        NOON,
    )  # fmt: skip
    message = outward.quote(quote)
    assert (message.cost_bps, message.sequence, message.items[0].usd.value) == (24, 7, "-0.5")
    assert outward.whole_bps(D("25.5")) == 26


def test_a_request_is_waiting_then_started_then_fulfilled() -> None:
    request = VaultRequest(
        1, "1:vault:1", RequestKind.DEPOSIT, "user", Amount(BTC, D(1)), NOON, Finality.SEEN, fulfilled=False
    )
    states = [
        outward.vault_request(request, ""),
        outward.vault_request(request, "en1"),
        outward.vault_request(evolve(request, fulfilled=True), "en1"),
    ]
    told = [requests_pb2.VaultRequestState.Name(message.state) for message in states]
    assert told == [f"VAULT_REQUEST_STATE_{name}" for name in ("WAITING", "STARTED", "FULFILLED")]
    assert {f"FINALITY_{finality.name}" for finality in Finality} <= set(requests_pb2.Finality.keys())


def test_an_age_is_whole_seconds_and_never_negative() -> None:
    later = NOON.replace(second=9, microsecond=999_999)
    assert outward.age_s(later, NOON) == 9
    assert outward.age_s(NOON, later) == 0


def test_a_status_tells_the_core_and_the_whole_document() -> None:
    state = state_after(
        opened(), sent("release"), PauseSet("venue", paused=True, reason="drill"), AlertRaised("a", "b")
    )
    now = {"healthy": False, "nav_usd": "12.50", "nav_btc": "0.1", "share_price_btc": "1"}
    message = status(state, {"now": now, "sequence": 4})
    assert (message.status.sequence, message.status.healthy, message.status.nav_usd.value) == (4, False, "12.50")
    assert list(message.status.open_operation_ids) == ["en1"]
    assert [(row.name, row.text) for row in (*message.status.paused, *message.status.alerts)] == [
        ("venue", "drill"),
        ("a", "b"),
    ]
    assert json.loads(message.document_json) == {"now": now, "sequence": 4}


def test_a_status_without_a_trusted_value_has_no_value() -> None:
    message = status(state_after(), {"now": {"healthy": False, "why": "the price is old"}})
    assert message.status.unhealthy_reason == "the price is old"
    for name in ("nav_usd", "nav_btc", "share_price_btc", "record_time"):
        assert not message.status.HasField(name), name
