"""The simulated vault contract takes time to be sure, and its BTC is spoken for."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.unit.adapters.simulator.worlds import SETTINGS, Built, build

from ballast.adapters.simulator.settings import Route, WorldSettings
from ballast.adapters.simulator.vault import SimulatedVaultContract
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE, USDC
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.vault_contract import Finality, Forward, FulfilDeposit, Release, VaultAction

D = Decimal
QUICK = evolve(SETTINGS, confirm_s=60, final_s=120, transaction_s=15)


def btc(quantity: str) -> Amount:
    return Amount(BTC, D(quantity))


async def done(built: Built, intent_id: str, action: VaultAction) -> ActionReport:
    port = SimulatedVaultContract(built.world)
    await port.submit(intent_id, action)
    built.wait(15)
    return await port.progress(intent_id)


async def test_a_request_becomes_surer_with_time() -> None:
    built = build(QUICK)
    port = SimulatedVaultContract(built.world)
    key = built.world.call("vault", "deposit", "anna", btc("10"))
    assert key == "1:vault:1"
    found: list[Finality] = []
    for seconds in (0, 59, 1, 59, 1):
        built.wait(seconds)
        found.append((await port.request(key)).finality)
    assert found == [Finality.SEEN, Finality.SEEN, Finality.CONFIRMED, Finality.CONFIRMED, Finality.FINAL]


async def test_a_transaction_is_proved_after_its_time() -> None:
    built = build(QUICK)
    port = SimulatedVaultContract(built.world)
    key = built.world.call("vault", "deposit", "anna", btc("10"))
    built.wait(120)
    await port.submit("a", Release(key))
    built.wait(14)
    assert (await port.progress("a")).state is ActionState.UNRESOLVED
    assert (await port.totals()).btc_held == 10
    built.wait(1)
    assert (await port.progress("a")).sent == btc("10")
    assert (await port.totals()).btc_held == 0


async def test_what_the_custody_wallet_forwards_is_in_transit_and_then_at_the_venue() -> None:
    built = build(QUICK)
    key = built.world.call("vault", "deposit", "anna", btc("10"))
    built.wait(120)
    await done(built, "a", Release(key))
    report = await done(built, "b", Forward(btc("10")))
    assert (report.sent, report.reference) == (btc("10"), "transfer-1")
    assert built.world.call("transit", "total", BTC) == 10
    built.wait(1800)
    assert built.world.call("transit", "total", BTC) == 0
    assert built.venue.balances == {BTC: D(10)}


async def test_the_wallet_forwards_no_more_than_was_released() -> None:
    built = build(QUICK)
    report = await done(built, "a", Forward(btc("0.1")))
    assert (report.state, report.reference) == (ActionState.REFUSED, "")
    assert built.world.call("transit", "total", BTC) == 0


async def test_an_action_that_is_wrong_in_itself_is_not_sent() -> None:
    port = SimulatedVaultContract(build(QUICK).world)
    with pytest.raises(InvalidInput, match="amount"):
        await port.submit("a", Forward(Amount(USDC, D(1))))
    with pytest.raises(InvalidInput, match="shares"):
        await port.submit("a", FulfilDeposit("1:vault:1", Amount(SHARE, D(0))))
    assert (await port.progress("a")).reason == "never received"


@pytest.mark.parametrize("address", ["nowhere", "venue-usdc"])
def test_a_custody_wallet_whose_transfers_lead_nowhere_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="custody_route"):
        WorldSettings(custody_route=address)


def test_negative_durations_are_refused() -> None:
    with pytest.raises(InvalidInput, match="time_lock_s"):
        WorldSettings(time_lock_s=-1)
    with pytest.raises(InvalidInput, match="duration_s"):
        Route("a", "venue", BTC, -1)
