"""The laws of ports/vault_contract.py and of ports/actions.py for it, on every adapter."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.contract.chain_rigs import CONFIRM_S, FINAL_S, VAULTS, VaultWorld
from tests.contract.rigs import Rig, each

from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE
from ballast.domain.kernel.errors import InvalidInput, NotKnown, Unreachable
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.vault_contract import (
    Finality,
    Forward,
    FulfilDeposit,
    FulfilWithdrawal,
    Release,
    RequestKind,
    VaultAction,
    VaultContract,
    VaultTotals,
)

VaultRig = Rig[VaultContract, VaultWorld]
TEN_BTC = Amount(BTC, Decimal(10))
TEN_SHARES = Amount(SHARE, Decimal("9.9"))


async def outcome(vault: VaultContract, world: VaultWorld, intent_id: str, action: VaultAction) -> ActionReport:
    """Submit an action and return what is proved of it once it had all the time it needs."""
    await vault.submit(intent_id, action)
    world.wait(60)
    return await vault.progress(intent_id)


async def final_deposit(world: VaultWorld) -> str:
    """A deposit of 10 BTC that is FINAL."""
    key = world.deposit("anna", TEN_BTC)
    world.wait(FINAL_S)
    return key


async def final_withdrawal(vault: VaultContract, world: VaultWorld) -> str:
    """A withdrawal of all of Anna's shares that is FINAL, with its BTC in the contract."""
    deposit = await final_deposit(world)
    await outcome(vault, world, "w1", Release(deposit))
    await outcome(vault, world, "w2", FulfilDeposit(deposit, TEN_SHARES))
    key = world.request_withdrawal("anna", TEN_SHARES)
    world.arrive(TEN_BTC, "r")
    world.wait(FINAL_S)
    return key


