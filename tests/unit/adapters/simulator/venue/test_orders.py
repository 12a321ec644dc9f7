"""Orders at the simulated exchange: refusals, takers, makers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import (
    BTC_PERP,
    BTC_USDC,
    BTC_USDT,
    DATA,
    ETH_PERP,
    NOON,
    SOL_PERP,
    Bench,
    D,
    after,
    bench,
    make,
)

from ballast.adapters.common.venue.filters import filter_refusal
from ballast.adapters.common.venue.listing import read_listings
from ballast.adapters.simulator.venue.recorded import SPOT_INFO, USDM_INFO
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import Order, OrderState, TimeInForce
from ballast.domain.kernel.asset import BTC, ETH, USDC, USDT
from ballast.domain.kernel.errors import NotKnown

QUIET = VenueSettings(noise_fraction=D(0))
BUY, SELL = Side.BUY, Side.SELL
POST_ONLY, GTC = TimeInForce.POST_ONLY, TimeInForce.GTC


def funded(spot: str = "10", margin: str = "10") -> Bench:
    made = bench(QUIET)
    made.fund(BTC, spot, margin)
    return made


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (make("DOGEUSDT:PERP", BUY, "1", "70000"), "-1121"),
        (make(BTC_PERP, BUY, "1", "70000.005"), "-1111"),
        (make(BTC_PERP, BUY, "1", "70000.05"), "-4014"),
        (make(BTC_PERP, BUY, "1", "0"), "-4014"),
        (make(BTC_PERP, BUY, "0.0005", "70000"), "-1111"),
        (make(SOL_PERP, BUY, "0.005", "90"), "-1111"),
        (make(BTC_PERP, BUY, "0", "70000"), "-4003"),
        (make(BTC_PERP, BUY, "-1", "70000"), "-4003"),
        (make(BTC_PERP, BUY, "1001", "70000"), "-4005"),
        (make(ETH_PERP, BUY, "0.009", "2100"), "-4164"),
        (make(BTC_PERP, BUY, "1", "73500.1"), "-4016"),
        (make(BTC_PERP, SELL, "1", "66499.9"), "-4024"),
        (make(BTC_PERP, BUY, "0.001", "70000", client_id="no*star"), "-4015"),
        (make(BTC_PERP, BUY, "0.001", "70000", client_id=""), "-4015"),
        (make(BTC_PERP, SELL, "1", "70000", reduce_only=True), "-2022"),
        (make(BTC_PERP, BUY, "94", "70000.1"), None),
        (make(BTC_PERP, BUY, "96", "70000.1"), "-2019"),
        (make(BTC_PERP, BUY, "1", "70000.1", POST_ONLY), "-5022"),
        (make(BTC_PERP, SELL, "1", "70000", POST_ONLY), "-5022"),
        (make(BTC_USDC, SELL, "1", "70000.005"), "-1013"),
        (make(BTC_USDC, SELL, "0.000001", "70000"), "-1013"),
        (make(BTC_USDC, SELL, "0.00005", "70000"), "-1013"),
        (make(BTC_USDC, SELL, "1", "34999.99"), "-1013"),
        (make(BTC_USDC, SELL, "0.000000001", "70000"), "-1111"),
        (make(BTC_USDC, SELL, "11", "70000"), "-2010"),
        (make(BTC_USDC, BUY, "1", "70000"), "-2010"),
    ],
)
def test_an_order_is_refused_with_the_exchanges_code_and_leaves_no_trace(order: Order, code: str | None) -> None:
    made = funded()
    before = made.engine.account(NOON)
    report = made.engine.place(NOON, order)
    assert report.code == (code or "")
    if code:
        assert report.state is OrderState.REFUSED
        assert report.reason
        assert made.engine.order(NOON, order.symbol, order.client_id) is None
        assert made.engine.account(NOON) == before


def test_an_id_of_36_characters_is_taken_and_one_of_37_is_not() -> None:
    made = funded()
    order = make(BTC_PERP, BUY, "0.001", "70000.1", client_id="x" * 36)
    assert made.engine.place(NOON, order).state is OrderState.FILLED
    longer = Order("x" * 37, BTC_PERP, BUY, D("0.001"), D("70000.1"), TimeInForce.IOC, reduce_only=False)
    assert made.engine.place(NOON, longer).code == "-4015"


def test_the_quantity_grid_is_looked_at_where_decimals_do_not_show_it() -> None:
    """No recorded step is coarser than its decimals, so the code needs a listing of its own."""
    listing = read_listings(DATA / USDM_INFO, DATA / SPOT_INFO)[BTC_PERP]
    coarse = evolve(listing, instrument=evolve(listing.instrument, step=D("0.005"), quantity_min=D("0.005")))
    for quantity, code in (("0.007", "-4023"), ("0.000", "-4003")):
        refusal = filter_refusal(coarse, make(BTC_PERP, BUY, quantity, "70000"), D(70_000))
        assert refusal is not None
        assert refusal.code == code
    small = evolve(listing, instrument=evolve(listing.instrument, quantity_min=D("0.005")))
    refusal = filter_refusal(small, make(BTC_PERP, BUY, "0.004", "70000"), D(70_000))
    assert refusal is not None
    assert refusal.code == "-4004"


def test_a_taker_walks_the_book_up_to_its_limit_and_the_rest_expires() -> None:
    made = funded()
    asks = made.engine.book(NOON, BTC_PERP).asks
    wanted = asks[0][1] + asks[1][1] + D("0.5")
    report = made.engine.place(NOON, make(BTC_PERP, BUY, str(wanted), str(asks[1][0])))
    assert report.state is OrderState.EXPIRED
    assert [(trade.price, trade.quantity) for trade in report.trades] == list(asks[:2])
    assert report.filled == wanted - D("0.5")
    assert not any(trade.maker for trade in report.trades)


def test_an_order_that_reaches_nothing_expires_empty() -> None:
    report = funded().engine.place(NOON, make(BTC_PERP, BUY, "1", "69999"))
    assert (report.state, report.filled, report.trades) == (OrderState.EXPIRED, D(0), ())


def test_a_perpetual_costs_five_bps_in_usdt_rounded_up_and_realises_into_usdt() -> None:
    made = funded()
    opened = made.engine.place(NOON, make(BTC_PERP, SELL, "1.001", "70000"))
    fee = D("35.03500000")
    assert [(trade.fee, trade.fee_asset, trade.realised) for trade in opened.trades] == [(fee, USDT, D(0))]
    made.market.set(BTC, after(60), "69000.05")
    closed = made.trade(BTC_PERP, "1.001", after(60), reduce_only=True)
    assert closed.trades[0].price == D("69000.1")
    assert closed.trades[0].realised == D("1.001") * (D(70_000) - D("69000.1"))
    assert closed.trades[0].fee == D("34.53455005")
    account = made.engine.account(after(60))
    assert account.margin[USDT] == D("1000.8999") - fee - D("34.53455005")
    assert account.positions[BTC].quantity == 0


def test_a_spot_fee_is_ten_bps_of_what_was_received() -> None:
    made = funded(spot="1", margin="0")
    sold = made.engine.place(NOON, make(BTC_USDC, SELL, "0.50001", "70000"))
    assert sold.trades[0].fee_asset is USDC
    assert sold.trades[0].fee == D("35.00070000")
    account = made.engine.account(NOON)
    assert account.spot[BTC] == D("0.49999")
    assert account.spot[USDC] == D("35000.7") - D("35.0007")
    bought = made.engine.place(NOON, make(BTC_USDC, BUY, "0.12345", "70000.01", client_id="two"))
    assert (bought.trades[0].fee, bought.trades[0].fee_asset) == (D("0.00012345"), BTC)


def test_a_fee_finer_than_eight_places_is_rounded_against_us() -> None:
    made = funded(spot="1", margin="0")
    made.market.set(BTC, NOON, "70000.03")
    sold = made.engine.place(NOON, make(BTC_USDT, SELL, "0.00012", "70000.03"))
    assert sold.trades[0].fee == D("0.00840001")
    assert D("0.00012") * D("70000.03") * D("0.001") == D("0.0084000036")


def test_reduce_only_is_refused_beyond_the_position_and_what_already_closes_it() -> None:
    made = funded()
    made.trade(BTC_PERP, "-2")
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "2.001", "70000.1", reduce_only=True)).code == "-2022"
    assert made.engine.place(NOON, make(BTC_PERP, SELL, "1", "70000", reduce_only=True)).code == "-2022"
    resting = make(BTC_PERP, BUY, "1.5", "69000", GTC, client_id="rest", reduce_only=True)
    assert made.engine.place(NOON, resting).state is OrderState.RESTING
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "0.501", "70000.1", reduce_only=True)).code == "-2022"
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "0.5", "70000.1", reduce_only=True)).filled == D("0.5")


def test_reduce_only_may_be_smaller_than_the_minimum_notional() -> None:
    made = funded()
    made.trade(ETH_PERP, "-1")
    assert made.engine.place(NOON, make(ETH_PERP, BUY, "0.001", "2100.01", reduce_only=True)).filled == D("0.001")


def test_shrinking_a_position_needs_no_margin() -> None:
    made = funded(spot="0", margin="1")
    made.trade(BTC_PERP, "-9")
    assert made.engine.place(NOON, make(BTC_PERP, SELL, "1", "70000")).code == "-2019"
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "9", "70001")).filled > 0


def test_turning_a_position_around_needs_margin_for_what_it_ends_larger_by() -> None:
    made = funded(spot="0", margin="1")
    made.trade(BTC_PERP, "-9")
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "20", "70010")).code == "-2019"
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "18", "70100")).filled == D(18)
    assert made.engine.account(NOON).positions[BTC].quantity == D(9)


def test_resting_orders_bind_margin_and_balance() -> None:
    made = funded(spot="1", margin="1")
    resting = make(BTC_PERP, BUY, "9", "69000", GTC, client_id="rest")
    assert made.engine.place(NOON, resting).state is OrderState.RESTING
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "1", "70000.1")).code == "-2019"
    selling = make(BTC_USDC, SELL, "0.6", "71000", GTC, client_id="sell")
    assert made.engine.place(NOON, selling).state is OrderState.RESTING
    assert made.engine.place(NOON, make(BTC_USDC, SELL, "0.5", "70000")).code == "-2010"


def test_the_id_of_an_open_order_is_refused_and_of_a_finished_one_accepted() -> None:
    made = funded()
    made.engine.place(NOON, make(BTC_PERP, BUY, "1", "69000", GTC))
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "2", "69000", GTC)).code == "-4116"
    assert made.engine.cancel(NOON, BTC_PERP, "one").state is OrderState.CANCELLED
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "2", "70000.1")).filled == D(2)
    newest = made.engine.order(NOON, BTC_PERP, "one")
    assert newest is not None
    assert newest.filled == D(2)


def test_open_orders_are_bounded_per_market() -> None:
    made = bench(VenueSettings(open_orders_max=2))
    made.fund(BTC, margin="10")
    for n in range(2):
        made.engine.place(NOON, make(BTC_PERP, BUY, "0.1", "69000", GTC, client_id=f"o{n}"))
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "0.1", "69000", GTC, client_id="o2")).code == "-2025"
    assert made.engine.place(NOON, make(ETH_PERP, BUY, "0.1", "2000", GTC)).state is OrderState.RESTING


def test_a_maker_waits_for_the_quantity_that_was_there_before_it() -> None:
    made = funded()
    queue = made.engine.book(NOON, BTC_PERP).bids[0][1]
    rest_s = 31
    order = make(BTC_PERP, BUY, "1", "70000", POST_ONLY)
    assert made.engine.place(NOON, order).state is OrderState.RESTING
    early = made.engine.order(after(29), BTC_PERP, "one")
    assert early is not None
    assert early.state is OrderState.RESTING
    later = made.engine.order(after(rest_s), BTC_PERP, "one")
    assert later is not None
    traded = queue * rest_s / 30
    assert abs(later.filled - min(D(1), traded - queue)) <= D("0.001")
    done = made.engine.order(after(600), BTC_PERP, "one")
    assert done is not None
    assert done.state is OrderState.FILLED
    assert all(trade.maker and trade.price == 70_000 for trade in done.trades)
    assert sum(trade.fee for trade in done.trades) >= D(70_000) * D("0.0002")


def test_a_maker_fills_whole_when_the_price_trades_through_it() -> None:
    made = funded()
    made.engine.place(NOON, make(BTC_PERP, BUY, "5", "69900", POST_ONLY))
    made.market.set(BTC, after(3), "69899")
    made.market.set(BTC, after(4), "70500")
    report = made.engine.order(after(60), BTC_PERP, "one")
    assert report is not None
    assert report.state is OrderState.FILLED
    assert [(trade.quantity, trade.price, trade.time) for trade in report.trades] == [(D(5), D(69_900), after(3))]


def test_a_maker_the_price_never_reaches_rests() -> None:
    made = funded()
    made.engine.place(NOON, make(BTC_PERP, SELL, "5", "70100", POST_ONLY))
    made.market.set(BTC, after(3), "70050")
    report = made.engine.order(after(86_400), BTC_PERP, "one")
    assert report is not None
    assert report.state is OrderState.RESTING


def test_a_resting_reduce_only_order_ends_instead_of_opening() -> None:
    made = funded()
    made.trade(BTC_PERP, "-2")
    made.engine.place(NOON, make(BTC_PERP, BUY, "2", "69000", GTC, client_id="rest", reduce_only=True))
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "2", "70000.1")).filled == D(2)
    made.market.set(BTC, after(5), "68000")
    report = made.engine.order(after(10), BTC_PERP, "rest")
    assert report is not None
    assert (report.state, report.filled) == (OrderState.EXPIRED, D(0))
    assert made.engine.account(after(10)).positions[BTC].quantity == 0


def test_a_cancelled_maker_keeps_what_filled() -> None:
    made = funded()
    made.engine.place(NOON, make(BTC_PERP, BUY, "5", "70000", POST_ONLY))
    report = made.engine.cancel(after(31), BTC_PERP, "one")
    assert report.state is OrderState.CANCELLED
    assert 0 < report.filled < 5
    assert made.engine.order(after(600), BTC_PERP, "one") == report


def test_cancelling_an_unknown_order_says_so() -> None:
    with pytest.raises(NotKnown):
        bench().engine.cancel(NOON, BTC_PERP, "nobody")


def test_what_is_hidden_is_unresolved_until_it_shows() -> None:
    made = funded()
    assert made.engine.place(NOON, make(BTC_PERP, BUY, "1", "70000.1"), 30).state is OrderState.UNRESOLVED
    early, late = (made.engine.order(after(seconds), BTC_PERP, "one") for seconds in (29, 30))
    assert early is not None
    assert late is not None
    assert (early.state, early.trades) == (OrderState.UNRESOLVED, ())
    assert late.filled == D(1)


def test_finished_orders_are_forgotten_the_empty_ones_first() -> None:
    made = funded()
    made.engine.place(NOON, make(BTC_PERP, BUY, "1", "70000.1", client_id="filled"))
    made.engine.place(NOON, make(BTC_PERP, BUY, "1", "69000", client_id="empty"))

    def known(days: int) -> list[bool]:
        now = NOON + timedelta(days=days)
        made.engine.place(now, make(BTC_PERP, BUY, "1", "69000", client_id="latest"))
        return [made.engine.order(now, BTC_PERP, name) is not None for name in ("filled", "empty")]

    assert known(2) == [True, True]
    assert known(4) == [True, False]
    assert known(91) == [False, False]


signed_lots = st.integers(-3_000, 3_000).filter(bool)


@settings(deadline=None)
@given(st.lists(st.tuples(signed_lots, st.integers(60_000, 80_000)), min_size=1, max_size=10))
def test_profit_is_never_made_by_rounding(trades: list[tuple[int, int]]) -> None:
    """Wallet plus unrealised profit is what the trades' cash flows and fees say, to the last place."""
    made = bench()
    made.fund(BTC, margin="1000")
    cash, held, now = D(0), D(0), NOON
    for lots, price in trades:
        now += timedelta(minutes=1)
        made.market.set(BTC, now, str(price))
        report = made.trade(BTC_PERP, str(Decimal(lots) / 1000), now)
        direction = 1 if lots > 0 else -1
        for trade in report.trades:
            cash -= direction * trade.quantity * trade.price + trade.fee
            held += direction * trade.quantity
    account = made.engine.account(now)
    position = account.positions[BTC]
    assert position.quantity == held
    assert account.margin[USDT] + position.unrealised == cash + held * trades[-1][1]


def test_positions_in_other_coins_stay_apart() -> None:
    made = funded()
    made.trade(ETH_PERP, "-3")
    positions = made.engine.account(NOON).positions
    assert positions[ETH].quantity == D(-3)
    assert positions[ETH].entry_price == D(2_100)
    assert [positions[coin].quantity for coin in positions if coin is not ETH] == [D(0), D(0)]
