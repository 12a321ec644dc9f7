"""What the real adapter makes of a real exchange's troubles; what counts is the exchange's own truth."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from tests.contract import loopback
from tests.contract.loopback_rigs import KEYS, LoopbackWorld, open_world, settings
from tests.contract.venue_rigs import ADDRESS
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, NOON

from ballast.adapters.exchange.keys import Keys
from ballast.adapters.exchange.permissions import check_key, check_modes
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.adapters.exchange.venue import open_venue
from ballast.adapters.memory.clock import MemoryClock
from ballast.adapters.simulator.exchange.control import ExchangeControl
from ballast.adapters.simulator.exchange.faults import Answer, Fault
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import Order, OrderState, TimeInForce
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.errors import LimitReached, NotAllowed, NotRecognised, Unreachable
from ballast.ports.actions import ActionState
from ballast.ports.venue import IncomeKind, Venue, Wallet, WalletTransfer, Withdrawal

D = Decimal
ORDER = "/fapi/v1/order"
TRANSFER = "/sapi/v1/asset/transfer"
TO_MARGIN = WalletTransfer(Amount(BTC, D(1)), Wallet.SPOT, Wallet.MARGIN)
OUT = Withdrawal(Amount(BTC, D("0.5")), ADDRESS)
LOST = Fault(path=ORDER, method="POST", answer=Answer.CUT)


async def funded(venue: Venue, world: LoopbackWorld) -> None:
    world.arrive(Amount(BTC, D(10)), "deposit")
    move = WalletTransfer(Amount(BTC, D(4)), Wallet.SPOT, Wallet.MARGIN)
    assert (await venue.submit("fund", move)).state is ActionState.CONFIRMED


def short(client_id: str = "a1", quantity: str = "1") -> Order:
    return Order(client_id, BTC_PERP, Side.SELL, D(quantity), D(69_000), TimeInForce.IOC, reduce_only=False)


def position(control: ExchangeControl) -> Decimal:
    return D(control.truth()["positions"]["BTC"])


@asynccontextmanager
async def lasting_exchange() -> AsyncGenerator[tuple[str, ExchangeControl, MemoryClock], None]:
    """An exchange that outlives the adapters on it, with margin to trade."""
    clock = MemoryClock(NOON)
    async with loopback.exchange(spot={BTC: D(6)}, margin={BTC: D(4)}, clock=clock) as (url, control):
        yield url, control, clock


@pytest.mark.parametrize("hidden_s", [0, 30])
async def test_an_order_that_was_unresolved_at_a_restart_is_found_and_was_sent_once(
    tmp_path: Path, hidden_s: int
) -> None:
    async with lasting_exchange() as (url, control, clock):
        account = settings(tmp_path, url)
        control.plan(evolve(LOST, hidden_s=hidden_s))
        async with open_venue(account, KEYS, clock) as venue:
            assert (await venue.place(short())).state is OrderState.UNRESOLVED
        async with open_venue(account, KEYS, clock) as venue:
            world = LoopbackWorld(venue, control, clock)
            if hidden_s:
                assert await venue.order(BTC_PERP, "a1") is None  # the caller's record says how long that is no proof
                world.wait(hidden_s)
            report = await venue.order(BTC_PERP, "a1")
        assert report is not None
        assert (report.state, report.filled) == (OrderState.FILLED, D(1))
        assert (control.accepted("a1"), position(control)) == (1, D(-1))


@pytest.mark.parametrize("fault", [LOST, evolve(LOST, answer=Answer.ERROR, status=408, code=-1007)])
async def test_an_id_in_doubt_is_asked_for_and_not_sent_again(tmp_path: Path, fault: Fault) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.plan(fault)
        assert (await venue.place(short())).state is OrderState.UNRESOLVED
        assert (await venue.place(short())).filled == D(1)
        assert (world.control.accepted("a1"), position(world.control)) == (1, D(-1))


async def test_an_id_in_doubt_stays_so_while_nobody_answers(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.plan(LOST, Fault(path=ORDER, method="GET", booked=False, answer=Answer.ERROR, status=502))
        assert (await venue.place(short())).state is OrderState.UNRESOLVED
        assert (await venue.place(short())).state is OrderState.UNRESOLVED
        assert (await venue.place(short())).filled == D(1)
        assert world.control.accepted("a1") == 1


@pytest.mark.parametrize(
    ("status", "code"), [(408, -1007), (400, -1006), (500, -1000), (503, 0), (502, 0), (504, 0), (200, -1001)]
)
@pytest.mark.parametrize("booked", [True, False])
async def test_silence_is_unresolved_until_the_exchange_had_time_to_show_the_order(
    tmp_path: Path, status: int, code: int, *, booked: bool
) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.plan(evolve(LOST, booked=booked, answer=Answer.ERROR, status=status, code=code, hidden_s=30))
        assert (await venue.place(short())).state is OrderState.UNRESOLVED
        world.wait(29)
        assert (await venue.place(short())).state is OrderState.UNRESOLVED
        world.wait(31)
        report = await venue.order(BTC_PERP, "a1")
        assert (report is None) is not booked
        assert (await venue.place(short())).filled == D(1)
        assert position(world.control) == (D(-2) if booked else D(-1))


async def test_an_answer_that_never_comes_is_unresolved(tmp_path: Path) -> None:
    async with lasting_exchange() as (url, control, clock):
        control.plan(evolve(LOST, answer=Answer.HOLD))
        async with open_venue(evolve(settings(tmp_path, url), answer_s_max=1), KEYS, clock) as venue:
            assert (await venue.place(short())).state is OrderState.UNRESOLVED
            report = await venue.order(BTC_PERP, "a1")
        assert report is not None
        assert report.filled == D(1)


async def test_an_order_whose_trades_cannot_be_read_is_unresolved_and_proved_later(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.plan(Fault(path="/fapi/v1/userTrades", booked=False, answer=Answer.ERROR, status=502))
        assert (await venue.place(short())).state is OrderState.UNRESOLVED
        report = await venue.order(BTC_PERP, "a1")
        assert report is not None
        assert report.filled == D(1)


async def test_trades_that_lag_behind_their_order_are_read_again(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.plan(Fault(path="/fapi/v1/userTrades", method="GET", booked=False, times=2))
        report = await venue.place(short())
        assert (report.state, report.filled) == (OrderState.FILLED, D(1))


async def test_a_partly_filled_order_that_expires_keeps_its_fill(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.plan(Fault(path=ORDER, method="POST", fill_fraction=D("0.4")))
        report = await venue.place(short())
        assert (report.state, report.filled) == (OrderState.EXPIRED, D("0.4"))


@pytest.mark.parametrize("restart", [False, True])
async def test_a_transfer_whose_answer_is_lost_is_done_once(tmp_path: Path, *, restart: bool) -> None:
    async with lasting_exchange() as (url, control, clock):
        account = settings(tmp_path, url)
        control.plan(Fault(path=TRANSFER, method="POST", answer=Answer.CUT))
        async with open_venue(account, KEYS, clock) as venue:
            assert (await venue.submit("t", TO_MARGIN)).state is ActionState.UNRESOLVED
            if not restart:
                assert (await venue.submit("t", TO_MARGIN)).state is ActionState.CONFIRMED
        async with open_venue(account, KEYS, clock) as venue:
            assert (await venue.submit("t", TO_MARGIN)).state is ActionState.CONFIRMED
        assert D(control.truth()["margin"]["BTC"]) == D(5)


async def test_a_transfer_that_a_limit_kept_out_was_never_received(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        busy = Fault(path=TRANSFER, method="POST", booked=False, answer=Answer.ERROR, status=429, code=-1003)
        world.control.plan(busy)
        with pytest.raises(LimitReached) as refused:
            await venue.submit("t", TO_MARGIN)
        world.wait(refused.value.retry_after_s)
        assert (await venue.progress("t")).reason == "never received"


@pytest.mark.parametrize(("action", "sent"), [(TO_MARGIN, TRANSFER), (OUT, "/sapi/v1/capital/withdraw/apply")])
@pytest.mark.parametrize(("status", "code"), [(502, 0), (400, -1102), (429, -1003)])
async def test_a_record_that_cannot_be_read_refuses_nothing(
    tmp_path: Path, action: WalletTransfer | Withdrawal, sent: str, status: int, code: int
) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        record = TRANSFER if action is TO_MARGIN else "/sapi/v1/capital/withdraw/history"
        unreadable = Fault(path=record, method="GET", booked=False, answer=Answer.ERROR, status=status, code=code)
        world.control.plan(Fault(path=sent, method="POST", answer=Answer.CUT))
        assert (await venue.submit("x", action)).state is ActionState.UNRESOLVED
        world.control.plan(unreadable)
        with pytest.raises((Unreachable, LimitReached)):
            await venue.submit("x", action)
        world.wait(120)
        assert (await venue.submit("x", action)).state is ActionState.CONFIRMED


async def test_a_withdrawal_that_was_taken_is_unresolved_while_its_record_cannot_be_read(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        path = "/sapi/v1/capital/withdraw/history"
        before = Fault(path=path, method="GET", booked=False)
        after = evolve(before, answer=Answer.ERROR, code=-1102)
        world.control.plan(before, after)
        assert (await venue.submit("w", OUT)).state is ActionState.UNRESOLVED
        assert (await venue.submit("w", OUT)).state is ActionState.CONFIRMED
        assert len(world.gone()) == 1


async def test_two_equal_transfers_are_told_apart(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        assert (await venue.submit("t1", TO_MARGIN)).state is ActionState.CONFIRMED
        world.control.plan(Fault(path=TRANSFER, method="POST", answer=Answer.CUT, booked=False))
        assert (await venue.submit("t2", TO_MARGIN)).state is ActionState.UNRESOLVED
        assert (await venue.progress("t2")).state is ActionState.UNRESOLVED
        world.wait(60)
        assert (await venue.progress("t2")).reason == "never received"
        assert (await venue.submit("t2", TO_MARGIN)).state is ActionState.CONFIRMED
        assert D(world.control.truth()["margin"]["BTC"]) == D(6)


async def test_a_withdrawal_that_another_store_sent_is_not_sent_again(tmp_path: Path) -> None:
    async with lasting_exchange() as (url, control, clock):
        first = settings(tmp_path, url)
        async with open_venue(first, KEYS, clock) as venue:
            assert (await venue.submit("w", OUT)).state is ActionState.CONFIRMED
        async with open_venue(evolve(first, store=tmp_path / "new.db"), KEYS, clock) as venue:
            assert (await venue.submit("w", OUT)).state is ActionState.UNRESOLVED
        assert control.departed() == [(OUT.amount, ADDRESS)]


@pytest.mark.parametrize("change", [{"networks": {}}, {"withdrawals": False}])
async def test_nothing_leaves_to_an_unlisted_address_or_without_leave(
    tmp_path: Path, change: dict[str, object]
) -> None:
    async with lasting_exchange() as (url, control, clock):
        account: ExchangeSettings = evolve(settings(tmp_path, url), **change)  # type: ignore[arg-type]
        async with open_venue(account, KEYS, clock) as venue:
            with pytest.raises(NotAllowed):
                await venue.submit("w", OUT)
            assert (await venue.progress("w")).reason == "never received"
        assert control.departed() == []


@pytest.mark.parametrize("skew_ms", [-7_200_000, -2_000, 15_000])
async def test_a_clock_that_is_wrong_is_measured_and_corrected(tmp_path: Path, skew_ms: int) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.set_clock_offset(skew_ms)
        assert (await venue.place(short())).filled == D(1)
        assert venue.line.offset == timedelta(milliseconds=-skew_ms)
        assert (world.control.accepted("a1"), position(world.control)) == (1, D(-1))


@pytest.mark.parametrize("skew", [timedelta(hours=-3), timedelta(hours=3)])
async def test_an_order_in_doubt_stays_so_although_our_clock_proved_wrong_meanwhile(
    tmp_path: Path, skew: timedelta
) -> None:
    async with lasting_exchange() as (url, control, clock):
        control.set_clock_offset(skew // timedelta(milliseconds=1))
        control.plan(evolve(LOST, booked=False))
        async with open_venue(settings(tmp_path, url), KEYS, clock) as venue:
            assert (await venue.place(short())).state is OrderState.UNRESOLVED
            report = await venue.order(BTC_PERP, "a1")
            assert report is not None
            assert report.state is OrderState.UNRESOLVED


async def test_a_ban_is_obeyed_to_its_end_and_nothing_is_asked_meanwhile(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.ban(300)
        with pytest.raises(LimitReached) as first:
            await venue.place(short())
        assert first.value.retry_after_s == 300
        world.control.clear()
        with pytest.raises(LimitReached):
            await venue.account()
        world.wait(300)
        assert (await venue.place(short())).filled == D(1)
        assert world.control.accepted("a1") == 1


async def test_a_limit_of_the_exchange_says_when_to_come_back(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        world.control.limit("fapi", world.control.used("fapi"))
        with pytest.raises(LimitReached) as refused:
            await venue.place(short())
        assert refused.value.retry_after_s == 60
        assert world.control.accepted("a1") == 0


@pytest.mark.parametrize("keys", [Keys("wrongkey", loopback.SECRET), Keys(loopback.KEY, "wrong-secret")])
async def test_a_wrong_key_is_not_recognised(tmp_path: Path, keys: Keys) -> None:
    async with lasting_exchange() as (url, _, clock), open_venue(settings(tmp_path, url), keys, clock) as venue:
        with pytest.raises(NotRecognised):
            await venue.account()
        with pytest.raises(NotRecognised):
            await venue.place(short())


async def test_a_page_of_a_proxy_is_no_account(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        world.control.plan(Fault(path="/api/v3/account", booked=False, answer=Answer.ERROR, status=502))
        with pytest.raises(Unreachable):
            await venue.account()


async def test_what_auto_deleveraging_closed_is_income_to_the_last_digit(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        await venue.place(short())
        world.wait(60)
        world.set_price(BTC, D(69_000))
        closing = evolve(short("a2", "0.1"), side=Side.BUY, limit_price=D(70_000))
        assert (await venue.place(closing)).filled == D("0.1")
        before = (await venue.account()).margin[USDT]
        world.control.deleverage(BTC, D("0.4"))
        income = await venue.income(0, 10)
        assert {(change.kind, change.asset) for change in income} == {(IncomeKind.LIQUIDATION, BTC)}
        gained = sum((change.amount.quantity for change in income), D(0))
        assert (await venue.account()).margin[USDT] == before + gained
        assert gained > 0


async def test_what_a_liquidation_took_is_income_to_the_last_digit(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        await funded(venue, world)
        await venue.place(short(quantity="20"))
        before = (await venue.account()).margin[USDT]
        world.set_price(BTC, D(100_000))
        world.wait(120)
        after = (await venue.account()).margin[USDT]
        income = await venue.income(0, 100)
        assert position(world.control) == 0
        assert sum((change.amount.quantity for change in income), before) == after < before
        assert {change.kind for change in income} == {IncomeKind.LIQUIDATION}


async def test_a_halted_market_is_not_listed_and_a_changed_filter_is_read(tmp_path: Path) -> None:
    async with open_world(tmp_path) as (venue, world):
        world.control.halt("ETHUSDT:PERP")
        world.control.change_filter(BTC_PERP, "LOT_SIZE", {"stepSize": "0.01", "minQty": "0.01"})
        found = await venue.instruments()
        assert "ETHUSDT:PERP" not in found
        assert found[BTC_PERP].step == D("0.01")


@pytest.mark.parametrize(
    ("withdrawals", "permission", "allowed", "fits"),
    [
        (True, "enableWithdrawals", True, True),
        (True, "enableWithdrawals", False, False),
        (False, "enableWithdrawals", False, True),
        (False, "enableWithdrawals", True, False),
        (True, "enableFutures", False, False),
        (True, "permitsUniversalTransfer", False, False),
        (True, "enableMargin", True, False),
    ],
)
async def test_a_key_may_do_what_the_mode_needs_and_no_more(
    tmp_path: Path, permission: str, *, withdrawals: bool, allowed: bool, fits: bool
) -> None:
    async with open_world(tmp_path) as (venue, world):
        world.control.set_permission(permission, allowed=allowed)
        asked = evolve(venue.settings, withdrawals=withdrawals)
        if fits:
            assert (await check_key(venue.line, asked)).ip_restricted
        else:
            with pytest.raises(NotAllowed, match=permission):
                await check_key(venue.line, asked)


@pytest.mark.parametrize("variant", list(Variant))
async def test_an_account_in_the_modes_we_trade_in_is_ready(tmp_path: Path, variant: Variant) -> None:
    async with open_world(tmp_path, variant) as (venue, _world):
        await check_modes(venue.line, venue.settings)


async def test_a_portfolio_account_is_read_from_its_own_interface(tmp_path: Path) -> None:
    async with open_world(tmp_path, Variant.PORTFOLIO) as (venue, world):
        await funded(venue, world)
        for path in ("/fapi/v3/account", "/fapi/v3/positionRisk"):
            world.control.plan(Fault(path=path, booked=False, answer=Answer.ERROR, status=502))
        await venue.place(short())
        account = await venue.account()
        assert account.margin[BTC] == D(4)
        assert account.positions[BTC].quantity == D(-1)
        assert account.maintenance_usd > 0
