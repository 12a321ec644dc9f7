"""Caps on minted shares and reserved assets, per block and per day."""

from collections.abc import Callable

import pytest
from tests.unit.contracts.rig import (
    ADMIN,
    ALICE,
    BTC,
    DAY_S,
    FULFILLER,
    GATEKEEPER,
    HOUR_S,
    MALLORY,
    ONE,
    Rig,
    refused,
    with_caps,
)  # fmt: skip

MUCH = 10**6 * BTC


def at_one(rig: Rig) -> int:
    rig.chain.mine(60)
    return rig.publish(rig.quote(ONE, ONE))


def deposits(rig: Rig, *assets: int) -> list[int]:
    return [rig.ask_deposit(ALICE, each) for each in assets]


def redemptions(rig: Rig, *shares: int) -> list[int]:
    request = rig.ask_deposit(ALICE, sum(shares))
    rig.vault.send(FULFILLER, "fulfil", request, at_one(rig))
    rig.vault.send(ALICE, "deposit", sum(shares), ALICE)
    return [rig.ask_redeem(ALICE, each) for each in shares]


Ask = Callable[..., list[int]]
# Which of the four caps is the narrow one: mint per block, per day, reserve per block, per day.
OF_BLOCK = [pytest.param(deposits, 0, id="mint"), pytest.param(redemptions, 2, id="reserve")]
OF_DAY = [pytest.param(deposits, 1, id="mint"), pytest.param(redemptions, 3, id="reserve")]


def narrow(place: int) -> Rig:
    return with_caps(*(100 if each == place else MUCH for each in range(4)))


@pytest.mark.parametrize(("ask", "place"), OF_BLOCK)
def test_the_cap_of_a_block_is_reached_exactly_and_never_passed(ask: Ask, place: int) -> None:
    rig = narrow(place)
    first, second, third = ask(rig, 60, 40, 1)
    seq = at_one(rig)
    rig.vault.send(FULFILLER, "fulfil", first, seq)
    rig.vault.send(FULFILLER, "fulfil", second, seq)
    with refused("CapExceeded"):
        rig.vault.send(FULFILLER, "fulfil", third, seq)
    rig.chain.mine()
    rig.vault.send(FULFILLER, "fulfil", third, seq)


@pytest.mark.parametrize(("ask", "place"), OF_BLOCK)
def test_one_unit_over_the_cap_of_a_block_is_refused(ask: Ask, place: int) -> None:
    rig = narrow(place)
    (request,) = ask(rig, 101)
    with refused("CapExceeded"):
        rig.vault.send(FULFILLER, "fulfil", request, at_one(rig))


@pytest.mark.parametrize(("ask", "place"), OF_DAY)
def test_the_cap_of_a_day_counts_over_blocks_until_midnight(ask: Ask, place: int) -> None:
    rig = narrow(place)
    first, second, third = ask(rig, 60, 40, 1)
    rig.chain.mine(DAY_S - rig.chain.time_s % DAY_S)
    rig.vault.send(FULFILLER, "fulfil", first, at_one(rig))
    rig.vault.send(FULFILLER, "fulfil", second, at_one(rig))
    rig.chain.mine(HOUR_S)
    with refused("CapExceeded"):
        rig.vault.send(FULFILLER, "fulfil", third, at_one(rig))
    rig.chain.mine(DAY_S - rig.chain.time_s % DAY_S)
    rig.vault.send(FULFILLER, "fulfil", third, at_one(rig))


def test_a_refused_fulfilment_uses_up_no_cap() -> None:
    rig = with_caps(100, 100, MUCH, MUCH)
    large, small = deposits(rig, 101, 100)
    seq = at_one(rig)
    with refused("CapExceeded"):
        rig.vault.send(FULFILLER, "fulfil", large, seq)
    assert rig.vault.send(FULFILLER, "fulfil", small, seq) == 100


def test_the_gatekeeper_cuts_caps_and_raises_none(rig: Rig) -> None:
    caps = rig.vault.read("caps")
    for raised in range(4):
        higher = tuple(cap + (place == raised) for place, cap in enumerate(caps))
        with refused("CapRaised"):
            rig.vault.send(GATEKEEPER, "cutCaps", higher)
    rig.vault.send(GATEKEEPER, "cutCaps", (0, 0, 0, 0))
    request = rig.ask_deposit(ALICE, BTC)
    with refused("CapExceeded"):
        rig.fulfil(request)
    rig.vault.send(ADMIN, "setCaps", caps)
    assert rig.fulfil(request) > 0


def test_caps_are_nobody_elses(rig: Rig) -> None:
    for caller in (MALLORY, FULFILLER):
        for call in ("setCaps", "cutCaps"):
            with refused("AccessControlUnauthorizedAccount"):
                rig.vault.send(caller, call, (0, 0, 0, 0))
    with refused("AccessControlUnauthorizedAccount"):
        rig.vault.send(GATEKEEPER, "setCaps", (0, 0, 0, 0))