@each(VAULTS)
async def test_law_1_the_same_id_twice_is_one_action(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        await outcome(vault, world, "a", Release(await final_deposit(world)))
        half = Forward(Amount(BTC, Decimal(5)))
        first = await outcome(vault, world, "b", half)
        assert await outcome(vault, world, "b", half) == first
        rest = await outcome(vault, world, "c", half)
        assert rest.state is ActionState.CONFIRMED


@each(VAULTS)
async def test_law_2_a_proved_outcome_never_changes(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        key = world.deposit("anna", TEN_BTC)
        refused = await outcome(vault, world, "a", FulfilDeposit(key, TEN_SHARES))
        world.wait(FINAL_S)
        confirmed = await outcome(vault, world, "b", FulfilDeposit(key, TEN_SHARES))
        assert [refused.state, confirmed.state] == [ActionState.REFUSED, ActionState.CONFIRMED]
        assert [await vault.progress("a"), await vault.progress("b")] == [refused, confirmed]


@each(VAULTS)
async def test_law_3_an_id_that_was_never_received_is_refused_as_such(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, _):
        assert await vault.progress("a") == ActionReport("a", ActionState.REFUSED, reason="never received")


@each(VAULTS)
async def test_law_4_a_refused_action_moved_nothing(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        key = await final_deposit(world)
        before = await vault.totals()
        actions: tuple[VaultAction, ...] = (Forward(TEN_BTC), Release("1:memory:99"), FulfilWithdrawal(key, TEN_BTC))
        for number, action in enumerate(actions):
            report = await outcome(vault, world, f"a{number}", action)
            assert (report.state, report.sent, report.received) == (ActionState.REFUSED, None, None)
            assert report.reason
        assert await vault.totals() == before


@each(VAULTS)
async def test_law_5_an_arrival_is_credited_once_and_exactly(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        amount = Amount(BTC, Decimal("1.00000001"))
        assert await vault.credited("r") is None
        world.arrive(amount, "r")
        assert [await vault.credited("r"), await vault.credited("r")] == [amount, amount]
        assert await vault.credited("other") is None
        assert (await vault.totals()).btc_held == amount.quantity


@each(VAULTS)
async def test_law_6_what_was_unreachable_was_not_sent(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        key = await final_deposit(world)
        world.reach.cut("submit")
        with pytest.raises(Unreachable):
            await vault.submit("a", Release(key))
        world.reach.mend()
        world.wait(60)
        assert (await vault.progress("a")).reason == "never received"
        assert (await outcome(vault, world, "a", Release(key))).state is ActionState.CONFIRMED


@each(VAULTS)
async def test_law_7_requests_are_listed_in_order_and_pages_neither_repeat_nor_lose(
    rig: VaultRig, tmp_path: Path
) -> None:
    async with rig.open(tmp_path) as (vault, world):
        keys = [world.deposit(f"user{number}", TEN_BTC) for number in range(7)]
        pages = [await vault.requests(after, 3) for after in (0, 3, 6, 7)]
        assert [[request.key for request in page] for page in pages] == [keys[:3], keys[3:6], keys[6:], []]
        assert [request.owner for request in pages[0]] == ["user0", "user1", "user2"]


@each(VAULTS)
async def test_law_7_both_kinds_of_request_stand_in_one_list(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        withdrawal = await final_withdrawal(vault, world)
        listed = await vault.requests(0, 500)
        assert [request.kind for request in listed] == [RequestKind.DEPOSIT, RequestKind.WITHDRAWAL]
        assert [request.amount for request in listed] == [TEN_BTC, TEN_SHARES]
        assert listed[1] == await vault.request(withdrawal)


@each(VAULTS)
@pytest.mark.parametrize(("after", "limit"), [(-1, 1), (0, 0), (0, 501)])
async def test_law_7_a_page_out_of_range_is_refused(rig: VaultRig, tmp_path: Path, after: int, limit: int) -> None:
    async with rig.open(tmp_path) as (vault, _):
        with pytest.raises(InvalidInput):
            await vault.requests(after, limit)


@each(VAULTS)
async def test_law_7_what_a_reorganisation_removed_is_no_longer_listed(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        kept = await final_deposit(world)
        removed = world.deposit("ben", TEN_BTC)
        world.reorganise()
        later = world.deposit("carl", TEN_BTC)
        assert [request.key for request in await vault.requests(0, 500)] == [kept, later]
        with pytest.raises(NotKnown):
            await vault.request(removed)
        assert (await vault.totals()).btc_held == 20


@each(VAULTS)
async def test_law_8_a_deposit_is_fulfilled_once(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        key = await final_deposit(world)
        assert not (await vault.request(key)).fulfilled
        first = await outcome(vault, world, "a", FulfilDeposit(key, TEN_SHARES))
        second = await outcome(vault, world, "b", FulfilDeposit(key, TEN_SHARES))
        assert [first.state, second.state] == [ActionState.CONFIRMED, ActionState.REFUSED]
        assert (await vault.request(key)).fulfilled
        assert (await vault.totals()).share_supply == TEN_SHARES.quantity


@each(VAULTS)
async def test_law_8_a_withdrawal_is_fulfilled_once(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        key, five = await final_withdrawal(vault, world), Amount(BTC, Decimal(5))
        first = await outcome(vault, world, "a", FulfilWithdrawal(key, five))
        second = await outcome(vault, world, "b", FulfilWithdrawal(key, five))
        assert [first.state, second.state] == [ActionState.CONFIRMED, ActionState.REFUSED]
        assert (first.sent, first.received) == (five, TEN_SHARES)
        totals = VaultTotals(share_supply=Decimal(0), btc_held=Decimal(10), btc_claimable=Decimal(5))
        assert await vault.totals() == totals


@each(VAULTS)
async def test_law_9_a_request_is_fulfilled_only_when_it_is_final(rig: VaultRig, tmp_path: Path) -> None:
    async with rig.open(tmp_path) as (vault, world):
        key = world.deposit("anna", TEN_BTC)
        world.wait(CONFIRM_S - 1)
        assert (await vault.request(key)).finality is Finality.SEEN
        world.wait(1)
        assert (await vault.request(key)).finality is Finality.CONFIRMED
        await vault.submit("a", FulfilDeposit(key, TEN_SHARES))
        world.wait(FINAL_S - CONFIRM_S - 1)
        assert (await vault.progress("a")).state is ActionState.REFUSED
        assert (await vault.request(key)).finality is Finality.CONFIRMED
        world.wait(1)
        assert (await vault.request(key)).finality is Finality.FINAL
        assert (await outcome(vault, world, "b", FulfilDeposit(key, TEN_SHARES))).state is ActionState.CONFIRMED
