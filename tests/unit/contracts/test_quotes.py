"""Quotes: one signer, another sender, in order, within bounds, or held for a second person."""

import pytest
from tests.unit.contracts.rig import (
    ADMIN,
    ALICE,
    BTC,
    FULFILLER,
    GATEKEEPER,
    HOUR_S,
    MALLORY,
    ONE,
    OTHER_KEY,
    PUBLISHER,
    REVIEWER,
    SIGNER,
    SIGNER_KEY,
    Quote,
    Rig,
    refused,
    sign_quote,
)  # fmt: skip

FIRST = (ONE, ONE)


@pytest.fixture
def ready(rig: Rig) -> Rig:
    rig.chain.mine(60)
    return rig


def test_a_quote_signed_by_eth_account_is_put_in_force(ready: Rig) -> None:
    quote = ready.quote()
    ready.publish(quote)
    assert ready.vault.events()[0].name == "QuotePublished"
    assert ready.vault.read("quote") == quote


def test_anothers_signature_is_not_recognised(ready: Rig) -> None:
    with refused("SignerNotRecognised"):
        ready.publish(ready.quote(), OTHER_KEY)


def test_a_signature_for_other_numbers_another_chain_or_another_vault_is_not_recognised(ready: Rig) -> None:
    quote = ready.quote()
    dearer = (*quote[:2], quote[2] + 1, quote[3])
    for signature in (
        sign_quote(dearer, ready.vault.address),
        sign_quote(quote, ready.vault.address, chain_id=1),
        sign_quote(quote, ready.token.address),
    ):
        with refused("SignerNotRecognised"):
            ready.vault.send(PUBLISHER, "publish", quote, signature)


def test_only_the_publisher_sends_and_a_signer_cannot_be_its_own_publisher(ready: Rig) -> None:
    quote = ready.quote()
    signature = sign_quote(quote, ready.vault.address)
    for caller in (MALLORY, SIGNER, FULFILLER):
        with refused("AccessControlUnauthorizedAccount"):
            ready.vault.send(caller, "publish", quote, signature)
    ready.vault.send(ADMIN, "grantRole", ready.vault.read("PUBLISHER"), SIGNER)
    with refused("SecondPersonNeeded"):
        ready.vault.send(SIGNER, "publish", quote, signature)


def test_a_stripped_signer_prices_nothing_more(ready: Rig) -> None:
    ready.vault.send(GATEKEEPER, "strip", ready.vault.read("PRICE_SIGNER"), SIGNER)
    with refused("SignerNotRecognised"):
        ready.publish(ready.quote())


@pytest.mark.parametrize("skip", [-1, 1])
def test_numbers_neither_repeat_nor_skip(ready: Rig, skip: int) -> None:
    quote = ready.quote()
    with refused("QuoteOutOfOrder"):
        ready.publish((quote[0] + skip, *quote[1:]))


def test_a_quote_is_used_once(ready: Rig) -> None:
    quote = ready.quote()
    ready.publish(quote)
    with refused("QuoteOutOfOrder"):
        ready.publish(quote)


def test_a_valuation_of_the_future_is_refused(ready: Rig) -> None:
    quote = ready.quote()
    with refused("ValuationInFuture"):
        ready.publish((quote[0], quote[1] + 1, *quote[2:]))


def test_a_valuation_is_an_interval_later_than_the_last(ready: Rig) -> None:
    ready.publish(ready.quote())
    ready.chain.mine(59)
    with refused("ValuationTooEarly"):
        ready.publish(ready.quote())
    ready.chain.mine(1)
    assert ready.publish(ready.quote()) == 2


def test_a_valuation_older_than_the_age_limit_is_refused(ready: Rig) -> None:
    quote = ready.quote()
    ready.chain.mine(HOUR_S + 1)
    with refused("QuoteTooOld"):
        ready.publish(quote)


@pytest.mark.parametrize("prices", [(ONE, ONE + 1), (ONE, 0), (0, 0)])
def test_an_exit_above_the_entry_or_of_nothing_is_refused(ready: Rig, prices: tuple[int, int]) -> None:
    with refused("PricesInvalid"):
        ready.publish(ready.quote(*prices))


