"""One operation's life: what may follow what, and what it adds up to."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.services.records import (
    ID,
    MARKS,
    NOON,
    departed,
    filled,
    leg,
    opened,
    ordered,
    planned,
    record_after,
    sent,
    settled,
)

from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import OrderState, TimeInForce, Trade
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, SHARE, USDC
from ballast.domain.kernel.errors import InvariantError
from ballast.domain.kernel.events import Event
from ballast.domain.ledger.entry import Entry
from ballast.domain.ledger.events import (
    ActionKind,
    ChildOrder,
    LegsClosed,
    OperationKind,
    OrderSettled,
    OrdersSent,
    PayoutFixed,
)
from ballast.domain.ledger.operation import OperationRecord, Refusals

D = Decimal
RELEASE = sent("release")
MINT = sent("mint0", ActionKind.MINT)
CLOSED = LegsClosed(ID, 0, "trade", "done")


def retry(attempt: int, *, confirmed: bool = False) -> tuple[Event, Event]:
    again = sent("mint0", ActionKind.MINT, attempt=attempt)
    return again, settled(again, confirmed=confirmed)


ILLEGAL: dict[str, tuple[Event, ...]] = {
    "an action while another is unproved": (RELEASE, MINT),
    "the same action while it is unproved": (RELEASE, RELEASE),
    "an action that departs without being sent": (departed(RELEASE),),
    "an action that is settled without being sent": (settled(RELEASE),),
    "an action that is settled twice": (RELEASE, settled(RELEASE), settled(RELEASE)),
    "an action that departs after it was settled": (RELEASE, settled(RELEASE), departed(RELEASE)),
    "the proof of another attempt": (RELEASE, settled(sent("release", attempt=1))),
    "legs that are planned twice": (planned(), planned()),
    "a leg of another step whose orders would get the same ids": (planned(), planned("again")),
    "orders over unproved ones": (planned(), ordered("en1.0.sellspot.0"), ordered("en1.0.sellspot.1")),
    "orders of legs that have ended": (planned(), CLOSED, ordered()),
    "an order that is settled without being sent": (planned(), filled("1", "80000")),
    "an order that is settled twice": (planned(), ordered(), filled("1", "80000"), filled("1", "80000")),
}


@pytest.mark.parametrize("events", ILLEGAL.values(), ids=list(ILLEGAL))
def test_what_cannot_follow_is_an_error(events: tuple[Event, ...]) -> None:
    record_after(*events[:-1])
    with pytest.raises(InvariantError):
        record_after(*events)


def test_an_action_is_unresolved_from_sending_until_its_proof() -> None:
    assert record_after().unproved == ()
    assert record_after(RELEASE).unproved == (RELEASE.intent,)
    travelling = record_after(RELEASE, departed(RELEASE))
    assert travelling.unproved == (RELEASE.intent,)
    done = record_after(RELEASE, departed(RELEASE), settled(RELEASE))
    assert (done.unproved, done.unresolved_action()) == ((), None)
    proof = done.confirmed(0, "release")
    assert proof is not None
    assert proof.intent == RELEASE.intent


def test_a_refused_action_is_not_done_and_its_next_attempt_stands_for_the_step() -> None:
    refused = record_after(*retry(0))
    assert refused.confirmed(0, "mint0") is None
    again = record_after(*retry(0), *retry(1, confirmed=True))
    assert again.confirmed(0, "mint0") is not None
    assert len(again.actions[0, "mint0"]) == 2


@given(times=st.integers(1, 6), done=st.booleans())
def test_the_most_refused_step_is_counted_until_it_is_done(*, times: int, done: bool) -> None:
    events = [event for attempt in range(times) for event in retry(attempt)]
    if done:
        events += retry(times, confirmed=True)
    assert record_after(*events).most_refused() == (
        None if done else Refusals("mint0", times, NOON + timedelta(seconds=2 * times), "no")
    )


def test_a_claim_lasts_from_the_release_until_the_payout_is_on_its_way() -> None:
    assert record_after(RELEASE).claim_btc == 0
    released = (RELEASE, settled(RELEASE))
    assert record_after(*released).claim_btc == 2
    payout = sent("withdraw", ActionKind.WITHDRAW_TO_CONTRACT)
    assert record_after(*released, payout).claim_btc == 2
    assert record_after(*released, payout, settled(payout, confirmed=False)).claim_btc == 2
    assert record_after(*released, payout, settled(payout)).claim_btc == 0


def test_shares_leave_when_their_payout_is_fixed() -> None:
    exit_ = evolve(opened(OperationKind.EXIT), amount=Amount(SHARE, D(3)))
    record = OperationRecord(exit_, NOON)
    assert (record.leaving_shares, record.bears_costs) == (D(0), True)
    record.payout = PayoutFixed(ID, Amount(BTC, D(3)), D(-3), D(1), Entry(()), MARKS)
    assert (record.leaving_shares, record.bears_costs) == (D(3), False)


@pytest.mark.parametrize(
    "kind", [kind for kind in OperationKind if kind not in (OperationKind.ENTRY, OperationKind.EXIT)]
)
def test_what_the_strategy_does_for_itself_is_borne_by_all(kind: OperationKind) -> None:
    assert not OperationRecord(opened(kind), NOON).bears_costs


def _fills(side: Side, fills: list[tuple[Decimal, Decimal, Decimal]], *, fee_in_coin: bool) -> OperationRecord:
    plan = leg(side, quantity="1000")
    events: list[Event] = [planned("trade", 0, plan)]
    for index, (quantity, price, fee) in enumerate(fills):
        intent = f"en1.0.sellspot.{index}"
        fee_asset = BTC if fee_in_coin else USDC
        trade = Trade(str(index), quantity, price, fee, fee_asset, D(0), maker=False, time=NOON)
        order = ChildOrder(intent, "sellspot", quantity, price, TimeInForce.IOC)
        events.append(OrdersSent(ID, 0, "trade", (order,)))
        events.append(
            OrderSettled(ID, 0, "trade", intent, OrderState.FILLED, quantity, (trade,), Entry(()), MARKS)
        )  # fmt: skip
    return record_after(*events)


amounts = st.integers(1, 10**6).map(lambda units: Decimal(units) / 1000)
fills_ = st.lists(st.tuples(amounts, amounts, amounts), max_size=5)


@given(side=st.sampled_from(Side), fills=fills_, fee_in_coin=st.booleans())
def test_a_leg_is_what_its_trades_sum_to(
    *, side: Side, fills: list[tuple[Decimal, Decimal, Decimal]], fee_in_coin: bool
) -> None:
    record = _fills(side, fills, fee_in_coin=fee_in_coin)
    done = record.legs[0, "trade"].legs["sellspot"]
    coins = sum((quantity for quantity, _, _ in fills), D(0))
    value = sum((quantity * price for quantity, price, _ in fills), D(0))
    fees = sum((fee for _, _, fee in fills), D(0))
    gross, received_in_coin = (coins, True) if side is Side.BUY else (value, False)
    assert (done.done, done.value, done.left) == (coins, value, 1000 - coins)
    assert done.received == gross - (fees if fee_in_coin == received_in_coin else 0)


@given(st.sampled_from(Side), fills_)
def test_what_a_leg_still_has_to_do_is_pending_until_it_is_closed(
    side: Side, fills: list[tuple[Decimal, Decimal, Decimal]]
) -> None:
    record = _fills(side, fills, fee_in_coin=False)
    coins = sum((quantity for quantity, _, _ in fills), D(0))
    legs = record.legs[0, "trade"]
    assert legs.pending() == {BTC: side.direction * (1000 - coins)}
    assert record.open_legs() == ((0, "trade"), legs)
    record.close_legs(CLOSED, NOON)
    assert (legs.pending(), record.open_legs(), record.legs_closed(0, "trade")) == ({}, None, legs)


def test_opposite_legs_of_one_coin_are_pending_as_their_difference() -> None:
    sell, buy = leg(Side.SELL, "3"), evolve(leg(Side.BUY, "2"), name="buyperp")
    other = evolve(leg(Side.BUY, "7"), name="buyeth", asset=ETH)
    record = record_after(planned("trade", 0, sell, buy, other))
    assert record.legs[0, "trade"].pending() == {BTC: -1, ETH: 7}


def test_a_refused_order_is_counted_and_does_nothing() -> None:
    refusal = evolve(filled("0", "80000"), state=OrderState.REFUSED, filled=D(0), trades=())
    legs = record_after(planned(), ordered(), refusal).legs[0, "trade"]
    assert (legs.refused, legs.orders, legs.unsettled, legs.legs["sellspot"].done) == (1, 1, {}, D(0))


def test_the_timeline_says_when_each_step_began_and_how_it_ended() -> None:
    record = record_after(*retry(0), *retry(1, confirmed=True), planned(), CLOSED)
    assert [(row.name, row.detail) for row in record.timeline] == [
        ("0 mint0", "2 BTC, refused: no"),
        ("0 mint0", "2 BTC"),
        ("0 trade", "sell 2 BTCUSDC:SPOT"),
    ]
    assert [(row.start - NOON, row.end and row.end - NOON) for row in record.timeline] == [
        (timedelta(seconds=start), timedelta(seconds=start + 1)) for start in (1, 3, 5)
    ]
