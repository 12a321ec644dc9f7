"""Claims: always possible, never more than was fulfilled, rounded against the claimant, nothing left over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.contracts.rig import ALICE, BOB, BTC, CUSTODY, FULFILLER, GATEKEEPER, MALLORY, Rig, make_rig, refused

parts = st.lists(st.integers(1, 3 * BTC), min_size=1, max_size=4)


def test_a_pause_never_stops_a_claim(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, 2 * BTC)
    rig.fulfil(rig.ask_redeem(ALICE, shares // 2))
    rig.fulfil(rig.ask_deposit(ALICE, BTC))
    rig.vault.send(GATEKEEPER, "pause")
    before = rig.token.read("balanceOf", ALICE)
    rig.vault.send(ALICE, "redeem", 1000, ALICE, ALICE)
    rig.vault.send(ALICE, "withdraw", rig.vault.read("maxWithdraw", ALICE), ALICE, ALICE)
    rig.vault.send(ALICE, "deposit", 1000, ALICE)
    rig.vault.send(ALICE, "mint", rig.vault.read("maxMint", ALICE), ALICE)
    assert rig.token.read("balanceOf", ALICE) == before + shares // 2 * 994 // 1000
    assert (rig.vault.read("claimableAssets"), rig.vault.read("claimableShares")) == (0, 0)


@given(assets=st.integers(2, 40 * BTC), part=st.integers(1, 40 * BTC))
def test_a_part_by_assets_gives_shares_rounded_down_and_the_last_claim_the_rest(assets: int, part: int) -> None:
    rig = make_rig()
    shares = rig.fulfil(rig.ask_deposit(ALICE, assets))
    part = min(part, assets)
    given_ = rig.vault.send(ALICE, "deposit", part, ALICE)
    assert given_ * assets <= part * shares < (given_ + 1) * assets
    if part < assets:
        rig.vault.send(ALICE, "deposit", assets - part, ALICE)
    assert rig.vault.read("balanceOf", ALICE) == shares
    assert (rig.vault.read("maxDeposit", ALICE), rig.vault.read("maxMint", ALICE)) == (0, 0)


@given(assets=st.integers(2, 40 * BTC), part=st.integers(1, 40 * BTC))
def test_a_part_by_shares_costs_assets_rounded_up_and_the_rest_stays_claimable(assets: int, part: int) -> None:
    rig = make_rig()
    shares = rig.fulfil(rig.ask_deposit(ALICE, assets))
    part = min(part, shares)
    cost = rig.vault.send(ALICE, "mint", part, ALICE)
    assert (cost - 1) * shares < part * assets <= cost * shares
    if part < shares:
        rig.vault.send(ALICE, "mint", shares - part, ALICE)
    assert rig.vault.read("balanceOf", ALICE) == shares
    assert (rig.vault.read("maxDeposit", ALICE), rig.vault.read("maxMint", ALICE)) == (0, 0)


@given(amounts=parts, claimed=st.integers(1, 12 * BTC))
def test_claimable_by_request_is_first_in_first_out_and_sums_to_the_bucket(amounts: list[int], claimed: int) -> None:
    rig = make_rig()
    ids = [rig.ask_deposit(ALICE, amount + 1) for amount in amounts]
    for request in reversed(ids):
        rig.fulfil(request)
    claimed = min(claimed, sum(amounts))
    rig.vault.send(ALICE, "deposit", claimed, ALICE)
    left = [rig.vault.read("claimableDepositRequest", request, ALICE) for request in ids]
    assert sum(left) == rig.vault.read("maxDeposit", ALICE) == sum(amounts) + len(amounts) - claimed
    behind = claimed
    for request_left, amount in zip(reversed(left), reversed(amounts), strict=True):
        taken = min(behind, amount + 1)
        assert request_left == amount + 1 - taken
        behind -= taken


@pytest.mark.parametrize("call", ["redeem", "withdraw"])
def test_assets_are_claimed_by_the_controller_or_its_operator(rig: Rig, call: str) -> None:
    shares = rig.shareholder(ALICE, BTC)
    rig.fulfil(rig.ask_redeem(ALICE, shares))
    with refused("NotPermitted"):
        rig.vault.send(MALLORY, call, 1000, MALLORY, ALICE)
    with refused("NotPermitted"):
        rig.vault.send(FULFILLER, call, 1000, CUSTODY, ALICE)
    rig.allow(ALICE, BOB)
    rig.vault.send(BOB, call, 1000, BOB, ALICE)
    assert rig.token.read("balanceOf", BOB) == (1000 if call == "withdraw" else 993)


@pytest.mark.parametrize("call", ["deposit", "mint"])
def test_shares_are_claimed_by_the_controller_or_its_operator(rig: Rig, call: str) -> None:
    rig.fulfil(rig.ask_deposit(ALICE, BTC))
    with refused("NotPermitted"):
        rig.vault.send(MALLORY, call, 1000, MALLORY, ALICE)
    rig.allow(ALICE, BOB)
    rig.vault.send(BOB, call, 1000, BOB, ALICE)
    claimed = next(event for event in rig.vault.events() if event.name == "Deposit")
    assert (claimed.values["sender"], claimed.values["owner"]) == (ALICE, BOB)


@pytest.mark.parametrize("call", ["deposit", "mint", "redeem", "withdraw"])
def test_no_claim_passes_what_is_claimable_or_goes_to_nobody(rig: Rig, call: str) -> None:
    shares = rig.shareholder(ALICE, 2 * BTC)
    rig.fulfil(rig.ask_redeem(ALICE, shares // 2))
    rig.fulfil(rig.ask_deposit(ALICE, BTC))
    most = rig.vault.read(f"max{call.capitalize()}", ALICE)
    with refused("ClaimTooLarge"):
        rig.vault.send(ALICE, call, most + 1, ALICE, ALICE)
    with refused("AmountIsZero"):
        rig.vault.send(ALICE, call, 0, ALICE, ALICE)
    for nobody in ("0x" + "00" * 20, rig.vault.address):
        with refused("PartyInvalid"):
            rig.vault.send(ALICE, call, most, nobody, ALICE)
    rig.vault.send(ALICE, call, most, ALICE, ALICE)
    with refused("ClaimTooLarge"):
        rig.vault.send(ALICE, call, 1, ALICE, ALICE)


def test_what_waits_for_fulfilment_cannot_be_claimed(rig: Rig) -> None:
    rig.ask_deposit(ALICE, BTC)
    with refused("ClaimTooLarge"):
        rig.vault.send(ALICE, "deposit", 1, ALICE)
