from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.pool.builders import NOON, custody, later

from ballast.domain.kernel.asset import SOL, USDC
from ballast.domain.pool.custody import WithdrawalLimit
from ballast.domain.pool.scale import ceil_divide

HOURLY = WithdrawalLimit(limit=600, accumulated=590, reset_time=NOON, interval_s=3600)


def test_net_debt_is_gross_less_interest_rounded_up_to_a_unit() -> None:
    assert custody(USDC, 6, debt_e9=5_000_000_001, interest_e9=3_000_000_000).debt == 3


def test_interest_above_the_debt_leaves_no_debt() -> None:
    assert custody(USDC, 6, debt_e9=5, interest_e9=6).debt == 0


def test_lent_tokens_still_belong_to_the_pool_but_are_not_liquid() -> None:
    lender = custody(USDC, 6, owned=100, locked=30, debt_e9=50 * 10**9)
    assert (lender.owned_with_debt, lender.unlocked, lender.liquid) == (150, 120, 70)


def test_staked_lamports_are_exposed_but_not_liquid() -> None:
    staker = custody(SOL, 9, owned=100, locked=10, staked_lamports=85)
    assert (staker.unlocked, staker.liquid) == (90, 5)


def test_more_locked_than_owned_counts_as_nothing_unlocked() -> None:
    assert custody(SOL, 9, owned=10, locked=11).unlocked == 0


def test_a_limit_of_zero_is_no_cap() -> None:
    assert evolve(HOURLY, limit=0).remaining(NOON) is None


def test_within_the_window_only_the_rest_may_leave() -> None:
    assert HOURLY.remaining(later(3599)) == 10


def test_the_window_opens_again_once_its_interval_has_passed() -> None:
    assert HOURLY.remaining(later(3600)) == 600


def test_a_withdrawal_within_the_window_adds_up() -> None:
    assert HOURLY.after(7, later(10)).remaining(later(20)) == 3


def test_the_first_withdrawal_after_the_window_starts_a_new_one() -> None:
    fresh = HOURLY.after(7, later(4000))
    assert (fresh.remaining(later(4001)), fresh.reset_time) == (593, later(4000))


@given(st.integers(0, 10**30), st.integers(1, 10**20))
def test_ceil_divide_is_the_smallest_quotient_that_is_enough(dividend: int, divisor: int) -> None:
    quotient = ceil_divide(dividend, divisor)
    assert (quotient - 1) * divisor < dividend <= quotient * divisor
