"""What time and transfers do to the simulated account."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.simulator.venue.builders import (
    BTC_PERP,
    BTC_USDC,
    ETH_PERP,
    NOON,
    SOL_PERP,
    Bench,
    D,
    after,
    bench,
    make,
)

from ballast.adapters.common.venue.holdings import Holdings
from ballast.adapters.simulator.venue.margin import MarginRules
from ballast.adapters.simulator.venue.settings import Bracket, VenueSettings
from ballast.domain.execution.instrument import Side
from ballast.domain.execution.order import OrderState, TimeInForce
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, ETH, HEDGED, SOL, USDC, USDT, Asset
from ballast.domain.kernel.errors import InvalidInput, InvariantError, RuleBroken
from ballast.ports.actions import ActionState
from ballast.ports.venue import IncomeKind, Wallet, WalletTransfer, Withdrawal

FOUR_PM = datetime(2026, 4, 1, 16, tzinfo=UTC)


def short(btc: str = "2", margin: str = "10") -> Bench:
    made = bench(VenueSettings(noise_fraction=D(0)))
    made.fund(BTC, margin=margin)
    made.trade(BTC_PERP, f"-{btc}")
    return made


@pytest.mark.parametrize(
    ("signed", "rate", "expected"), [("-2", "0.0001", "14"), ("2", "0.0001", "-14"), ("2", "-0.0003", "42")]
)
def test_longs_pay_a_positive_rate_on_the_notional_at_mark(signed: str, rate: str, expected: str) -> None:
    made = bench()
    made.fund(BTC, margin="10")
    made.trade(BTC_PERP, signed)
    before = made.engine.account(NOON).margin[USDT]
    made.market.rates[BTC, FOUR_PM] = D(rate)
    assert made.engine.account(FOUR_PM - timedelta(seconds=1)).margin[USDT] == before
    assert made.engine.account(FOUR_PM).margin[USDT] == before + D(expected)
    assert made.engine.account(FOUR_PM + timedelta(days=1)).margin[USDT] == before + D(expected)
    (income,) = made.engine.income(FOUR_PM, 0, 1000)
    assert (income.position, income.kind, income.asset, income.time) == (1, IncomeKind.FUNDING, BTC, FOUR_PM)
    assert income.amount == Amount(USDT, D(expected))


def test_funding_is_rounded_against_us_at_eight_places() -> None:
    made = bench()
    made.fund(BTC, margin="10")
    made.trade(SOL_PERP, "-0.07")
    made.market.set(SOL, after(60), "90.01")
    made.market.rates[SOL, FOUR_PM] = D("0.00001111")
    (income,) = made.engine.income(FOUR_PM, 0, 10)
    assert income.amount.quantity == D("0.00007000")


def test_funding_falls_at_midnight_eight_and_four_and_nowhere_else() -> None:
    made = short()
    for hour in range(24):
        made.market.rates[BTC, NOON + timedelta(hours=hour)] = D("0.0001")
    stamps = [income.time.hour for income in made.engine.income(NOON + timedelta(hours=24), 0, 1000)]
    assert stamps == [16, 0, 8]


def test_a_flat_account_pays_nothing_and_a_missing_rate_is_no_payment() -> None:
    made = bench()
    made.fund(BTC, margin="10")
    made.market.rates[BTC, FOUR_PM] = D("0.0001")
    assert made.engine.income(FOUR_PM, 0, 10) == ()
    holding = short()
    assert holding.engine.income(FOUR_PM + timedelta(days=3), 0, 10) == ()


def test_income_is_listed_without_gap_or_repetition() -> None:
    made = short()
    made.trade(ETH_PERP, "-3")
    for day in range(4):
        for coin in (BTC, ETH):
            made.market.rates[coin, FOUR_PM + timedelta(days=day)] = D("0.0001")
    end = FOUR_PM + timedelta(days=5)
    pages = [made.engine.income(end, cursor, 3) for cursor in (0, 3, 6, 8)]
    assert [len(page) for page in pages] == [3, 3, 2, 0]
    assert [income.position for page in pages for income in page] == list(range(1, 9))


@pytest.mark.parametrize(("cursor", "limit"), [(-1, 10), (0, 0), (0, 1001)])
def test_an_income_page_out_of_range_is_refused(cursor: int, limit: int) -> None:
    with pytest.raises(InvalidInput):
        bench().engine.income(NOON, cursor, limit)


def test_a_short_is_liquidated_when_the_margin_balance_meets_maintenance() -> None:
    """1 BTC of collateral, 9 BTC short: 0.95 P - 9 (P - 70,000) - fees meets 0.65 % of 9 P - 950 near 77,770."""
    made = bench(VenueSettings(noise_fraction=D(0)))
    made.fund(BTC, margin="1")
    opened = made.trade(BTC_PERP, "-9")
    entry_value = sum((trade.quantity * trade.price for trade in opened.trades), D(0))
    made.market.set(BTC, after(90), "78000")
    made.market.set(BTC, after(95), "70000")
    account = made.engine.account(after(120))
    assert account.positions[BTC].quantity == 0
    assert account.maintenance_usd == 0
    (income,) = made.engine.income(after(120), 0, 10)
    assert (income.kind, income.asset, income.time) == (IncomeKind.LIQUIDATION, BTC, after(120))
    assert income.amount.quantity == entry_value - 9 * D(78_000) - 9 * D(78_000) * D("0.0125")


def test_a_spike_between_two_looks_liquidates_and_one_that_is_survived_does_not() -> None:
    survived, lost = short("9", margin="1"), short("9", margin="1")
    for made, price in ((survived, "74000"), (lost, "78000")):
        made.market.set(BTC, after(1000), price)
        made.market.set(BTC, after(1001), "70000")
    far = after(86_400)
    assert survived.engine.account(far).positions[BTC].quantity == D(-9)
    assert lost.engine.account(far).positions[BTC].quantity == 0


def test_liquidation_ends_the_resting_perpetual_orders_and_leaves_spot_alone() -> None:
    made = short("9", margin="1")
    made.fund(BTC, spot="1", now=after(1))
    made.engine.place(after(1), make(ETH_PERP, Side.BUY, "1", "2000", TimeInForce.GTC, client_id="perp"))
    made.engine.place(after(1), make(BTC_USDC, Side.SELL, "0.5", "90000", TimeInForce.GTC, client_id="spot"))
    made.market.set(BTC, after(90), "78000")
    perp, spot = (
        made.engine.order(after(200), symbol, name) for symbol, name in ((ETH_PERP, "perp"), (BTC_USDC, "spot"))
    )
    assert perp is not None
    assert spot is not None
    assert (perp.state, spot.state) == (OrderState.EXPIRED, OrderState.RESTING)


def test_coins_that_move_against_each_other_within_a_minute_do_not_liquidate_together() -> None:
    """The screen takes each coin's worst price; the verdict needs them at the same time."""
    made = bench(VenueSettings(noise_fraction=D(0)))
    made.fund(BTC, margin="2")
    made.trade(BTC_PERP, "6")
    made.trade(ETH_PERP, "-200")
    for seconds, btc, eth in ((61, "56000", "1680"), (65, "84000", "2520"), (70, "70000", "2100")):
        made.market.set(BTC, after(seconds), btc)
        made.market.set(ETH, after(seconds), eth)
    positions = made.engine.account(after(300)).positions
    assert (positions[BTC].quantity, positions[ETH].quantity) == (D(6), D(-200))


