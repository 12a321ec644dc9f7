"""Legs executed slice by slice on the simulated books: what the execution promises, against a book that answers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from attrs import define, evolve
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, BTC_USDC, ETH_PERP, NOON, SOL_PERP, Bench, D, bench

from ballast.domain.execution.instrument import Side
from ballast.domain.execution.lockstep import Child, Finished, HandBack, Round, Wait, next_round
from ballast.domain.execution.order import Order, OrderReport
from ballast.domain.execution.slicing import Leg, LegState, Terms
from ballast.domain.kernel.asset import BTC, ETH, SOL, USDC

TERMS = Terms(
    slippage_bps_max=D(5),
    cost_bps_max=D(10),
    time_s_max=D(900),
    depth_share=D("0.25"),
    slice_notional_max=D(100_000),
    refill_s=D(5),
)


def leg(made: Bench, symbol: str, signed: str, *, reduce_only: bool = False) -> Leg:
    instrument, mid = made.engine.instruments(NOON)[symbol], made.engine.book(NOON, symbol).mid
    return Leg(symbol, instrument, Side.of(D(signed)), abs(D(signed)), reduce_only, mid)


@define
class Execution:
    """One execution in the exchange's own time: the legs, and the worst gap between their done fractions."""

    exchange: Bench
    legs: dict[str, LegState]
    now: datetime
    sent: int = 0
    gap: Decimal = D(0)

    @classmethod
    def of(cls, exchange: Bench, legs: Iterable[Leg], now: datetime = NOON) -> "Execution":
        return cls(exchange, {each.name: LegState(each) for each in legs}, now)

    def run(self, terms: Terms) -> Finished | HandBack:
        start, rested = self.now, False
        while True:
            elapsed_s = D((self.now - start) // timedelta(seconds=1))
            books = {name: self.exchange.engine.book(self.now, name) for name in self.legs}
            step = next_round(tuple(self.legs.values()), books, terms, elapsed_s, rested=rested)
            if isinstance(step, Finished | HandBack):
                return step
            if isinstance(step, Wait):
                self.wait(step.wait_s)
            else:
                self.send(step)
                rested = bool(step.rest_s)

    def send(self, step: Round) -> None:
        """Place the children, let makers rest, count what filled."""
        reports = [self.place(child) for child in step.children]
        self.wait(step.rest_s)
        for child, report in zip(step.children, reports, strict=True):
            final = self.exchange.engine.cancel(self.now, child.leg, report.client_id)
            state = self.legs[child.leg]
            value = sum((trade.quantity * trade.price for trade in final.trades), D(0))
            self.legs[child.leg] = LegState(state.plan, state.done + final.filled, state.value + value)
        fractions = [state.fraction for state in self.legs.values()]
        self.gap = max(self.gap, max(fractions) - min(fractions))
        self.wait(step.pause_s)

    def place(self, child: Child) -> OrderReport:
        self.sent += 1
        plan, name = self.legs[child.leg].plan, f"c{self.sent}"
        order = Order(
            name, plan.name, plan.side, child.quantity, child.limit_price, child.time_in_force, child.reduce_only
        )
        report = self.exchange.engine.place(self.now, order)
        assert not report.code, report
        return report

    def wait(self, seconds: Decimal) -> None:
        self.now += timedelta(seconds=float(seconds))


def ready() -> Bench:
    made = bench()
    made.fund(BTC, spot="10", margin="10")
    return made


def test_an_entry_tranche_sells_spot_and_buys_perpetual_in_lockstep() -> None:
    made = ready()
    execution = Execution.of(made, (leg(made, BTC_USDC, "-2.33333"), leg(made, BTC_PERP, "2.333")))
    assert execution.run(TERMS) == Finished({})
    assert execution.legs[BTC_USDC].done == D("2.33333")
    assert execution.gap <= D("0.01"), "both legs filled whole in every round"
    account = made.engine.account(execution.now)
    assert account.positions[BTC].quantity == D("2.333")
    assert account.spot[USDC] > 0


@pytest.mark.parametrize("terms", [TERMS, evolve(TERMS, maker_first=True, maker_wait_s=D(3))], ids=["taker", "maker"])
def test_three_shorts_open_together_and_unwind_together_to_nothing(terms: Terms) -> None:
    made = ready()
    sizes = {SOL_PERP: "-1234.56", ETH_PERP: "-25.321", BTC_PERP: "-1.789"}
    opening = Execution.of(made, [leg(made, symbol, size) for symbol, size in sizes.items()])
    assert opening.run(terms) == Finished({})
    positions = made.engine.account(opening.now).positions
    assert [positions[coin].quantity for coin in (SOL, ETH, BTC)] == [D(size) for size in sizes.values()]
    closing = [leg(made, symbol, size[1:], reduce_only=True) for symbol, size in sizes.items()]
    unwind = Execution.of(made, closing, opening.now + timedelta(hours=1))
    assert unwind.run(terms) == Finished({})
    assert all(held.quantity == 0 for held in made.engine.account(unwind.now).positions.values())


def test_a_market_that_runs_away_is_handed_back_at_the_cost_cap() -> None:
    made = ready()
    for seconds in range(1, 200):
        made.market.set(BTC, NOON + timedelta(seconds=seconds), str(70_000 + 20 * seconds))
    execution = Execution.of(made, (leg(made, BTC_PERP, "9"),))
    assert execution.run(TERMS) == HandBack("cost cap")
    state = execution.legs[BTC_PERP]
    assert 0 < state.done < 9
    assert state.value / state.done < 70_000 * D("1.0025"), "it stopped soon after the cap"


def test_a_slippage_cap_inside_the_spread_waits_until_the_time_cap() -> None:
    made = ready()
    execution = Execution.of(made, (leg(made, SOL_PERP, "-100"),))
    assert execution.run(evolve(TERMS, slippage_bps_max=D("0.01"), time_s_max=D(60))) == HandBack("time cap")
    assert execution.legs[SOL_PERP].done == 0
