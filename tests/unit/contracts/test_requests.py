"""Requests: who may make them, what they hold, and how they are taken back."""

import pytest
from tests.unit.contracts.rig import (
    ADMIN,
    ALICE,
    BOB,
    BTC,
    CUSTODY,
    DAY_S,
    FOREVER,
    FULFILLER,
    GATEKEEPER,
    MALLORY,
    Rig,
    refused,
)  # fmt: skip

OPEN, RELEASED, CANCELLED = 1, 2, 4


def test_ids_count_from_one_over_deposits_and_redemptions(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    assert [rig.ask_deposit(BOB, 5), rig.ask_redeem(ALICE, shares), rig.ask_deposit(ALICE, 6)] == [2, 3, 4]
    assert rig.vault.read("lastRequestId") == 4


def test_a_deposit_request_takes_the_assets_and_is_announced(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, 3 * BTC)
    announced = rig.vault.events()[0]
    assert announced.name == "DepositRequest"
    assert announced.values == {
        "controller": ALICE, "owner": ALICE, "requestId": request, "sender": ALICE, "assets": 3 * BTC,
    }  # fmt: skip
    assert (rig.held(), rig.token.read("balanceOf", ALICE)) == (3 * BTC, 0)
    assert rig.vault.read("pendingDepositRequest", request, ALICE) == 3 * BTC
    assert rig.vault.read("pendingDepositRequest", request, BOB) == 0
    assert rig.vault.read("pendingRedeemRequest", request, ALICE) == 0


def test_a_redeem_request_takes_the_shares_and_is_announced(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    request = rig.ask_redeem(ALICE, shares)
    assert rig.vault.events()[0].name == "RedeemRequest"
    assert rig.vault.read("balanceOf", ALICE) == 0
    assert rig.vault.read("balanceOf", rig.vault.address) == shares
    assert rig.vault.read("pendingRedeemRequest", request, ALICE) == shares
    assert rig.vault.read("totalSupply") == shares


def test_nobody_asks_with_anothers_assets_unless_made_operator(rig: Rig) -> None:
    rig.ask_deposit(ALICE, 1)
    rig.token.send(ALICE, "mint", ALICE, BTC)
    with refused("NotPermitted"):
        rig.vault.send(MALLORY, "requestDeposit", BTC, MALLORY, ALICE)
    rig.allow(ALICE, BOB)
    assert rig.vault.send(BOB, "requestDeposit", BTC, ALICE, ALICE) == 2
    rig.allow(ALICE, BOB, approved=False)
    with refused("NotPermitted"):
        rig.vault.send(BOB, "requestDeposit", 1, ALICE, ALICE)


def test_shares_are_asked_in_by_allowance_and_the_allowance_is_spent(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    with refused("ERC20InsufficientAllowance"):
        rig.vault.send(BOB, "requestRedeem", 1, BOB, ALICE)
    rig.vault.send(ALICE, "approve", BOB, shares)
    rig.vault.send(BOB, "requestRedeem", shares - 1, BOB, ALICE)
    assert rig.vault.read("allowance", ALICE, BOB) == 1


@pytest.mark.parametrize("call", ["requestDeposit", "requestRedeem"])
def test_a_request_for_nothing_or_for_nobody_is_refused(rig: Rig, call: str) -> None:
    with refused("AmountIsZero"):
        rig.vault.send(ALICE, call, 0, ALICE, ALICE)
    for controller in ("0x" + "00" * 20, rig.vault.address):
        with refused("PartyInvalid"):
            rig.vault.send(ALICE, call, 1, controller, ALICE)


@pytest.mark.parametrize("call", ["requestDeposit", "requestRedeem"])
def test_a_deadline_that_has_passed_is_refused(rig: Rig, call: str) -> None:
    with refused("DeadlinePassed"):
        rig.vault.send(ALICE, call, 1, ALICE, ALICE, 0, rig.chain.time_s - 1)


def test_a_request_is_cancelled_only_after_the_delay_and_only_by_its_controller(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.chain.mine(3 * DAY_S - 1)
    with refused("TooEarlyToCancel"):
        rig.vault.send(ALICE, "cancel", request, ALICE)
    rig.chain.mine(1)
    with refused("NotPermitted"):
        rig.vault.send(MALLORY, "cancel", request, MALLORY)
    rig.vault.send(ALICE, "cancel", request, BOB)
    assert (rig.token.read("balanceOf", BOB), rig.held(), rig.vault.read("openAssets")) == (BTC, 0, 0)
    with refused("RequestNotOpen"):
        rig.vault.send(ALICE, "cancel", request, ALICE)
    assert rig.vault.read("requests", request)[3] == CANCELLED


def test_a_passed_deadline_lets_the_user_cancel_before_the_delay(rig: Rig) -> None:
    rig.ask_deposit(ALICE, 1)
    rig.token.send(ALICE, "mint", ALICE, BTC)
    request = rig.vault.send(ALICE, "requestDeposit", BTC, ALICE, ALICE, 0, rig.chain.time_s + 600)
    with refused("TooEarlyToCancel"):
        rig.vault.send(ALICE, "cancel", request, ALICE)
    rig.chain.mine(600)
    rig.vault.send(ALICE, "cancel", request, ALICE)
    assert rig.token.read("balanceOf", ALICE) == BTC


def test_a_cancelled_redemption_gives_the_shares_back(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    request = rig.ask_redeem(ALICE, shares)
    rig.chain.mine(3 * DAY_S)
    rig.vault.send(ALICE, "cancel", request, ALICE)
    assert (rig.vault.read("balanceOf", ALICE), rig.vault.read("openShares")) == (shares, 0)


def test_a_fulfilled_request_cannot_be_cancelled(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.fulfil(request)
    rig.chain.mine(4 * DAY_S)
    with refused("RequestNotOpen"):
        rig.vault.send(ALICE, "cancel", request, ALICE)


def test_a_cancelled_request_can_be_neither_fulfilled_nor_released(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.chain.mine(3 * DAY_S)
    rig.vault.send(ALICE, "cancel", request, ALICE)
    with refused("RequestNotOpen"):
        rig.fulfil(request)
    with refused("RequestNotOpen"):
        rig.vault.send(FULFILLER, "release", request)


def test_a_released_deposit_is_cancelled_only_with_assets_that_are_nobody_elses(rig: Rig) -> None:
    released = rig.ask_deposit(ALICE, BTC)
    rig.ask_deposit(BOB, BTC)
    rig.vault.send(FULFILLER, "release", released)
    rig.chain.mine(3 * DAY_S)
    with refused("FreeAssetsTooFew"):
        rig.vault.send(ALICE, "cancel", released, ALICE)
    rig.token.send(CUSTODY, "transfer", rig.vault.address, BTC)
    rig.vault.send(ALICE, "cancel", released, ALICE)
    assert (rig.token.read("balanceOf", ALICE), rig.held()) == (BTC, BTC)
    assert (rig.vault.read("openAssets"), rig.vault.read("releasedAssets")) == (BTC, 0)


def test_a_pause_stops_requests_but_not_cancellation(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.vault.send(GATEKEEPER, "pause")
    for call in ("requestDeposit", "requestRedeem"):
        with refused("EnforcedPause"):
            rig.vault.send(ALICE, call, 1, ALICE, ALICE)
    rig.chain.mine(3 * DAY_S)
    rig.vault.send(ALICE, "cancel", request, ALICE)
    assert rig.token.read("balanceOf", ALICE) == BTC
    rig.vault.send(ADMIN, "unpause")
    assert rig.vault.send(ALICE, "requestDeposit", 1, ALICE, ALICE, 0, FOREVER) == request + 1


def test_a_released_request_is_still_pending(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    assert rig.vault.read("requests", request)[3] == OPEN
    rig.vault.send(FULFILLER, "release", request)
    assert rig.vault.read("requests", request)[3] == RELEASED
    assert rig.vault.read("pendingDepositRequest", request, ALICE) == BTC
