"""Roles: what a gatekeeper can and cannot do, and how the admin is handed over."""

import pytest
from tests.unit.contracts.rig import ADMIN, ALICE, BTC, DAY_S, FULFILLER, GATEKEEPER, MALLORY, PUBLISHER, Rig, refused


@pytest.mark.parametrize("role", ["PUBLISHER", "FULFILLER", "PRICE_SIGNER"])
def test_the_gatekeeper_strips_hot_roles_and_gives_none(rig: Rig, role: str) -> None:
    name = rig.vault.read(role)
    holder = FULFILLER if role == "FULFILLER" else PUBLISHER
    rig.vault.send(GATEKEEPER, "strip", name, holder)
    assert not rig.vault.read("hasRole", name, holder)
    with refused("AccessControlUnauthorizedAccount"):
        rig.vault.send(GATEKEEPER, "grantRole", name, holder)


@pytest.mark.parametrize("role", ["REVIEWER", "GATEKEEPER", "DEFAULT_ADMIN_ROLE"])
def test_the_gatekeeper_strips_nobody_else(rig: Rig, role: str) -> None:
    with refused("RoleNotHot"):
        rig.vault.send(GATEKEEPER, "strip", rig.vault.read(role), ADMIN)


def test_a_stripped_fulfiller_moves_nothing(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    seq = rig.publish()
    rig.vault.send(GATEKEEPER, "strip", rig.vault.read("FULFILLER"), FULFILLER)
    for call, values in (("fulfil", (request, seq)), ("release", (request,)), ("toCustody", (0,))):
        with refused("AccessControlUnauthorizedAccount"):
            rig.vault.send(FULFILLER, call, *values)


def test_the_gatekeeper_stops_and_only_the_admin_starts_again(rig: Rig) -> None:
    for caller in (MALLORY, ADMIN, FULFILLER):
        with refused("AccessControlUnauthorizedAccount"):
            rig.vault.send(caller, "pause")
    rig.vault.send(GATEKEEPER, "pause")
    with refused("AccessControlUnauthorizedAccount"):
        rig.vault.send(GATEKEEPER, "unpause")
    rig.vault.send(ADMIN, "unpause")
    assert rig.vault.read("paused") is False


def test_the_admin_is_handed_over_in_two_steps_with_delay(rig: Rig) -> None:
    with refused("AccessControlEnforcedDefaultAdminRules"):
        rig.vault.send(ADMIN, "grantRole", bytes(32), MALLORY)
    rig.vault.send(ADMIN, "beginDefaultAdminTransfer", ALICE)
    rig.chain.mine(2 * DAY_S)
    with refused("AccessControlEnforcedDefaultAdminDelay"):
        rig.vault.send(ALICE, "acceptDefaultAdminTransfer")
    rig.chain.mine(1)
    with refused("AccessControlInvalidDefaultAdmin"):
        rig.vault.send(MALLORY, "acceptDefaultAdminTransfer")
    rig.vault.send(ALICE, "acceptDefaultAdminTransfer")
    assert rig.vault.read("defaultAdmin") == ALICE


def test_there_is_no_way_to_mint_rescue_or_upgrade(rig: Rig) -> None:
    functions = [entry for entry in rig.vault.abi if entry["type"] == "function"]
    senders = {entry["name"] for entry in functions if entry["stateMutability"] in ("nonpayable", "payable")}
    assert senders == {
        # users: shares, requests, claims
        "approve", "transfer", "transferFrom", "setOperator", "requestDeposit", "requestRedeem", "cancel", "deposit",
        "mint", "redeem", "withdraw",
        # hot keys and their second person
        "publish", "fulfil", "release", "toCustody", "accept", "dismiss",
        # gatekeeper
        "pause", "strip", "cutCaps",
        # admin
        "unpause", "setCaps", "proposeCustody", "withdrawCustodyProposal", "changeCustody", "grantRole", "revokeRole",
        "renounceRole", "beginDefaultAdminTransfer", "cancelDefaultAdminTransfer", "acceptDefaultAdminTransfer",
        "changeDefaultAdminDelay", "rollbackDefaultAdminDelay",
    }  # fmt: skip
