"""The strategy's state as a fold over the journal."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.ledger.builders import sums
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
    sent,
    settled,
    state_after,
)
from tests.unit.strategies import entries, marks

from ballast.domain.execution.instrument import Side
from ballast.domain.hedge.marks import Marks, value_usd
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, SHARE, USDC, USDT
from ballast.domain.kernel.errors import InvariantError, NotKnown
from ballast.domain.kernel.events import Envelope, Event
from ballast.domain.ledger import events as vocabulary
from ballast.domain.ledger.entry import OWN_PLACES, Entry, Place, Posting, move
from ballast.domain.ledger.events import (
    ActionKind,
    AlertRaised,
    HedgeBaseRaised,
    IncomePosted,
    LegsClosed,
    OperationClosed,
    OperationKind,
    Outcome,
    PauseSet,
    PayoutFixed,
)
from ballast.domain.ledger.postings import action_entry, departure_entry, deposit_entry, withdrawal_entry
from ballast.domain.ledger.state import CLOSED_KEPT_MAX, StrategyState

D = Decimal
RELEASE = sent("release")
FORWARD = sent("forward", ActionKind.FORWARD)
TWO_BTC = Amount(BTC, D(2))
SHARES = Amount(SHARE, D(2))
FULFIL = evolve(sent("fulfil", ActionKind.FULFIL_DEPOSIT), amount=SHARES)
ENDED = OperationClosed(ID, Outcome.COMPLETED, D("1.99"), price_per_share=D("1.005"))
A_LIFE: tuple[Event, ...] = (
    evolve(opened(request_id="request-1"), entry=deposit_entry(TWO_BTC)),
    RELEASE,
    evolve(settled(RELEASE), entry=action_entry(ActionKind.RELEASE, TWO_BTC)),
    FORWARD,
    evolve(departed(FORWARD), entry=departure_entry(ActionKind.FORWARD, TWO_BTC, None)),
    evolve(settled(FORWARD), entry=move(TWO_BTC, Place.TRANSIT, Place.VENUE_SPOT)),
    planned(),
    ordered(),
    evolve(filled("1", "79990"), entry=move(Amount(BTC, D(1)), Place.VENUE_SPOT, Place.MARKET)),
    LegsClosed(ID, 0, "trade", "time cap"),
    AlertRaised("key", "text"),
    PauseSet("entry", paused=True, reason="drill"),
    IncomePosted(3, move(Amount(USDT, D(8)), Place.FUNDING, Place.VENUE_MARGIN), MARKS),
    PauseSet("entry", paused=False, reason="over"),
    AlertRaised("key", ""),
    FULFIL,
    evolve(settled(FULFIL), entry=action_entry(ActionKind.FULFIL_DEPOSIT, SHARES)),
    ENDED,
)


def enveloped(events: tuple[Event, ...]) -> list[Envelope]:
    return [
        Envelope(index + 1, NOON + timedelta(seconds=index), "test", getattr(event, "operation", ""), event, "")
        for index, event in enumerate(events)
    ]


def test_every_event_of_the_vocabulary_is_understood() -> None:
    kinds = {kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, Event)}
    assert set(vars(StrategyState)["_HANDLERS"]) == kinds - {Event}


@pytest.mark.parametrize("sequence", [0, 1, 3, 100])
def test_an_event_that_is_not_the_next_is_refused_and_changes_nothing(sequence: int) -> None:
    state = state_after(PauseSet("entry", paused=True, reason="drill"))
    with pytest.raises(InvariantError, match=f"event {sequence} after 1"):
        state.apply(Envelope(sequence, NOON, "test", "", PauseSet("all", paused=True, reason=""), ""))
    assert (state.sequence, state.paused) == (1, {"entry": "drill"})


@pytest.mark.parametrize("split", range(len(A_LIFE) + 1))
def test_a_state_rebuilt_from_any_prefix_goes_on_to_the_same_end(split: int) -> None:
    journal = enveloped(A_LIFE)
    whole, rebuilt = StrategyState(), StrategyState()
    for envelope in journal:
        whole.apply(envelope)
    for envelope in journal[:split]:
        rebuilt.apply(envelope)
    assert (rebuilt == whole) is (split == len(A_LIFE))
    for envelope in journal[split:]:
        rebuilt.apply(envelope)
    assert rebuilt == whole


def test_at_every_moment_the_accounts_sum_to_zero_and_our_sums_are_those_of_our_places() -> None:
    state = StrategyState()
    for envelope in enveloped(A_LIFE):
        state.apply(envelope)
        rows = [Posting(place, asset, quantity) for (place, asset), quantity in state.balances.items()]
        assert not any(sums(rows).values())
        ours = sums(row for row in rows if row.place in OWN_PLACES)
        assert {asset: total for asset, total in state.own.items() if total} == {
            asset: total for asset, total in ours.items() if total
        }


def test_an_entry_leaves_shares_a_hedge_base_and_no_claim() -> None:
    state = state_after(*A_LIFE)
    assert (state.share_supply, state.priced_supply, state.hedge_base) == (D(2), D(2), D("1.99"))
    assert (state.claims_btc, state.target_btc, state.in_flight()) == (D(0), D("1.99"), False)
    assert state.operation(ID).price_per_share == D("1.005")


def test_a_users_btc_is_a_claim_and_target_while_it_is_worked_on() -> None:
    working = state_after(*A_LIFE[:6])
    assert (working.claims_btc, working.target_btc, working.share_supply) == (D(2), D(2), D(0))


def test_what_is_sent_and_not_proved_is_in_flight() -> None:
    flying = [state_after(*A_LIFE[:count]).in_flight() for count in range(1, 10)]
    assert flying == [False, True, False, True, True, False, False, True, False]


def test_pending_counts_open_legs_of_all_operations_and_nothing_else() -> None:
    other = evolve(opened(OperationKind.CORRECTION, "co1"))
    legs = (leg(Side.BUY, "5"), evolve(leg(Side.SELL, "7"), name="selleth", asset=ETH))
    both = state_after(opened(), other, planned(), evolve(planned("correct", 0, *legs), operation="co1"))
    assert both.pending() == {BTC: 3, ETH: -7}
    assert state_after(opened(), planned(), LegsClosed(ID, 0, "trade", "done")).pending() == {}


def test_shares_that_are_paid_for_own_nothing_more_until_they_are_burned() -> None:
    exit_ = evolve(opened(OperationKind.EXIT, "ex1"), subject="withdrawal", amount=Amount(SHARE, D("0.5")))
    fixed = PayoutFixed("ex1", Amount(BTC, D("0.51")), D("-0.5"), D("1.02"), Entry(()), MARKS)
    burn = evolve(
        sent("fulfil", ActionKind.FULFIL_WITHDRAWAL), operation="ex1", intent="ex1.0.fulfil.0", amount=fixed.payout
    )
    burned = evolve(settled(burn), operation="ex1", entry=withdrawal_entry(fixed.payout, exit_.amount))
    before = state_after(*A_LIFE, exit_)
    assert (before.share_supply, before.priced_supply) == (D(2), D(2))
    paid = state_after(*A_LIFE, exit_, fixed)
    assert (paid.share_supply, paid.priced_supply, paid.claims_btc) == (D(2), D("1.5"), D("0.51"))
    assert (paid.hedge_base, paid.target_btc) == (D("1.49"), D("2.00"))
    gone = state_after(*A_LIFE, exit_, fixed, burn, burned, OperationClosed("ex1", Outcome.COMPLETED, D(0)))
    assert (gone.share_supply, gone.priced_supply) == (D("1.5"), D("1.5"))


def test_an_operation_is_opened_once_even_after_it_has_ended() -> None:
    for events in ((opened(), opened()), (opened(), ENDED, opened())):
        with pytest.raises(InvariantError, match="opened twice"):
            state_after(*events)


def test_a_request_and_its_subject_lead_to_the_operation_also_after_its_end() -> None:
    state = state_after(*A_LIFE)
    assert state.requests == {"request-1": ("", ID)}
    assert state.subjects[f"1:vault:{ID}"] == ID
    assert not state.operation(ID).open
    with pytest.raises(NotKnown, match="operation 'en9'"):
        state.operation("en9")


def test_closed_operations_are_kept_up_to_a_bound_and_the_oldest_go_first() -> None:
    count = CLOSED_KEPT_MAX + 3
    events: list[Event] = []
    for index in range(count):
        name = f"co{index}"
        events += [opened(OperationKind.CORRECTION, name), OperationClosed(name, Outcome.COMPLETED, D(0))]
    state = state_after(*events)
    assert list(state.closed) == [f"co{index}" for index in range(3, count)]
    assert len(state.subjects) == CLOSED_KEPT_MAX


@pytest.mark.parametrize(
    ("paused", "asked", "stopped"),
    [
        (["entry"], ["entry"], True),
        (["entry"], ["exit", "venue"], False),
        (["all"], ["exit"], True),
        (["all"], [], True),
        (["venue"], ["exit", "venue"], True),
        ([], ["entry"], False),
    ],
)
def test_a_pause_stops_its_scope_and_all_stops_everything(
    paused: list[str], asked: list[str], *, stopped: bool
) -> None:
    state = state_after(*(PauseSet(scope, paused=True, reason="drill") for scope in paused))
    why = state.pause_of(*asked)
    assert (why is not None) is stopped
    assert why is None or "drill" in why


def test_resuming_an_operation_that_was_parked_lets_it_try_again_and_its_end_ends_the_pause() -> None:
    parked = PauseSet(f"operation:{ID}", paused=True, reason="refused")
    state = state_after(opened(), parked)
    assert (state.operation(ID).parks, state.paused) == (1, {f"operation:{ID}": "refused"})
    assert state_after(opened(), parked, evolve(parked, paused=False)).paused == {}
    assert state_after(opened(), parked, ENDED).paused == {}


def test_the_winding_up_lasts_from_the_flattening_to_the_end_of_the_exit() -> None:
    exit_ = opened(OperationKind.EXIT)
    assert not state_after(exit_, planned()).winding_up
    assert state_after(exit_, planned("flatten")).winding_up
    assert not state_after(exit_, planned("flatten"), ENDED).winding_up


@given(st.lists(st.tuples(entries, marks()), max_size=8))
def test_what_an_operation_costs_is_the_value_that_left_us_but_not_as_flow_or_funding(
    booked: list[tuple[Entry, Marks]],
) -> None:
    events: list[Event] = [opened()]
    expected = D(0)
    for index, (entry, at) in enumerate(booked):
        action = sent("step", attempt=index)
        events += [action, evolve(settled(action), entry=entry, marks=at)]
        cost_rows = [
            row for row in entry.postings
            if row.place not in OWN_PLACES and row.place not in (Place.CONTRACT, Place.DEPOSITORS, Place.FUNDING)
        ]  # fmt: skip
        expected += value_usd(sums(cost_rows), at)
    assert state_after(*events).operation(ID).cost_usd == expected


def test_the_turnover_counts_orders_when_they_are_sent() -> None:
    state = state_after(opened(), planned(), ordered())
    assert state.turnover.minute_usd == state.turnover.day_usd == 79_990


def test_the_hedge_base_is_the_sum_of_its_changes() -> None:
    raised = HedgeBaseRaised(D("0.01"), "fees earned")
    state = state_after(*A_LIFE, raised, evolve(raised, change=D("-0.004")))
    assert state.hedge_base == D("1.99") + D("0.006")


def test_a_balance_never_posted_is_zero() -> None:
    assert StrategyState().balance(Place.VENUE_SPOT, USDC) == 0
