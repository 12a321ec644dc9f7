"""The simulated multisig needs approvals and a time lock, and executes when it is asked to."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.adapters.simulator.worlds import HELD, SETTINGS, START, Built, build

from ballast.adapters.simulator.treasury import SimulatedTreasury
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, JLP, SOL, USDC, USDT
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.actions import ActionState
from ballast.ports.treasury import Mint, Redeem, Remit, TreasuryAction

D = Decimal
MINT = Mint(Amount(USDC, D(1000)), Amount(JLP, D(200)))
REDEEM = Redeem(Amount(JLP, D(1000)), Amount(USDC, D(3000)))
REMIT = Remit(Amount(USDC, D(700)), "venue-usdc")
LOCK_ONLY = evolve(SETTINGS, approval_delay_s=60, approval_jitter_s=0, time_lock_s=300)


def balances(built: Built) -> dict[object, Decimal]:
    held: dict[object, Decimal] = built.world.call("treasury", "balances")
    return held


async def executed_after(seed: int, jitter_s: int) -> int:
    built = build(evolve(LOCK_ONLY, approval_jitter_s=jitter_s), seed=seed)
    port = SimulatedTreasury(built.world)
    await port.submit("a", MINT)
    while (await port.progress("a")).state is ActionState.UNRESOLVED:
        built.wait(1)
    return (built.clock.now() - START) // timedelta(seconds=1)


async def test_execution_waits_for_approvals_and_then_for_the_time_lock() -> None:
    assert await executed_after(seed=1, jitter_s=0) == 360


async def test_approvals_come_at_a_seeded_moment_within_the_jitter() -> None:
    waits = {seed: await executed_after(seed, jitter_s=60) for seed in range(8)}
    assert all(360 <= wait <= 420 for wait in waits.values())
    assert len(set(waits.values())) > 1
    assert waits[3] == await executed_after(3, jitter_s=60)


async def test_nothing_moves_before_somebody_executes() -> None:
    built = build(LOCK_ONLY)
    port = SimulatedTreasury(built.world)
    await port.submit("a", MINT)
    built.wait(3600)
    assert balances(built) == HELD
    report = await port.progress("a")
    assert (report.state, report.sent) == (ActionState.CONFIRMED, MINT.pay)
    assert report.received is not None
    assert balances(built) == {USDC: D(999_000), JLP: D(500_000) + report.received.quantity}


async def test_a_redemption_pays_the_stable_out() -> None:
    built = build(LOCK_ONLY)
    port = SimulatedTreasury(built.world)
    await port.submit("a", REDEEM)
    built.wait(360)
    received = (await port.progress("a")).received
    assert received is not None
    assert balances(built) == {USDC: D(1_000_000) + received.quantity, JLP: D(499_000)}


async def test_a_price_that_moved_against_the_least_amount_refuses_and_moves_nothing() -> None:
    built = build(LOCK_ONLY)
    port = SimulatedTreasury(built.world)
    await port.submit("a", evolve(MINT, receive_min=Amount(JLP, D(249))))
    built.wait(300)
    built.market.prices[SOL] = D("101.5")
    built.wait(60)
    report = await port.progress("a")
    assert (report.state, report.sent) == (ActionState.REFUSED, None)
    assert report.reason.startswith("least amount received")
    assert balances(built) == HELD
    await port.submit("b", MINT)
    built.wait(360)
    assert (await port.progress("b")).state is ActionState.CONFIRMED


async def test_a_remittance_leaves_and_arrives_after_its_journey() -> None:
    built = build(LOCK_ONLY)
    port = SimulatedTreasury(built.world)
    await port.submit("a", REMIT)
    built.wait(360)
    reference = (await port.progress("a")).reference
    assert reference
    assert built.world.call("transit", "total", USDC) == D(700)
    built.wait(299)
    built.world.call("transit", "total", USDC)
    assert USDC not in built.venue.balances
    built.wait(1)
    assert built.world.call("transit", "total", USDC) == 0
    assert built.venue.balances == {USDC: D(700)}


@pytest.mark.parametrize(
    "action", [evolve(MINT, pay=Amount(USDC, D(1_000_001))), Remit(Amount(JLP, D(1)), "venue-usdc")]
)
async def test_what_cannot_be_done_is_refused_at_execution(action: TreasuryAction) -> None:
    built = build(LOCK_ONLY)
    port = SimulatedTreasury(built.world)
    await port.submit("a", action)
    built.wait(360)
    assert (await port.progress("a")).state is ActionState.REFUSED
    assert balances(built) == HELD


async def test_a_stable_that_the_pool_does_not_hold_is_refused_at_execution() -> None:
    built = build(evolve(LOCK_ONLY, treasury_balances={USDT: D(10)}))
    port = SimulatedTreasury(built.world)
    await port.submit("a", evolve(MINT, pay=Amount(USDT, D(10))))
    built.wait(360)
    report = await port.progress("a")
    assert report.state is ActionState.REFUSED
    assert "USDT" in report.reason


@pytest.mark.parametrize(
    "action",
    [
        evolve(MINT, pay=Amount(USDC, D(0))),
        evolve(MINT, pay=Amount(BTC, D(1))),
        evolve(MINT, pay=Amount(USDC, D("0.0000001"))),
        evolve(MINT, receive_min=Amount(USDC, D(1))),
        evolve(REDEEM, pay=Amount(JLP, D(-1))),
        evolve(REDEEM, receive_min=Amount(JLP, D(1))),
        Remit(Amount(BTC, D(1)), "venue-usdc"),
    ],
)
async def test_what_is_wrong_in_itself_is_not_even_proposed(action: TreasuryAction) -> None:
    port = SimulatedTreasury(build().world)
    with pytest.raises(InvalidInput):
        await port.submit("a", action)
    assert (await port.progress("a")).reason == "never received"


async def test_a_lost_answer_leaves_the_proposal_standing() -> None:
    built = build(LOCK_ONLY)
    built.world.faults.plan("treasury.submit", "lost_answer")
    port = SimulatedTreasury(built.world)
    assert (await port.submit("a", MINT)).state is ActionState.UNRESOLVED
    built.wait(360)
    assert (await port.progress("a")).state is ActionState.CONFIRMED
