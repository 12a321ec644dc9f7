"""What the exchange itself may do to an account, and what it tells of orders."""

from datetime import datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, DATA, NOON, Bench, after, bench, make

from ballast.adapters.common.venue.listing import read_listings
from ballast.adapters.common.venue.orders import OrderRecord
from ballast.adapters.simulator.venue.recorded import SPOT_INFO, USDM_INFO
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import OrderEvent, OrderState, TimeInForce, Trade
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.errors import NotKnown, RuleBroken
from ballast.ports.venue import IncomeKind

D = Decimal
BID, AWAY = "69000", "68000"


def funded(made: Bench | None = None, margin: str = "100000") -> Bench:
    made = made or bench()
    made.fund(USDT, margin=margin)
    return made


def resting(made: Bench, quantity: str = "1", price: str = BID) -> None:
    report = made.engine.place(NOON, make(BTC_PERP, Side.BUY, quantity, price, TimeInForce.POST_ONLY))
    assert report.state is OrderState.RESTING


def test_an_amended_order_has_its_new_quantity_and_price() -> None:
    made = funded()
    resting(made)
    report = made.engine.amend(after(1), BTC_PERP, "one", D("0.5"), D(AWAY))
    assert report.state is OrderState.RESTING
    made.market.set(BTC, after(2), "68500")
    assert made.engine.order(after(10), BTC_PERP, "one") == report
    made.market.set(BTC, after(11), "67900")
    done = made.engine.order(after(20), BTC_PERP, "one")
    assert done is not None
    assert (done.state, done.filled, done.trades[0].price) == (OrderState.FILLED, D("0.5"), D(AWAY))


def test_an_order_amended_across_the_book_takes() -> None:
    made = funded()
    made.engine.place(NOON, make(BTC_PERP, Side.BUY, "0.5", BID, TimeInForce.GTC))
    report = made.engine.amend(after(1), BTC_PERP, "one", D("0.5"), D(70_500))
    assert report.state is OrderState.FILLED
    assert not report.trades[0].maker


def test_an_amendment_to_what_has_filled_already_ends_the_order() -> None:
    made = funded()
    order = make(BTC_PERP, Side.BUY, "1", "70500", TimeInForce.GTC)
    made.engine.place(NOON, order, fill_max=D("0.4"))
    report = made.engine.amend(NOON, BTC_PERP, "one", D("0.4"), D(BID))
    assert (report.state, report.filled) == (OrderState.CANCELLED, D("0.4"))


@pytest.mark.parametrize(
    ("quantity", "price", "code"), [("100", BID, "-2019"), ("0.0001", BID, "-1111"), ("1", "70500", "-5022")]
)
def test_a_refused_amendment_leaves_the_order_as_it_is(quantity: str, price: str, code: str) -> None:
    made = funded()
    resting(made)
    assert made.engine.amend(after(1), BTC_PERP, "one", D(quantity), D(price)).code == code
    made.market.set(BTC, after(2), "68900")
    report = made.engine.order(after(10), BTC_PERP, "one")
    assert report is not None
    assert (report.filled, report.trades[0].price) == (D(1), D(BID))


def test_only_an_open_order_can_be_amended() -> None:
    made = funded()
    with pytest.raises(NotKnown):
        made.engine.amend(NOON, BTC_PERP, "one", D(1), D(BID))
    made.trade(BTC_PERP, "0.1")
    with pytest.raises(NotKnown):
        made.engine.amend(NOON, BTC_PERP, f"t{NOON}", D(1), D(BID))


def test_a_smaller_quantity_keeps_its_place_in_the_queue_and_a_new_price_does_not() -> None:
    """The displayed size trades every 30 s; whoever keeps the place fills no later than one who never changed."""
    fills: dict[str, Decimal] = {}
    for name, quantity, price in (("kept", "4", "70000"), ("left", "5", "69999.9")):
        made = funded()
        resting(made, "5", "70000")
        made.engine.amend(after(20), BTC_PERP, "one", D(quantity), D(price))
        if name == "left":
            made.engine.amend(after(20), BTC_PERP, "one", D(quantity), D(70_000))
        report = made.engine.order(after(45), BTC_PERP, "one")
        assert report is not None
        fills[name] = report.filled
    assert fills["kept"] > fills["left"]


def test_no_more_than_what_is_said_to_be_on_offer_fills() -> None:
    made = funded()
    report = made.engine.place(NOON, make(BTC_PERP, Side.BUY, "1", "70500"), fill_max=D("0.3"))
    assert (report.state, report.filled) == (OrderState.EXPIRED, D("0.3"))


def test_a_post_only_order_that_would_take_may_be_accepted_and_expire() -> None:
    made = funded(bench(VenueSettings(post_only_expires=True)))
    report = made.engine.place(NOON, make(BTC_PERP, Side.BUY, "1", "70500", TimeInForce.POST_ONLY))
    assert (report.state, report.filled) == (OrderState.EXPIRED, D(0))


