"""What the wire may say, and how each wrong field is named."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.ledger.events import OperationKind
from ballast.services.rpc.translate import inward, outward
from ballast.services.v1 import amounts_pb2

ASSETS = st.sampled_from(Asset)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**39), max_value=10**39, places=6)


def wire_amount(asset: str, quantity: str | None) -> amounts_pb2.Amount:
    number = None if quantity is None else amounts_pb2.Decimal(value=quantity)
    return amounts_pb2.Amount(asset=asset, quantity=number)


@given(ASSETS, NUMBERS)
def test_what_is_written_is_read_back_exactly(asset: Asset, quantity: Decimal) -> None:
    amount = Amount(asset, quantity)
    assert inward.amount(outward.amount(amount), "amount") == amount


def outcome(asset: Asset, quantity: str) -> Amount | InvalidInput:
    try:
        return inward.amount(wire_amount(asset.value, quantity), "amount")
    except InvalidInput as refused:
        return refused


@given(st.text(max_size=200) | st.from_regex(r"[-+0-9eE._ ]{0,60}", fullmatch=True), ASSETS)
def test_any_text_is_an_exact_amount_or_a_refusal_that_names_the_quantity(text: str, asset: Asset) -> None:
    found = outcome(asset, text)
    if isinstance(found, InvalidInput):
        assert found.field == "amount.quantity"
        assert len(found.found) < 200
    else:
        assert found.quantity == Decimal(text)


@pytest.mark.parametrize(
    ("asset", "quantity", "field"),
    [
        ("", None, "amount"),
        ("", "1", "amount.asset"),
        ("DOGE", "1", "amount.asset"),
        ("btc", "1", "amount.asset"),
        ("B" * 5_000, "1", "amount.asset"),
        ("BTC", None, "amount.quantity"),
        ("BTC", "", "amount.quantity"),
        ("BTC", "NaN", "amount.quantity"),
        ("BTC", "-Infinity", "amount.quantity"),
        ("BTC", "ten", "amount.quantity"),
        ("BTC", "1e3", "amount.quantity"),
        ("BTC", "1e999999", "amount.quantity"),
        ("BTC", "0e999999", "amount.quantity"),
        ("BTC", "1_000", "amount.quantity"),
        ("BTC", " 1", "amount.quantity"),
        ("BTC", "\N{ARABIC-INDIC DIGIT ONE}", "amount.quantity"),
        ("BTC", "0.123456789", "amount.quantity"),
        ("BTC", "9" * 41, "amount.quantity"),
        ("BTC", "9" * 50_000, "amount.quantity"),
    ],
)
def test_a_wrong_amount_is_refused_by_the_field_that_is_wrong(asset: str, quantity: str | None, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        inward.amount(wire_amount(asset, quantity), "amount")
    assert refused.value.field == field


def test_zeros_beyond_the_scale_are_no_lost_digits() -> None:
    assert inward.amount(wire_amount("JLP", "1.500000000"), "amount") == Amount(JLP, Decimal("1.5"))
    assert inward.amount(wire_amount("BTC", "-2"), "amount") == Amount(BTC, Decimal(-2))


@pytest.mark.parametrize("text", ["", " ", "a b", "ä", "a\n", "x" * 201])
def test_a_name_is_one_to_200_printable_characters(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        inward.name(text, "entry_id")
    assert refused.value.field == "entry_id"
    assert inward.name("1:0xAbc:7", "entry_id") == "1:0xAbc:7"


def test_a_request_id_has_its_own_alphabet() -> None:
    with pytest.raises(InvalidInput):
        inward.request_id("a b")
    assert inward.request_id("a/b:1") == "a/b:1"


def test_a_moment_that_is_not_set_is_none() -> None:
    assert inward.moment(Timestamp(), "time") is None


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at != datetime(1970, 1, 1, tzinfo=UTC)))
def test_a_moment_is_read_back_exactly(at: datetime) -> None:
    assert inward.moment(outward.moment(at), "time") == at


@pytest.mark.parametrize("stamp", [Timestamp(seconds=2**62), Timestamp(seconds=-(2**62)), Timestamp(nanos=-5)])
def test_a_moment_outside_the_calendar_is_refused(stamp: Timestamp) -> None:
    with pytest.raises(InvalidInput) as refused:
        inward.moment(stamp, "quote_expiry_time")
    assert refused.value.field == "quote_expiry_time"


def test_every_kind_of_operation_can_be_asked_for_and_no_other() -> None:
    assert inward.kinds(range(1, 7), "kinds") == tuple(OperationKind)
    for unknown in (0, 7, -1):
        with pytest.raises(InvalidInput):
            inward.kinds((unknown,), "kinds")