@pytest.mark.parametrize(
    ("prices", "held"),
    [
        ((ONE * 101 // 100, ONE), False),
        ((ONE * 101 // 100 + 1, ONE), True),
        ((ONE, ONE * 99 // 100), False),
        ((ONE, ONE * 99 // 100 - 1), True),
        ((ONE * 101 // 100 + 1, ONE * 101 // 100 + 1), True),
    ],
)
def test_a_step_is_bound_to_one_percent_on_both_prices(ready: Rig, prices: tuple[int, int], *, held: bool) -> None:
    ready.publish(ready.quote(*prices))
    assert (ready.vault.read("heldDigest") != bytes(32)) is held
    assert (ready.vault.read("quote")[0] == 0) is held


@pytest.mark.parametrize(("less", "held"), [(0, False), (1, True)])
def test_the_spread_is_bound_to_three_percent_of_the_entry(ready: Rig, less: int, *, held: bool) -> None:
    ready.publish(ready.quote(ONE, ONE * 99 // 100))
    for exit_ in (ONE * 981 // 1000, ONE * 973 // 1000):
        ready.chain.mine(60)
        ready.publish(ready.quote(ONE, exit_))
    ready.chain.mine(60)
    ready.publish(ready.quote(ONE, ONE * 97 // 100 - less))
    assert (ready.vault.read("heldDigest") != bytes(32)) is held


@pytest.fixture
def holding(ready: Rig) -> tuple[Rig, Quote]:
    quote = ready.quote(ONE * 2, ONE * 2)
    ready.publish(quote)
    return ready, quote


def test_while_a_quote_is_held_nothing_is_priced_or_published(holding: tuple[Rig, Quote]) -> None:
    rig, _ = holding
    request = rig.ask_deposit(ALICE, BTC)
    with refused("QuoteWaitsForReview"):
        rig.vault.send(FULFILLER, "fulfil", request, 0)
    rig.chain.mine(60)
    with refused("QuoteWaitsForReview"):
        rig.publish(rig.quote())


def test_the_reviewer_accepts_exactly_the_held_quote(holding: tuple[Rig, Quote]) -> None:
    rig, quote = holding
    with refused("QuoteNotHeld"):
        rig.vault.send(REVIEWER, "accept", (*quote[:3], quote[3] - 1))
    rig.vault.send(REVIEWER, "accept", quote)
    assert rig.vault.read("quote") == quote
    with refused("QuoteNotHeld"):
        rig.vault.send(REVIEWER, "accept", quote)
    rig.chain.mine(60)
    assert rig.publish(rig.quote(ONE * 2, ONE * 2)) == quote[0] + 1


def test_the_reviewer_dismisses_and_the_last_quote_stays(holding: tuple[Rig, Quote]) -> None:
    rig, _ = holding
    with refused("QuoteNotHeld"):
        rig.vault.send(REVIEWER, "dismiss", bytes(32))
    rig.vault.send(REVIEWER, "dismiss", rig.vault.read("heldDigest"))
    assert rig.vault.read("quote")[2:] == FIRST
    assert rig.publish(rig.quote()) == 1


@pytest.mark.parametrize("caller", [PUBLISHER, SIGNER, FULFILLER, ADMIN, MALLORY])
def test_nobody_but_the_reviewer_decides(holding: tuple[Rig, Quote], caller: str) -> None:
    rig, quote = holding
    with refused("AccessControlUnauthorizedAccount"):
        rig.vault.send(caller, "accept", quote)
    with refused("AccessControlUnauthorizedAccount"):
        rig.vault.send(caller, "dismiss", rig.vault.read("heldDigest"))


@pytest.mark.parametrize("hot", ["PUBLISHER", "PRICE_SIGNER"])
def test_a_reviewer_who_signs_or_sends_is_no_second_person(holding: tuple[Rig, Quote], hot: str) -> None:
    rig, quote = holding
    rig.vault.send(ADMIN, "grantRole", rig.vault.read(hot), REVIEWER)
    with refused("SecondPersonNeeded"):
        rig.vault.send(REVIEWER, "accept", quote)


def test_a_stolen_pair_of_hot_keys_moves_the_price_one_step_per_interval(ready: Rig) -> None:
    start = ready.chain.time_s
    entry = ONE
    for _ in range(5):
        entry = entry * 101 // 100
        ready.publish(ready.quote(entry, entry))
        with refused("ValuationTooEarly"):
            ready.publish(ready.quote(entry, entry))
        ready.chain.mine(60)
    assert ready.chain.time_s - start == 5 * 60
    assert ready.vault.read("quote")[2] == entry


def test_the_digest_is_what_is_signed(ready: Rig) -> None:
    quote = ready.quote()
    signature = sign_quote(quote, ready.vault.address, SIGNER_KEY)
    tampered = bytes([signature[0] ^ 1]) + signature[1:]
    with pytest.raises(Exception, match=r"SignerNotRecognised|ECDSAInvalidSignature"):
        ready.vault.send(PUBLISHER, "publish", quote, tampered)
