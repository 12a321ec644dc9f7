"""The laws of ports/venue.py and of ports/actions.py for it, on every adapter."""

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from tests.contract.loopback_rigs import VENUES
from tests.contract.rigs import Rig, each
from tests.contract.venue_rigs import ADDRESS, VenueWorld

from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import Order, OrderReport, OrderState, TimeInForce
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput, NotKnown, Unreachable
from ballast.ports.actions import ActionState
from ballast.ports.venue import Venue, VenueAccount, VenueAction, Wallet, WalletTransfer, Withdrawal

VenueRig = Rig[Venue, VenueWorld]
D = Decimal
PERP, SPOT = "BTCUSDT:PERP", "BTCUSDC:SPOT"
TO_MARGIN = WalletTransfer(Amount(BTC, D("2.00000001")), Wallet.SPOT, Wallet.MARGIN)
OUT = Withdrawal(Amount(BTC, D("0.5")), ADDRESS)
TOO_MUCH = WalletTransfer(Amount(BTC, D("10.00000001")), Wallet.SPOT, Wallet.MARGIN)
ACTIONS = pytest.mark.parametrize("action", [TO_MARGIN, OUT])


async def funded(venue: Venue, world: VenueWorld) -> None:
    """Ten BTC arrive, four of them become margin."""
    world.arrive(Amount(BTC, D(10)), "first deposit")
    move = WalletTransfer(Amount(BTC, D(4)), Wallet.SPOT, Wallet.MARGIN)
    assert (await venue.submit("fund", move)).state is ActionState.CONFIRMED


async def taker(venue: Venue, symbol: str, signed: str, client_id: str = "a1", *, reduce_only: bool = False) -> Order:
    """An order that takes what the book shows."""
    side = Side.of(D(signed))
    worst = (await venue.book(symbol)).against(side)[-1][0]
    return Order(client_id, symbol, side, abs(D(signed)), worst, TimeInForce.IOC, reduce_only)


async def maker(venue: Venue, away: str = "0.99", client_id: str = "a1") -> Order:
    """A bid that rests below the book."""
    instrument = (await venue.instruments())[PERP]
    price = instrument.price_within((await venue.book(PERP)).mid * D(away), Side.BUY)
    return Order(client_id, PERP, Side.BUY, D("0.5"), price, TimeInForce.POST_ONLY, reduce_only=False)


async def found(venue: Venue, order: Order) -> OrderReport:
    report = await venue.order(order.symbol, order.client_id)
    assert report is not None
    return report


async def position(venue: Venue, asset: Asset = BTC) -> Decimal:
    return (await venue.account()).positions[asset].quantity


def holdings(account: VenueAccount) -> object:
    """The account without its time."""
    return account.spot, account.margin, {coin: held.quantity for coin, held in account.positions.items()}


@each(VENUES)
@ACTIONS
async def test_law_1_the_same_id_twice_is_one_action(rig: VenueRig, tmp_path: Path, action: VenueAction) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        first = await venue.submit("a", action)
        after_one = holdings(await venue.account())
        assert await venue.submit("a", action) == first
        assert await venue.submit("a", TO_MARGIN if action is OUT else OUT) == first
        assert holdings(await venue.account()) == after_one
        assert len(world.gone()) == (action is OUT)


