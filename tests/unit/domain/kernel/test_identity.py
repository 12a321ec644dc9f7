"""Ids that are made from what they are for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.identity import (
    INTENT_ID_LENGTH_MAX,
    check_request_id,
    digest,
    intent_id,
    operation_id,
)
from ballast.domain.ledger.events import OperationKind

BINANCE_CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
# The longest names that the services give to a leg and an action (spend0usdc, correctbtc, withdraw).
NAMES = ["sellspot", "buyperp", "hedge0btc", "unwind0sol", "correctbtc", "spend0usdc", "coverusdt", "withdraw"]
texts = st.lists(st.text(), max_size=4)


@given(texts)
def test_the_same_parts_always_make_the_same_digest(parts: list[str]) -> None:
    assert digest(*parts) == digest(*parts)
    assert re.fullmatch("[a-z2-7]{12}", digest(*parts))


@given(texts, texts)
def test_other_parts_and_other_borders_make_another_digest(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) is (one == other)


def test_moving_a_border_between_parts_changes_the_digest() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", "")}) == 4


@given(st.sampled_from(OperationKind), st.text(), st.text())
def test_an_operations_id_depends_on_its_kind_and_its_cause(kind: OperationKind, cause: str, other: str) -> None:
    made = operation_id(kind.prefix, cause)
    assert made.startswith(kind.prefix)
    assert (made == operation_id(kind.prefix, other)) is (cause == other)
    assert len({operation_id(each.prefix, cause) for each in OperationKind}) == len(OperationKind)


@given(st.sampled_from(OperationKind), st.text(), st.integers(0, 9), st.sampled_from(NAMES), st.integers(0, 9_999))
def test_every_intent_the_services_make_is_a_legal_client_order_id(
    kind: OperationKind, cause: str, tranche: int, name: str, attempt: int
) -> None:
    made = intent_id(operation_id(kind.prefix, cause), tranche, name, attempt)
    assert len(made) <= INTENT_ID_LENGTH_MAX
    assert BINANCE_CLIENT_ID.fullmatch(made)


@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_two_intents_of_one_operation_differ_in_tranche_name_or_attempt(
    tranche: int, attempt: int, name: str, other: str
) -> None:
    made = intent_id("enabc", tranche, name, attempt)
    assert made != intent_id("enabc", tranche + 1, name, attempt)
    assert made != intent_id("enabc", tranche, name, attempt + 1)
    assert (made == intent_id("enabc", tranche, other, attempt)) is (name == other)


@pytest.mark.parametrize("leg", ["Upper", "with space", "ümlaut", "x" * 30, "new\nline"])
def test_an_intent_no_venue_would_take_is_refused(leg: str) -> None:
    with pytest.raises(InvalidInput, match="intent id: expected 1 to 32"):
        intent_id("enabc", 0, leg, 0)


@pytest.mark.parametrize("request_id", ["a", "Vault-1:0xAB/7._", "x" * 64])
def test_a_legal_request_id_comes_back(request_id: str) -> None:
    assert check_request_id(request_id) == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 65, "with space", "line\n", "naïve"])
def test_an_illegal_request_id_is_refused(request_id: str) -> None:
    with pytest.raises(InvalidInput, match="request_id: expected 1 to 64"):
        check_request_id(request_id)