BRACKETS: dict[Asset, tuple[Bracket, ...]] = dict.fromkeys(
    HEDGED,
    (
        Bracket(D(50_000), D("0.004"), D(0)),
        Bracket(D(600_000), D("0.005"), D(50)),
        Bracket(D(10**9), D("0.5"), D(297_050)),
    ),
)
coins = st.integers(-2_000, 2_000).map(lambda n: D(n) / 100)
prices = st.integers(1, 100_000).map(D)
spans = st.tuples(prices, prices).map(lambda pair: (min(pair), max(pair)))


@settings(deadline=None)
@given(held=coins.map(abs), btc=coins, eth=coins, btc_span=spans, eth_span=spans, part=st.integers(0, 20))
def test_the_screen_is_never_better_than_any_price_inside_the_spans(
    held: Decimal,
    btc: Decimal,
    eth: Decimal,
    btc_span: tuple[Decimal, Decimal],
    eth_span: tuple[Decimal, Decimal],
    part: int,
) -> None:
    rules = MarginRules(VenueSettings().haircuts, BRACKETS, D(10))
    made = Holdings()
    made.margin[BTC] = held
    made.contracts[BTC].trade(btc, D(1_000))
    made.contracts[ETH].trade(eth, D(1_000))
    known = {BTC: btc_span, ETH: eth_span, SOL: (D(90), D(90))}
    stables = {USDC: D(1), USDT: D(1)}
    worst = rules.worst_excess(made, known, stables)
    inside = {coin: low + (high - low) * part / 20 for coin, (low, high) in known.items()}
    assert worst <= rules.excess(made, {**stables, **inside})


