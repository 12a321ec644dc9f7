"""Custody: the one other way out, bounded by what is nobody's, its address changed only with delay."""

import pytest
from tests.unit.contracts.rig import (
    ADMIN,
    ALICE,
    BOB,
    BTC,
    CUSTODY,
    DAY_S,
    FULFILLER,
    GATEKEEPER,
    MALLORY,
    PUBLISHER,
    Rig,
    Terms,
    make_rig,
    refused,
)  # fmt: skip

ELSEWHERE = "0x" + "e5" * 20


def test_custody_never_takes_what_users_asked_in_or_may_claim(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, 2 * BTC)
    reserved = rig.fulfil(rig.ask_redeem(ALICE, shares // 2))
    rig.ask_deposit(BOB, 3 * BTC)
    free = 2 * BTC - reserved
    with refused("FreeAssetsTooFew"):
        rig.vault.send(FULFILLER, "toCustody", free + 1)
    rig.vault.send(FULFILLER, "toCustody", free)
    assert (rig.token.read("balanceOf", CUSTODY), rig.held()) == (free, 3 * BTC + reserved)
    with refused("FreeAssetsTooFew"):
        rig.vault.send(FULFILLER, "toCustody", 1)


def test_a_release_sends_one_deposits_assets_once(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.ask_deposit(BOB, 2 * BTC)
    rig.vault.send(FULFILLER, "release", request)
    assert rig.token.read("balanceOf", CUSTODY) == BTC
    assert (rig.vault.read("openAssets"), rig.vault.read("releasedAssets")) == (3 * BTC, BTC)
    with refused("RequestNotOpen"):
        rig.vault.send(FULFILLER, "release", request)
    assert rig.held() == 2 * BTC


def test_redemptions_and_fulfilled_deposits_are_not_released(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    shares = rig.fulfil(request)
    with refused("RequestNotOpen"):
        rig.vault.send(FULFILLER, "release", request)
    rig.vault.send(ALICE, "mint", shares, ALICE)
    redemption = rig.ask_redeem(ALICE, shares)
    for unfit in (redemption, redemption + 1):
        with refused("RequestNotOpen"):
            rig.vault.send(FULFILLER, "release", unfit)


@pytest.mark.parametrize(("call", "value"), [("toCustody", 0), ("release", 1)])
def test_a_pause_and_a_missing_role_stop_transfers_to_custody(rig: Rig, call: str, value: int) -> None:
    rig.ask_deposit(ALICE, BTC)
    for caller in (MALLORY, PUBLISHER, ADMIN, GATEKEEPER):
        with refused("AccessControlUnauthorizedAccount"):
            rig.vault.send(caller, call, value)
    rig.vault.send(GATEKEEPER, "pause")
    with refused("EnforcedPause"):
        rig.vault.send(FULFILLER, call, value)


def test_another_custody_takes_effect_only_after_the_delay(rig: Rig) -> None:
    with refused("CustodyNotDue"):
        rig.vault.send(ADMIN, "changeCustody")
    rig.vault.send(ADMIN, "proposeCustody", ELSEWHERE)
    assert rig.vault.events()[0].values == {"custody": ELSEWHERE, "dueAt": rig.chain.time_s + 2 * DAY_S}
    rig.chain.mine(2 * DAY_S - 1)
    with refused("CustodyNotDue"):
        rig.vault.send(ADMIN, "changeCustody")
    assert rig.vault.read("custody") == CUSTODY
    rig.chain.mine(1)
    rig.vault.send(ADMIN, "changeCustody")
    assert rig.vault.read("custody") == ELSEWHERE
    with refused("CustodyNotDue"):
        rig.vault.send(ADMIN, "changeCustody")


def test_a_second_proposal_starts_the_delay_again(rig: Rig) -> None:
    rig.vault.send(ADMIN, "proposeCustody", BOB)
    rig.chain.mine(2 * DAY_S)
    rig.vault.send(ADMIN, "proposeCustody", ELSEWHERE)
    with refused("CustodyNotDue"):
        rig.vault.send(ADMIN, "changeCustody")


def test_a_withdrawn_proposal_never_takes_effect(rig: Rig) -> None:
    rig.vault.send(ADMIN, "proposeCustody", ELSEWHERE)
    rig.vault.send(ADMIN, "withdrawCustodyProposal")
    rig.chain.mine(3 * DAY_S)
    with refused("CustodyNotDue"):
        rig.vault.send(ADMIN, "changeCustody")


def test_custody_is_the_admins_to_change(rig: Rig) -> None:
    rig.vault.send(ADMIN, "proposeCustody", ELSEWHERE)
    rig.chain.mine(2 * DAY_S)
    for caller in (MALLORY, FULFILLER, GATEKEEPER):
        for call, values in (("proposeCustody", (MALLORY,)), ("changeCustody", ()), ("withdrawCustodyProposal", ())):
            with refused("AccessControlUnauthorizedAccount"):
                rig.vault.send(caller, call, *values)


def test_custody_is_somebody_and_not_the_vault(rig: Rig) -> None:
    for unfit in ("0x" + "00" * 20, rig.vault.address):
        with refused("CustodyInvalid"):
            rig.vault.send(ADMIN, "proposeCustody", unfit)
    with refused("CustodyInvalid"):
        make_rig(Terms(custody="0x" + "00" * 20))
