"""Weights, orders, priorities and bans."""

from datetime import timedelta

import pytest
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange.budget import WEIGHTS, Budget, Pool, Priority
from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.kernel.errors import LimitReached

MOST = WEIGHTS[Pool.FUTURES].most


def start(second: int = 0) -> tuple[Budget, MemoryClock]:
    clock = MemoryClock(NOON + timedelta(seconds=second))
    return Budget(clock), clock


def used(budget: Budget, weight: int) -> None:
    budget.hear(Pool.FUTURES, 200, {"X-MBX-USED-WEIGHT-1M": str(weight)})


@pytest.mark.parametrize("priority", list(Priority))
def test_a_priority_may_use_its_share_of_the_weight_and_no_more(priority: Priority) -> None:
    budget, _ = start()
    share = int(MOST * priority.value)
    budget.spend(Pool.FUTURES, share, 0, priority)
    with pytest.raises(LimitReached):
        budget.spend(Pool.FUTURES, 1, 0, priority)


def test_what_reduces_risk_goes_on_when_reading_has_stopped() -> None:
    budget, _ = start()
    used(budget, MOST - 1)
    for priority in (Priority.READ, Priority.TRADE):
        with pytest.raises(LimitReached):
            budget.spend(Pool.FUTURES, 1, 0, priority)
    budget.spend(Pool.FUTURES, 1, 1, Priority.REDUCE)


def test_a_budget_that_is_used_up_comes_back_on_the_minute() -> None:
    budget, clock = start(second=45)
    used(budget, MOST)
    with pytest.raises(LimitReached) as refused:
        budget.spend(Pool.FUTURES, 1, 0, Priority.REDUCE)
    assert refused.value.retry_after_s == 15
    clock.advance(timedelta(seconds=15))
    budget.spend(Pool.FUTURES, 1, 0, Priority.REDUCE)


def test_the_exchanges_count_is_believed_where_it_is_higher() -> None:
    budget, _ = start()
    budget.spend(Pool.FUTURES, 100, 0, Priority.READ)
    used(budget, 50)
    budget.spend(Pool.FUTURES, int(MOST * Priority.READ.value) - 100, 0, Priority.READ)
    with pytest.raises(LimitReached):
        budget.spend(Pool.FUTURES, 1, 0, Priority.READ)


def test_a_refused_request_takes_nothing_from_any_budget() -> None:
    budget, clock = start()
    for _ in range(300):
        budget.spend(Pool.FUTURES, 0, 1, Priority.REDUCE)
    for _ in range(5):
        with pytest.raises(LimitReached) as refused:
            budget.spend(Pool.FUTURES, MOST, 1, Priority.REDUCE)
        assert refused.value.retry_after_s == 10
    clock.advance(timedelta(seconds=10))
    budget.spend(Pool.FUTURES, MOST, 1, Priority.REDUCE)


def test_the_interfaces_have_budgets_of_their_own() -> None:
    budget, _ = start()
    used(budget, MOST)
    budget.spend(Pool.SPOT, 1, 1, Priority.READ)


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [(418, {"Retry-After": "300"}, 300), (429, {"retry-after": "7"}, 7), (429, {}, 20), (418, {}, 120)],
)
def test_a_ban_is_obeyed_everywhere_until_the_stated_time(status: int, headers: dict[str, str], wait_s: int) -> None:
    budget, clock = start(second=40)
    assert budget.hear(Pool.FUTURES, status, headers) == wait_s
    for pool in Pool:
        with pytest.raises(LimitReached) as refused:
            budget.spend(pool, 1, 0, Priority.REDUCE)
        assert refused.value.retry_after_s == wait_s
    clock.advance(timedelta(seconds=wait_s))
    budget.spend(Pool.FUTURES, 1, 0, Priority.REDUCE)


def test_a_shorter_ban_does_not_end_a_longer_one() -> None:
    budget, _ = start()
    budget.hear(Pool.SPOT, 418, {"Retry-After": "300"})
    budget.hear(Pool.FUTURES, 429, {"Retry-After": "1"})
    with pytest.raises(LimitReached) as refused:
        budget.spend(Pool.FUTURES, 1, 0, Priority.REDUCE)
    assert refused.value.retry_after_s == 300