def test_the_account_shows_wallets_haircuts_prices_and_maintenance() -> None:
    made = short("2", margin="10")
    account = made.engine.account(after(60))
    assert account.time == after(60)
    assert account.haircuts == {BTC: D("0.95"), USDC: D("0.9999"), USDT: D(1)}
    assert account.prices == {BTC: D(70_000), ETH: D(2_100), SOL: D(90), USDC: D(1), USDT: D(1)}
    assert set(account.positions) == {BTC, ETH, SOL}
    assert account.maintenance_usd == D(140_000) * D("0.005") - 50


def test_a_transfer_is_instant_exact_and_done_once() -> None:
    made = bench()
    made.fund(BTC, spot="1.00000001")
    move = WalletTransfer(Amount(BTC, D("0.40000001")), Wallet.SPOT, Wallet.MARGIN)
    first = made.engine.submit(NOON, "move", move)
    assert first.state is ActionState.CONFIRMED
    assert made.engine.submit(NOON, "move", move) == first == made.engine.progress(after(9), "move")
    account = made.engine.account(NOON)
    assert (account.spot[BTC], account.margin[BTC]) == (D("0.6"), D("0.40000001"))


@pytest.mark.parametrize(
    "action",
    [
        WalletTransfer(Amount(BTC, D("1.1")), Wallet.SPOT, Wallet.MARGIN),
        WalletTransfer(Amount(BTC, D(0)), Wallet.SPOT, Wallet.MARGIN),
        WalletTransfer(Amount(BTC, D(-1)), Wallet.MARGIN, Wallet.SPOT),
        WalletTransfer(Amount(SOL, D(1)), Wallet.SPOT, Wallet.MARGIN),
        Withdrawal(Amount(BTC, D(1)), "known"),
        Withdrawal(Amount(BTC, D("-0.5")), "known"),
        Withdrawal(Amount(BTC, D("0.5")), "elsewhere"),
        Withdrawal(Amount(USDT, D(5)), "known"),
    ],
)
def test_a_refused_action_moves_nothing(action: WalletTransfer | Withdrawal) -> None:
    made = bench()
    made.fund(BTC, spot="1")
    before = made.engine.account(NOON)
    report = made.engine.submit(NOON, "no", action)
    assert report.state is ActionState.REFUSED
    assert report.reason
    assert made.engine.account(NOON) == before
    assert made.departures.gone == []


def test_margin_that_carries_positions_cannot_leave() -> None:
    made = short("2", margin="1")
    out = WalletTransfer(Amount(BTC, D("0.9")), Wallet.MARGIN, Wallet.SPOT)
    assert made.engine.submit(NOON, "out", out).state is ActionState.REFUSED
    some = WalletTransfer(Amount(BTC, D("0.7")), Wallet.MARGIN, Wallet.SPOT)
    assert made.engine.submit(NOON, "some", some).state is ActionState.CONFIRMED


