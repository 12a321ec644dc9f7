"""The laws of ports/treasury.py and of ports/actions.py for it, on every adapter."""

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from tests.contract.chain_rigs import TREASURIES, WHITELISTED, TreasuryWorld
from tests.contract.rigs import Rig, each
from tests.unit.adapters.simulator.worlds import HELD

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import JLP, USDC
from ballast.domain.kernel.errors import RuleBroken, Unreachable
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.treasury import Mint, Redeem, Remit, Treasury, TreasuryAction

TreasuryRig = Rig[Treasury, TreasuryWorld]
MINT = Mint(Amount(USDC, Decimal(1000)), Amount(JLP, Decimal(200)))
REDEEM = Redeem(Amount(JLP, Decimal(1000)), Amount(USDC, Decimal(3000)))
REMIT = Remit(Amount(USDC, Decimal("700.000001")), WHITELISTED)
UNFAIR = evolve(MINT, receive_min=Amount(JLP, Decimal(300)))
UNCOVERED = Remit(Amount(USDC, Decimal(1_000_001)), WHITELISTED)
LONG_ENOUGH_S = 3600


async def outcome(treasury: Treasury, world: TreasuryWorld, intent_id: str) -> ActionReport:
    """What is proved of an action once it had all the time it needs."""
    world.wait(LONG_ENOUGH_S)
    return await treasury.progress(intent_id)


@each(TREASURIES)
async def test_law_1_the_same_id_twice_is_one_action(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        first = await treasury.submit("a", REMIT)
        assert await treasury.submit("a", REMIT) == first
        report = await outcome(treasury, world, "a")
        assert await treasury.submit("a", REMIT) == report
        assert (await treasury.balances())[USDC] == HELD[USDC] - REMIT.amount.quantity


@each(TREASURIES)
async def test_law_1_other_content_under_the_same_id_changes_nothing(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        await treasury.submit("a", REMIT)
        await treasury.submit("a", REDEEM)
        assert (await outcome(treasury, world, "a")).sent == REMIT.amount
        assert (await treasury.balances())[JLP] == HELD[JLP]


@each(TREASURIES)
@pytest.mark.parametrize("action", [MINT, REDEEM, REMIT, UNFAIR])
async def test_law_2_a_proved_outcome_never_changes(rig: TreasuryRig, tmp_path: Path, action: TreasuryAction) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        await treasury.submit("a", action)
        report = await outcome(treasury, world, "a")
        assert report.state is not ActionState.UNRESOLVED
        balances = await treasury.balances()
        assert await outcome(treasury, world, "a") == report
        assert await treasury.balances() == balances


@each(TREASURIES)
async def test_law_3_an_id_that_was_never_received_is_refused_as_such(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, _):
        assert await treasury.progress("a") == ActionReport("a", ActionState.REFUSED, reason="never received")


@each(TREASURIES)
@pytest.mark.parametrize("action", [UNFAIR, UNCOVERED])
async def test_law_4_a_refused_action_moved_nothing(rig: TreasuryRig, tmp_path: Path, action: TreasuryAction) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        await treasury.submit("a", action)
        report = await outcome(treasury, world, "a")
        assert report.state is ActionState.REFUSED
        assert (report.sent, report.received, report.reference) == (None, None, "")
        assert report.reason
        assert await treasury.balances() == HELD


@each(TREASURIES)
async def test_law_5_an_arrival_is_credited_once_and_exactly(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        amount = Amount(USDC, Decimal("12.345678"))
        assert await treasury.credited("r") is None
        world.arrive(amount, "r")
        assert [await treasury.credited("r"), await treasury.credited("r")] == [amount, amount]
        assert await treasury.credited("other") is None
        assert (await treasury.balances())[USDC] == HELD[USDC] + amount.quantity


@each(TREASURIES)
async def test_law_6_what_was_unreachable_was_not_sent(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        world.reach.cut("submit")
        with pytest.raises(Unreachable):
            await treasury.submit("a", REMIT)
        world.reach.mend()
        assert (await outcome(treasury, world, "a")).reason == "never received"
        assert await treasury.balances() == HELD
        await treasury.submit("a", REMIT)
        assert (await outcome(treasury, world, "a")).state is ActionState.CONFIRMED


@each(TREASURIES)
async def test_law_7_balances_include_what_an_executed_mint_moved(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        await treasury.submit("a", MINT)
        report = await outcome(treasury, world, "a")
        assert (report.state, report.sent) == (ActionState.CONFIRMED, MINT.pay)
        assert report.received is not None
        assert report.received >= MINT.receive_min
        balances = await treasury.balances()
        assert balances == {USDC: HELD[USDC] - 1000, JLP: HELD[JLP] + report.received.quantity}


@each(TREASURIES)
async def test_law_7_balances_include_what_an_executed_redemption_moved(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        await treasury.submit("a", REDEEM)
        report = await outcome(treasury, world, "a")
        assert (report.state, report.sent) == (ActionState.CONFIRMED, REDEEM.pay)
        assert report.received is not None
        balances = await treasury.balances()
        assert balances == {USDC: HELD[USDC] + report.received.quantity, JLP: HELD[JLP] - 1000}


@each(TREASURIES)
async def test_law_7_what_is_remitted_leaves_under_a_reference(rig: TreasuryRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        await treasury.submit("a", REMIT)
        await treasury.submit("b", REMIT)
        reports = [await outcome(treasury, world, intent_id) for intent_id in ("a", "b")]
        assert all(report.sent == REMIT.amount for report in reports)
        assert len({report.reference for report in reports} - {""}) == 2


@each(TREASURIES)
async def test_law_8_an_address_outside_the_whitelist_is_refused_before_anything(
    rig: TreasuryRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (treasury, world):
        with pytest.raises(RuleBroken, match="a whitelisted address"):
            await treasury.submit("a", evolve(REMIT, address="treasury-usdc"))
        assert (await outcome(treasury, world, "a")).reason == "never received"
        assert await treasury.balances() == HELD