def test_leverage_of_a_coin_sets_what_it_binds() -> None:
    made = funded(margin="10000")
    order = make(BTC_PERP, Side.BUY, "1", BID, TimeInForce.GTC)
    made.engine.rules.leverage_of[BTC] = D(5)
    assert made.engine.place(NOON, order).code == "-2019"
    made.engine.rules.leverage_of[BTC] = D(20)
    assert made.engine.place(NOON, order).state is OrderState.RESTING
    margin = made.engine.margin(NOON)
    assert (margin.balance, margin.initial, margin.maintenance) == (D(10_000), D(3_450), D(0))
    assert margin.opening == {BTC: D(69_000)}


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 1_000), st.sampled_from([-1, 1]))
def test_deleveraging_takes_exactly_its_part_at_the_mark(thousandths: int, direction: int) -> None:
    made = funded()
    made.trade(BTC_PERP, str(direction))
    before = made.engine.account(after(1))
    part = D(thousandths) / 1_000
    made.engine.deleverage(after(2), BTC, part)
    account = made.engine.account(after(2))
    assert account.positions[BTC].quantity == direction * (1 - part)
    assert account.margin[USDT] + account.positions[BTC].unrealised == pytest.approx(
        before.margin[USDT] + before.positions[BTC].unrealised, abs=D("2e-8")
    )
    (income,) = made.engine.income(after(2), 0, 10)
    assert income.kind is IncomeKind.LIQUIDATION
    assert income.amount.quantity == account.margin[USDT] - before.margin[USDT]


def test_nothing_is_deleveraged_beyond_the_position() -> None:
    made = funded()
    made.trade(BTC_PERP, "0.5")
    for quantity in ("0.6", "0", "-0.1"):
        with pytest.raises(RuleBroken):
            made.engine.deleverage(after(1), BTC, D(quantity))


def test_nothing_fills_in_a_halted_market_and_everything_due_before_did() -> None:
    made = funded()
    resting(made)
    made.engine.halt(after(1), BTC_PERP, halted=True)
    made.market.set(BTC, after(2), "68000")
    report = made.engine.order(after(30), BTC_PERP, "one")
    assert report is not None
    assert report.filled == 0
    made.engine.halt(after(31), BTC_PERP, halted=False)
    report = made.engine.order(after(60), BTC_PERP, "one")
    assert report is not None
    assert report.state is OrderState.FILLED


def test_changed_rules_hold_for_new_orders_and_the_book() -> None:
    made = funded()
    resting(made)
    listing = read_listings(DATA / USDM_INFO, DATA / SPOT_INFO)[BTC_PERP]
    coarse = evolve(listing, instrument=evolve(listing.instrument, step=D("0.5"), tick=D(10)))
    made.engine.relist(after(1), coarse)
    assert made.engine.instruments(after(1))[BTC_PERP] == coarse.instrument
    refused = made.engine.place(after(1), make(BTC_PERP, Side.BUY, "0.7", BID, client_id="two"))
    assert refused.code == "-4023"
    book = made.engine.book(after(1), BTC_PERP)
    assert all(price % 10 == 0 and size % D("0.5") == 0 for price, size in (*book.bids, *book.asks))
    report = made.engine.order(after(2), BTC_PERP, "one")
    assert report is not None
    assert report.state is OrderState.RESTING


def test_a_watcher_is_told_of_every_step_in_its_order() -> None:
    made = funded()
    told: list[tuple[str, OrderEvent, Decimal]] = []

    def note(record: OrderRecord, event: OrderEvent, trade: Trade | None, _now: datetime) -> None:
        told.append((record.order.client_id, event, trade.quantity if trade else D(0)))

    made.engine.watch(note)
    resting(made)
    made.engine.amend(after(1), BTC_PERP, "one", D("0.5"), D(AWAY))
    made.engine.cancel(after(2), BTC_PERP, "one")
    made.engine.place(after(3), make(BTC_PERP, Side.BUY, "0.2", "70500", client_id="two"), fill_max=D("0.1"))
    made.engine.deleverage(after(4), BTC, D("0.1"))
    own = "adl_autoclose-BTC-01120004000000"
    assert told == [
        ("one", OrderEvent.SEND, D(0)),
        ("one", OrderEvent.ACCEPT, D(0)),
        ("one", OrderEvent.SEND, D(0)),
        ("one", OrderEvent.CANCEL, D(0)),
        ("two", OrderEvent.SEND, D(0)),
        ("two", OrderEvent.FILL_PART, D("0.1")),
        ("two", OrderEvent.EXPIRE, D(0)),
        (own, OrderEvent.SEND, D(0)),
        (own, OrderEvent.FILL_ALL, D("0.1")),
    ]


def test_a_liquidation_is_an_order_of_the_exchange() -> None:
    made = funded(margin="8000")
    made.trade(BTC_PERP, "1")
    told: list[str] = []
    made.engine.watch(lambda record, _event, _trade, _now: told.append(record.order.client_id))
    made.market.set(BTC, after(60), "60000")
    assert made.engine.account(after(180)).positions[BTC].quantity == 0
    assert [name.partition("-")[0] for name in told] == ["autoclose", "autoclose"]