@each(VENUES)
@ACTIONS
async def test_law_2_an_action_is_unresolved_until_it_shows_and_then_never_changes(
    rig: VenueRig, tmp_path: Path, action: VenueAction
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        world.hide("submit", 30)
        assert (await venue.submit("a", action)).state is ActionState.UNRESOLVED
        world.wait(29)
        assert (await venue.progress("a")).state is ActionState.UNRESOLVED
        world.wait(1)
        proved = await venue.progress("a")
        assert (proved.state, proved.sent) == (ActionState.CONFIRMED, action.amount)
        world.wait(86_400)
        assert await venue.progress("a") == proved


@each(VENUES)
@ACTIONS
async def test_law_2_a_lost_answer_is_unresolved_and_proved_later(
    rig: VenueRig, tmp_path: Path, action: VenueAction
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        world.lose("submit")
        assert (await venue.submit("a", action)).state is ActionState.UNRESOLVED
        assert (await venue.progress("a")).state is ActionState.CONFIRMED


@each(VENUES)
async def test_law_3_an_id_that_was_never_sent_is_refused_as_never_received(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, _world):
        report = await venue.progress("nobody")
        assert (report.state, report.reason) == (ActionState.REFUSED, "never received")


@each(VENUES)
@pytest.mark.parametrize(
    "action",
    [
        TOO_MUCH,
        evolve(TOO_MUCH, amount=Amount(BTC, D(-1))),
        evolve(TOO_MUCH, amount=Amount(SOL, D(1))),
        evolve(OUT, amount=Amount(BTC, D(6) + D("0.00000001"))),
    ],
)
async def test_law_4_a_refused_action_moved_nothing(rig: VenueRig, tmp_path: Path, action: VenueAction) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        before = holdings(await venue.account())
        report = await venue.submit("a", action)
        assert report.state is ActionState.REFUSED
        assert report.reason
        assert await venue.progress("a") == report
        assert holdings(await venue.account()) == before
        assert world.gone() == []


@each(VENUES)
@ACTIONS
async def test_law_4_what_the_venue_refuses_on_arrival_moved_nothing(
    rig: VenueRig, tmp_path: Path, action: VenueAction
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        before = holdings(await venue.account())
        world.refuse("submit", "-1008")
        report = await venue.submit("a", action)
        assert (report.state, report.reason) == (ActionState.REFUSED, "-1008")
        assert (await venue.progress("a")).state is ActionState.REFUSED
        assert holdings(await venue.account()) == before


@each(VENUES)
async def test_law_5_an_arrival_is_answered_for_once_it_is_there_exactly(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        assert await venue.credited("deposit") is None
        amount = Amount(USDC, D("1234.56789012"))
        world.arrive(amount, "deposit")
        assert await venue.credited("deposit") == amount
        assert await venue.credited("another") is None
        assert (await venue.account()).spot[USDC] == amount.quantity


@each(VENUES)
async def test_law_6_unreachable_means_that_nothing_was_sent(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        before, order = holdings(await venue.account()), await taker(venue, PERP, "-1")
        world.cut("submit")
        with pytest.raises(Unreachable):
            await venue.submit("a", TO_MARGIN)
        world.mend()
        world.cut("place")
        with pytest.raises(Unreachable):
            await venue.place(order)
        world.mend()
        assert (await venue.progress("a")).reason == "never received"
        assert await venue.order(PERP, order.client_id) is None
        assert holdings(await venue.account()) == before


@each(VENUES)
@pytest.mark.parametrize("call", ["account", "book", "order", "income", "progress", "credited", "instruments"])
async def test_law_6_a_read_without_answer_raises_instead_of_guessing(rig: VenueRig, tmp_path: Path, call: str) -> None:
    arguments = {"book": (PERP,), "order": (PERP, "a"), "income": (0, 10), "progress": ("a",), "credited": ("r",)}
    async with rig.open(tmp_path) as (venue, world):
        world.cut(call)
        with pytest.raises(Unreachable):
            await getattr(venue, call)(*arguments.get(call, ()))


@each(VENUES)
async def test_law_7_an_order_whose_answer_is_lost_is_unresolved_and_found_by_our_id(
    rig: VenueRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await taker(venue, PERP, "-1")
        world.lose("place")
        assert (await venue.place(order)).state is OrderState.UNRESOLVED
        assert (await found(venue, order)).filled == D(1)
        assert await position(venue) == D(-1)


@each(VENUES)
async def test_law_7_and_9_an_order_that_shows_late_is_unresolved_until_then_never_absent(
    rig: VenueRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await taker(venue, PERP, "-1")
        world.hide("place", 45)
        assert (await venue.place(order)).state is OrderState.UNRESOLVED
        world.wait(44)
        assert (await found(venue, order)).state is OrderState.UNRESOLVED
        world.wait(1)
        assert (await found(venue, order)).filled == D(1)


@each(VENUES)
async def test_law_7_a_refusal_is_an_answer_with_the_venues_code(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await taker(venue, PERP, "-1")
        world.refuse("place", "-1008")
        report = await venue.place(order)
        assert (report.state, report.code) == (OrderState.REFUSED, "-1008")
        assert await venue.order(PERP, order.client_id) is None
        assert await position(venue) == 0


@each(VENUES)
async def test_law_8_the_id_of_an_open_order_is_refused_and_the_first_stays(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await maker(venue)
        assert (await venue.place(order)).state is OrderState.RESTING
        again = await venue.place(evolve(order, quantity=D("0.2")))
        assert (again.state, again.code) == (OrderState.REFUSED, "-4116")
        assert (await found(venue, order)).state is OrderState.RESTING


@each(VENUES)
async def test_law_8_the_id_of_a_finished_order_is_free_so_a_blind_resend_would_fill_twice(
    rig: VenueRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await taker(venue, PERP, "-1")
        first = await venue.place(order)
        second = await venue.place(await taker(venue, PERP, "-1"))
        assert second.trades != first.trades
        assert await found(venue, order) == second
        assert await position(venue) == D(-2)


@each(VENUES)
async def test_law_9_an_order_nobody_placed_is_none(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await taker(venue, PERP, "-1")
        await venue.place(order)
        assert await venue.order(PERP, "a2") is None
        assert await venue.order(SPOT, order.client_id) is None


@each(VENUES)
async def test_law_10_filled_is_the_sum_of_trades_that_are_unique_and_stay(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        reports = [await venue.place(await taker(venue, PERP, "-0.4", f"a{n}")) for n in range(4)]
        for number, report in enumerate(reports):
            assert report.filled == sum(trade.quantity for trade in report.trades) == D("0.4")
            assert await venue.order(PERP, f"a{number}") == report
        ids = [trade.trade_id for report in reports for trade in report.trades]
        assert len(set(ids)) == len(ids)


@each(VENUES)
async def test_law_10_an_ioc_order_beyond_the_book_expires_with_what_it_got(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        world.arrive(Amount(BTC, D(5_000)), "deposit")
        world.wait(1)
        book = await venue.book(SPOT)
        depth = sum((size for _, size in book.bids), D(0))
        report = await venue.place(await taker(venue, SPOT, f"-{depth + 1}"))
        assert (report.state, report.filled) == (OrderState.EXPIRED, depth)


@each(VENUES)
async def test_law_11_cancelling_what_has_filled_reports_the_fill(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await maker(venue)
        await venue.place(order)
        world.wait(1)
        world.set_price(BTC, order.limit_price - 1000)
        world.wait(1)
        report = await venue.cancel(PERP, order.client_id)
        assert (report.state, report.filled) == (OrderState.FILLED, order.quantity)
        assert all(trade.maker and trade.price == order.limit_price for trade in report.trades)


@each(VENUES)
async def test_law_11_cancelling_what_rests_ends_it_also_the_second_time(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await maker(venue)
        await venue.place(order)
        report = await venue.cancel(PERP, order.client_id)
        assert (report.state, report.filled) == (OrderState.CANCELLED, D(0))
        assert await venue.cancel(PERP, order.client_id) == report
        world.set_price(BTC, order.limit_price - 1000)
        world.wait(60)
        assert await found(venue, order) == report


@each(VENUES)
async def test_law_11_a_cancel_whose_answer_is_lost_is_unresolved_and_found(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await maker(venue)
        await venue.place(order)
        world.lose("cancel")
        assert (await venue.cancel(PERP, order.client_id)).state is OrderState.UNRESOLVED
        assert (await found(venue, order)).state is OrderState.CANCELLED


@each(VENUES)
async def test_law_11_a_refused_cancel_says_nothing_of_the_order(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await maker(venue)
        await venue.place(order)
        world.refuse("cancel", "-1008")
        report = await venue.cancel(PERP, order.client_id)
        assert (report.state, report.code) == (OrderState.UNRESOLVED, "-1008")
        assert (await found(venue, order)).state is OrderState.RESTING


@each(VENUES)
async def test_law_11_cancelling_an_order_nobody_placed_is_not_known(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, _world):
        with pytest.raises(NotKnown):
            await venue.cancel(PERP, "nobody")


@each(VENUES)
async def test_law_12_a_spot_trade_changes_the_wallet_by_exactly_what_its_trades_say(
    rig: VenueRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        before = (await venue.account()).spot
        sold = await venue.place(await taker(venue, SPOT, "-1.23457", "a1"))
        after_sale = (await venue.account()).spot
        value = sum((trade.quantity * trade.price for trade in sold.trades), D(0))
        fee = sum((trade.fee for trade in sold.trades if trade.fee_asset is USDC), D(0))
        assert after_sale[BTC] == before[BTC] - sold.filled
        assert after_sale[USDC] == before[USDC] + value - fee
        bought = await venue.place(await taker(venue, SPOT, "0.98765", "a2"))
        after_both = (await venue.account()).spot
        fee = sum((trade.fee for trade in bought.trades if trade.fee_asset is BTC), D(0))
        assert after_both[BTC] == after_sale[BTC] + bought.filled - fee
        assert fee > 0


@each(VENUES)
async def test_law_12_a_perpetual_trade_changes_position_and_usdt_by_exactly_what_its_trades_say(
    rig: VenueRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        opened = await venue.place(await taker(venue, PERP, "-1.5", "a1"))
        world.wait(60)
        world.set_price(BTC, D(69_000))
        closed = await venue.place(await taker(venue, PERP, "0.7", "a2", reduce_only=True))
        account = await venue.account()
        trades = opened.trades + closed.trades
        assert all(trade.fee_asset is USDT and trade.fee > 0 for trade in trades)
        assert sum(trade.realised for trade in closed.trades) > 0
        assert account.margin[USDT] == sum((trade.realised - trade.fee for trade in trades), D(0))
        held = account.positions[BTC]
        assert held.quantity == D("-0.8")
        assert held.mark_price == account.prices[BTC] == D(69_000)
        assert abs(held.unrealised - held.quantity * (held.mark_price - held.entry_price)) <= D("0.00000002")
        assert account.maintenance_usd > 0


@each(VENUES)
async def test_law_12_a_transfer_moves_exactly_its_amount_and_a_read_shows_it(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        report = await venue.submit("a", TO_MARGIN)
        assert (report.sent, report.received) == (TO_MARGIN.amount, TO_MARGIN.amount)
        account = await venue.account()
        assert (account.spot[BTC], account.margin[BTC]) == (D("3.99999999"), D("6.00000001"))


@each(VENUES)
async def test_law_12_a_withdrawal_takes_its_amount_and_its_cost_and_names_the_transfer(
    rig: VenueRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        report = await venue.submit("a", OUT)
        assert report.cost is not None
        assert report.reference
        assert world.gone() == [(OUT.amount, ADDRESS)]
        assert (await venue.account()).spot[BTC] == D(6) - D("0.5") - report.cost.quantity


@each(VENUES)
async def test_law_12_a_reduce_only_order_never_opens(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        await venue.place(await taker(venue, PERP, "-1", "a1"))
        too_much = await venue.place(await taker(venue, PERP, "1.001", "a2", reduce_only=True))
        assert (too_much.state, too_much.code) == (OrderState.REFUSED, "-2022")
        assert (await venue.place(await taker(venue, PERP, "1", "a3", reduce_only=True))).filled == D(1)
        assert await position(venue) == 0


@each(VENUES)
async def test_law_12_what_is_not_held_cannot_be_sold(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        report = await venue.place(await taker(venue, SPOT, "-6.00001"))
        assert (report.state, report.code) == (OrderState.REFUSED, "-2010")


@each(VENUES)
async def test_law_12_an_order_off_the_venues_grid_is_refused(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        order = await taker(venue, PERP, "-1")
        for wrong in (
            evolve(order, limit_price=order.limit_price + D("0.05")),
            evolve(order, quantity=D("0.0005")),
            evolve(order, quantity=D("1000.001")),
            evolve(order, quantity=D(0)),
            evolve(order, symbol="DOGEUSDT:PERP"),
        ):
            assert (await venue.place(wrong)).state is OrderState.REFUSED


@each(VENUES)
async def test_law_13_income_is_paged_without_gap_or_repetition(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, world):
        await funded(venue, world)
        assert await venue.income(0, 1000) == ()
        await venue.place(await taker(venue, PERP, "-1"))
        before = (await venue.account()).margin[USDT]
        for _ in range(5):
            world.fund()
        whole = await venue.income(0, 1000)
        assert [change.position for change in whole] == [1, 2, 3, 4, 5]
        pages = [await venue.income(cursor, 2) for cursor in (0, 2, 4, 5)]
        assert tuple(change for page in pages for change in page) == whole
        assert (await venue.account()).margin[USDT] == before + sum(change.amount.quantity for change in whole)
        assert all(change.asset is BTC and change.amount.asset is USDT for change in whole)


@each(VENUES)
@pytest.mark.parametrize(("cursor", "limit"), [(-1, 10), (0, 0), (0, 1001)])
async def test_law_13_a_page_out_of_range_is_refused(rig: VenueRig, tmp_path: Path, cursor: int, limit: int) -> None:
    async with rig.open(tmp_path) as (venue, _world):
        with pytest.raises(InvalidInput):
            await venue.income(cursor, limit)


@each(VENUES)
async def test_every_market_has_a_book_with_two_sides_on_its_grid(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, _world):
        instruments = await venue.instruments()
        assert set(instruments) == {PERP, "ETHUSDT:PERP", "SOLUSDT:PERP", "BTCUSDT:SPOT", SPOT}
        for symbol, instrument in instruments.items():
            book = await venue.book(symbol)
            assert book.symbol == instrument.symbol == symbol
            assert book.bids[0][0] < book.asks[0][0]
            assert all(price % instrument.tick == 0 for price, _ in book.bids + book.asks)
        assert {listed.base for listed in instruments.values() if listed.market is Market.PERP} == {BTC, ETH, SOL}


@each(VENUES)
async def test_a_symbol_nobody_lists_has_no_book(rig: VenueRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (venue, _world):
        with pytest.raises(NotKnown):
            await venue.book("DOGEUSDT:PERP")
