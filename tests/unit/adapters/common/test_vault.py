"""The vault contract's books: whose BTC and whose shares, at every step."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ballast.adapters.common.vault import VaultBooks, check_action
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE
from ballast.domain.kernel.errors import InvalidInput, InvariantError, NotKnown, RuleBroken
from ballast.ports.vault_contract import (
    Finality,
    Forward,
    FulfilDeposit,
    FulfilWithdrawal,
    Release,
    VaultTotals,
)

D = Decimal
NOON = datetime(2026, 4, 27, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def btc(quantity: str) -> Amount:
    return Amount(BTC, D(quantity))


def shares(quantity: str) -> Amount:
    return Amount(SHARE, D(quantity))


def books_with_shares() -> VaultBooks:
    """Anna deposited 10 BTC and got 9.9 shares; the BTC has gone to the venue."""
    books = VaultBooks("vault", confirm_s=60, final_s=120)
    key = books.deposit(NOON, "anna", btc("10"))
    books.act(LATER, Release(key))
    books.act(LATER, FulfilDeposit(key, shares("9.9")))
    books.act(LATER, Forward(btc("10")))
    return books


def test_a_deposit_goes_from_the_user_by_the_contract_to_the_custody_wallet() -> None:
    books = VaultBooks("vault", 0, 0)
    key = books.deposit(NOON, "anna", btc("10"))
    assert (books.paid_btc, books.held_btc, books.custody_btc) == ({"anna": D(-10)}, D(10), D(0))
    books.act(NOON, Release(key))
    assert (books.held_btc, books.custody_btc) == (D(0), D(10))


def test_fulfilled_shares_belong_to_the_depositor() -> None:
    books = books_with_shares()
    assert books.shares == {"anna": D("9.9")}
    assert books.totals() == VaultTotals(share_supply=D("9.9"), btc_held=D(0), btc_claimable=D(0))


def test_shares_in_escrow_are_nobodys_and_still_supply() -> None:
    books = books_with_shares()
    books.request_withdrawal(LATER, "anna", shares("4"))
    assert books.shares == {"anna": D("5.9")}
    assert books.share_supply == D("9.9")


def test_nobody_withdraws_more_shares_than_they_own() -> None:
    books = books_with_shares()
    books.request_withdrawal(LATER, "anna", shares("9"))
    for user in ("anna", "ben"):
        with pytest.raises(RuleBroken, match=f"shares of {user}"):
            books.request_withdrawal(LATER, user, shares("1"))


def test_a_withdrawal_burns_the_shares_and_pays_what_arrived() -> None:
    books = books_with_shares()
    key = books.request_withdrawal(NOON, "anna", shares("4"))
    books.credit(btc("4.1"), "transfer-1")
    assert books.act(LATER, FulfilWithdrawal(key, btc("4.05"))) == (btc("4.05"), shares("4"))
    assert books.totals() == VaultTotals(share_supply=D("5.9"), btc_held=D("4.1"), btc_claimable=D("4.05"))
    assert books.claim("anna") == btc("4.05")
    assert books.totals() == VaultTotals(share_supply=D("5.9"), btc_held=D("0.05"), btc_claimable=D(0))
    assert books.paid_btc == {"anna": D("-5.95")}


def test_a_claim_is_paid_once() -> None:
    books = books_with_shares()
    with pytest.raises(RuleBroken, match="claimable BTC of anna"):
        books.claim("anna")


def test_neither_waiting_deposits_nor_claims_of_others_pay_a_withdrawal() -> None:
    books = books_with_shares()
    first = books.request_withdrawal(NOON, "anna", shares("1"))
    second = books.request_withdrawal(NOON, "anna", shares("1"))
    books.deposit(LATER, "ben", btc("5"))
    books.credit(btc("1.5"), "transfer-1")
    books.act(LATER, FulfilWithdrawal(first, btc("1")))
    with pytest.raises(RuleBroken, match="BTC free in the contract"):
        books.act(LATER, FulfilWithdrawal(second, btc("0.51")))
    books.act(LATER, FulfilWithdrawal(second, btc("0.5")))


def test_a_deposit_is_released_once_and_not_before_it_is_confirmed() -> None:
    books = VaultBooks("vault", confirm_s=60, final_s=120)
    key = books.deposit(NOON, "anna", btc("10"))
    with pytest.raises(RuleBroken, match="a confirmed deposit"):
        books.act(NOON, Release(key))
    books.act(NOON + timedelta(seconds=60), Release(key))
    with pytest.raises(RuleBroken, match="a deposit that was not released"):
        books.act(LATER, Release(key))
    assert books.custody_btc == 10


def test_a_withdrawal_has_nothing_to_release_and_is_not_fulfilled_as_a_deposit() -> None:
    books = books_with_shares()
    key = books.request_withdrawal(NOON, "anna", shares("1"))
    for action in (Release(key), FulfilDeposit(key, shares("1"))):
        with pytest.raises(RuleBroken):
            books.act(LATER, action)


def test_a_reorganisation_undoes_what_was_only_seen() -> None:
    books = books_with_shares()
    before = books.totals()
    books.deposit(LATER, "ben", btc("5"))
    withdrawal = books.request_withdrawal(LATER, "anna", shares("4"))
    assert books.reorganise(LATER) == ("1:vault:2", withdrawal)
    assert books.totals() == before
    assert (books.paid_btc["ben"], books.shares["anna"]) == (D(0), D("9.9"))
    assert [request.key for request in books.requests(LATER, 0, 9)] == ["1:vault:1"]
    with pytest.raises(NotKnown):
        books.request(LATER, withdrawal)
    assert books.deposit(LATER, "ben", btc("1")) == "1:vault:4"


def test_the_same_arrival_is_not_booked_twice() -> None:
    books = VaultBooks("vault", 0, 0)
    books.credit(btc("1"), "transfer-1")
    with pytest.raises(InvariantError, match="arrived twice"):
        books.credit(btc("1"), "transfer-1")
    assert books.held_btc == 1


@pytest.mark.parametrize("key", ["", "1:vault:0", "1:vault:2", "1:vault:-1", "1:vault:1x", "1:other:1", "2:vault:1"])
def test_a_key_that_was_never_given_is_not_known(key: str) -> None:
    books = VaultBooks("vault", 0, 0)
    books.deposit(NOON, "anna", btc("1"))
    with pytest.raises(NotKnown):
        books.request(NOON, key)


@pytest.mark.parametrize("amount", [btc("0"), btc("-1"), shares("1")])
def test_a_deposit_needs_a_positive_amount_of_btc(amount: Amount) -> None:
    books = VaultBooks("vault", 0, 0)
    with pytest.raises(InvalidInput, match="amount"):
        books.deposit(NOON, "anna", amount)
    assert books.held_btc == 0


@pytest.mark.parametrize(
    "action", [Forward(btc("0")), FulfilDeposit("k", btc("1")), FulfilWithdrawal("k", shares("1"))]
)
def test_an_action_with_a_wrong_amount_is_wrong_in_itself(action: Forward | FulfilDeposit | FulfilWithdrawal) -> None:
    with pytest.raises(InvalidInput):
        check_action(action)


def test_a_request_carries_its_finality_at_the_moment_it_is_asked_for() -> None:
    books = VaultBooks("vault", confirm_s=60, final_s=120)
    key = books.deposit(NOON, "anna", btc("1"))
    assert books.request(NOON, key).finality is Finality.SEEN
    assert books.requests(LATER, 0, 1)[0].finality is Finality.FINAL
