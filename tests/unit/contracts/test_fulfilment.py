"""Fulfilment: once, at the price in force, valued after the request, within the user's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.contracts.rig import (
    ALICE,
    BOB,
    BTC,
    CUSTODY,
    FOREVER,
    FULFILLER,
    GATEKEEPER,
    HOUR_S,
    MALLORY,
    ONE,
    PUBLISHER,
    Rig,
    make_rig,
    refused,
)  # fmt: skip

assets_of_one_block = st.integers(1, 40 * BTC)
entry_prices = st.integers(990 * ONE // 1000, 1010 * ONE // 1000)


def test_one_bitcoin_at_1_006_makes_99403578_units_claimable(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    assert rig.fulfil(request) == 99_403_578
    assert rig.vault.read("claimableDepositRequest", request, ALICE) == BTC
    assert rig.vault.read("pendingDepositRequest", request, ALICE) == 0
    assert (rig.vault.read("totalSupply"), rig.vault.read("claimableShares")) == (99_403_578, 99_403_578)
    assert (rig.vault.read("openAssets"), rig.vault.read("freeAssets")) == (0, BTC)


def test_a_fulfilment_says_what_it_did(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.fulfil(request)
    fulfilled = next(event for event in rig.vault.events() if event.name == "RequestFulfilled")
    assert fulfilled.values == {
        "requestId": request, "controller": ALICE, "kind": 0, "seq": 1, "amount": BTC, "output": 99_403_578,
    }  # fmt: skip


@given(assets=assets_of_one_block, entry=entry_prices)
def test_an_entry_rounds_shares_down_by_less_than_one_unit(assets: int, entry: int) -> None:
    rig = make_rig()
    request = rig.ask_deposit(ALICE, assets)
    rig.chain.mine(60)
    seq = rig.publish(rig.quote(entry, entry))
    shares = rig.vault.send(FULFILLER, "fulfil", request, seq) if assets * ONE >= entry else 0
    assert shares * entry <= assets * ONE < (shares + 1) * entry


@given(part=st.integers(1, 10**9), exit_=entry_prices)
def test_an_exit_rounds_assets_down_by_less_than_one_unit(part: int, exit_: int) -> None:
    rig = make_rig()
    shares = min(part, rig.shareholder(ALICE, 11 * BTC))
    request = rig.ask_redeem(ALICE, shares)
    rig.chain.mine(60)
    step = 994 * ONE // 1000
    price = min(max(exit_, step * 991 // 1000), step * 1009 // 1000)
    seq = rig.publish(rig.quote(exit_=price))
    assets = rig.vault.send(FULFILLER, "fulfil", request, seq) if shares * price >= ONE else 0
    assert assets * ONE <= shares * price < (assets + 1) * ONE


def test_a_redemption_burns_its_shares_and_reserves_its_assets(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    request = rig.ask_redeem(ALICE, shares)
    assets = rig.fulfil(request)
    assert assets == shares * 994 // 1000
    assert (rig.vault.read("totalSupply"), rig.vault.read("openShares")) == (0, 0)
    assert rig.vault.read("claimableAssets") == assets
    assert rig.vault.read("freeAssets") == BTC - assets
    assert rig.vault.read("claimableRedeemRequest", request, ALICE) == shares


def test_a_deposit_is_fulfilled_at_most_once(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.fulfil(request)
    with refused("RequestNotOpen"):
        rig.fulfil(request)
    assert rig.vault.read("totalSupply") == 99_403_578


def test_a_redemption_is_fulfilled_at_most_once(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, 2 * BTC)
    request = rig.ask_redeem(ALICE, shares // 2)
    rig.fulfil(request)
    with refused("RequestNotOpen"):
        rig.fulfil(request)


def test_a_request_that_was_never_made_is_not_fulfilled(rig: Rig) -> None:
    with refused("RequestNotOpen"):
        rig.fulfil(1)


def test_a_valuation_before_or_at_the_request_prices_nothing(rig: Rig) -> None:
    early = rig.publish()
    before = rig.chain.time_s
    rig.chain.mine(1)
    request = rig.ask_deposit(ALICE, BTC)
    with refused("ValuationTooEarly"):
        rig.vault.send(FULFILLER, "fulfil", request, early)
    rig.chain.mine(59)
    rig.publish(rig.quote())
    same_moment = rig.ask_deposit(ALICE, BTC)
    assert rig.chain.time_s == before + 60
    with refused("ValuationTooEarly"):
        rig.vault.send(FULFILLER, "fulfil", same_moment, early + 1)
    assert rig.vault.send(FULFILLER, "fulfil", request, early + 1) > 0


def test_a_price_serves_until_its_age_limit_and_not_a_second_longer(rig: Rig) -> None:
    first, second = rig.ask_deposit(ALICE, BTC), rig.ask_deposit(ALICE, BTC)
    seq = rig.publish()
    rig.chain.mine(HOUR_S)
    rig.vault.send(FULFILLER, "fulfil", first, seq)
    rig.chain.mine(1)
    with refused("QuoteTooOld"):
        rig.vault.send(FULFILLER, "fulfil", second, seq)


def test_only_the_number_in_force_prices(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    seq = rig.publish()
    latest = rig.publish()
    for wrong in (seq, latest + 1):
        with refused("QuoteOutOfOrder"):
            rig.vault.send(FULFILLER, "fulfil", request, wrong)
    assert rig.vault.send(FULFILLER, "fulfil", request, latest) > 0


@pytest.mark.parametrize(("missing", "passes"), [(0, True), (1, False)])
def test_the_users_least_output_binds_to_the_unit(rig: Rig, missing: int, passes: bool) -> None:  # noqa: FBT001
    rig.ask_deposit(ALICE, 1)
    rig.token.send(ALICE, "mint", ALICE, BTC)
    request = rig.vault.send(ALICE, "requestDeposit", BTC, ALICE, ALICE, 99_403_578 + missing, FOREVER)
    seq = rig.publish()
    if passes:
        assert rig.vault.send(FULFILLER, "fulfil", request, seq) == 99_403_578
        return
    with refused("OutputTooSmall"):
        rig.vault.send(FULFILLER, "fulfil", request, seq)


def test_the_users_least_assets_bind_too(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    request = rig.vault.send(ALICE, "requestRedeem", shares, ALICE, ALICE, shares, FOREVER)
    with refused("OutputTooSmall"):
        rig.fulfil(request)


def test_the_users_deadline_binds_to_the_second(rig: Rig) -> None:
    rig.ask_deposit(ALICE, 1)
    rig.token.send(ALICE, "mint", ALICE, 2)
    rig.vault.send(ALICE, "requestDeposit", 1, ALICE, ALICE, 0, rig.chain.time_s + 120)
    on_time = rig.vault.send(ALICE, "requestDeposit", 1, ALICE, ALICE, 0, rig.chain.time_s + 120)
    rig.chain.mine(60)
    seq = rig.publish(rig.quote(ONE, ONE))
    rig.chain.mine(60)
    assert rig.vault.send(FULFILLER, "fulfil", on_time, seq) == 1
    rig.chain.mine(1)
    for call, values in (("fulfil", (on_time - 1, seq)), ("release", (on_time - 1,))):
        with refused("DeadlinePassed"):
            rig.vault.send(FULFILLER, call, *values)


def test_what_gives_nothing_is_not_fulfilled(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, 1)
    with refused("OutputTooSmall"):
        rig.fulfil(request)


def test_assets_of_others_are_never_reserved_for_a_redemption(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    rig.vault.send(FULFILLER, "toCustody", BTC)
    rig.ask_deposit(BOB, 5 * BTC)
    request = rig.ask_redeem(ALICE, shares)
    with refused("FreeAssetsTooFew"):
        rig.fulfil(request)
    rig.token.send(CUSTODY, "transfer", rig.vault.address, BTC)
    assert rig.fulfil(request) == shares * 994 // 1000


def test_a_claimed_reserve_frees_nothing_and_an_unclaimed_one_is_not_free(rig: Rig) -> None:
    shares = rig.shareholder(ALICE, BTC)
    assets = rig.fulfil(rig.ask_redeem(ALICE, shares))
    assert rig.vault.read("freeAssets") == BTC - assets
    rig.vault.send(ALICE, "redeem", shares, ALICE, ALICE)
    assert rig.vault.read("freeAssets") == BTC - assets
    assert rig.vault.read("claimableAssets") == 0


def test_a_released_deposit_is_fulfilled_without_its_assets(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    rig.vault.send(FULFILLER, "release", request)
    assert rig.fulfil(request) == 99_403_578
    assert (rig.vault.read("openAssets"), rig.vault.read("releasedAssets"), rig.vault.read("freeAssets")) == (0, 0, 0)


def test_a_pause_stops_fulfilment(rig: Rig) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    seq = rig.publish()
    rig.vault.send(GATEKEEPER, "pause")
    with refused("EnforcedPause"):
        rig.vault.send(FULFILLER, "fulfil", request, seq)


@pytest.mark.parametrize("caller", [MALLORY, ALICE, PUBLISHER, GATEKEEPER])
def test_nobody_but_the_fulfiller_fulfils(rig: Rig, caller: str) -> None:
    request = rig.ask_deposit(ALICE, BTC)
    seq = rig.publish()
    with refused("AccessControlUnauthorizedAccount"):
        rig.vault.send(caller, "fulfil", request, seq)