def test_a_withdrawal_leaves_at_once_with_its_fee_on_top() -> None:
    made = bench()
    made.fund(BTC, spot="1")
    report = made.engine.submit(NOON, "out", Withdrawal(Amount(BTC, D("0.5")), "known-wallet"))
    assert (report.sent, report.cost) == (Amount(BTC, D("0.5")), Amount(BTC, D("0.0001")))
    assert made.departures.gone == [(NOON, Amount(BTC, D("0.5")), "known-wallet")]
    assert report.reference == "transfer-1"
    assert made.engine.account(NOON).spot[BTC] == D("0.4999")


def test_an_arrival_is_credited_once_under_its_reference() -> None:
    engine = bench().engine
    assert engine.credited(NOON, "ref") is None
    engine.credit(NOON, Amount(USDC, D(7)), "ref")
    assert engine.credited(NOON, "ref") == Amount(USDC, D(7))
    with pytest.raises(InvariantError):
        engine.credit(NOON, Amount(USDC, D(7)), "ref")
    with pytest.raises(RuleBroken):
        engine.credit(NOON, Amount(SOL, D(7)), "other")
    assert engine.account(NOON).spot == {BTC: D(0), USDC: D(7), USDT: D(0)}


def test_what_nobody_asked_for_was_never_received() -> None:
    report = bench().engine.progress(NOON, "nothing")
    assert (report.state, report.reason) == (ActionState.REFUSED, "never received")


kinds = st.sampled_from(["sell", "rest", "cancel", "up", "down", "move"])
pauses = st.one_of(st.integers(1, 40), st.integers(1, 20_000))
looks = st.lists(st.integers(0, 200), max_size=4)
events = st.lists(st.tuples(pauses, kinds, looks), max_size=12)


@settings(deadline=None)
@given(history=events)
@example([(10, "sell", []), (10, "up", [20, 45, 61, 90])])
@example([(10, "rest", [12, 13, 14])])
def test_how_often_anybody_looks_makes_no_difference(history: list[tuple[int, str, list[int]]]) -> None:
    """Two exchanges get the same commands; one is also looked at in between, at odd moments."""
    quiet, watched = bench(), bench()
    elapsed_s, price = 0, 70_000
    for made in (quiet, watched):
        made.fund(BTC, spot="2", margin="1")
        for hours in range(0, 80, 4):
            made.market.rates[BTC, FOUR_PM + timedelta(hours=hours)] = D("0.0001")
    for position, (pause_s, kind, looked_s) in enumerate(history):
        elapsed_s += pause_s
        price = max(8_000, price + {"up": 8_000, "down": -8_000}.get(kind, 0))
        for made in (quiet, watched):
            made.market.set(BTC, after(elapsed_s - 0.5), str(price))
            command(made, kind, after(elapsed_s + 0.7), position, price)
        until_s = elapsed_s + (history[position + 1][0] if position + 1 < len(history) else 200)
        for moment_s in sorted(looked_s):
            if elapsed_s + moment_s + 1 < until_s:
                watched.engine.account(after(elapsed_s + moment_s + 1.3))
    end = after(elapsed_s + 100_000)
    assert outcome(quiet, end, len(history)) == outcome(watched, end, len(history))


def command(made: Bench, kind: str, now: datetime, position: int, price: int) -> None:
    name = f"o{position}"
    if kind == "sell":
        made.trade(BTC_PERP, "-4", now)
    elif kind == "rest":
        made.engine.place(now, make(BTC_PERP, Side.BUY, "2", str(price), TimeInForce.POST_ONLY, client_id=name))
    elif kind == "cancel" and made.engine.order(now, BTC_PERP, f"o{position - 1}") is not None:
        made.engine.cancel(now, BTC_PERP, f"o{position - 1}")
    elif kind == "move":
        out = WalletTransfer(Amount(BTC, D("0.3")), Wallet.MARGIN, Wallet.SPOT)
        made.engine.submit(now, name, out)


def outcome(made: Bench, now: datetime, count: int) -> object:
    orders = [made.engine.order(now, BTC_PERP, f"o{position}") for position in range(count)]
    return made.engine.account(now), orders, made.engine.income(now, 0, 1000)
