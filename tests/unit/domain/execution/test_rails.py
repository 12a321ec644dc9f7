"""The rails in front of every order and transfer."""

from datetime import timedelta

import pytest
from tests.unit.domain.execution.builders import NOON, D

from ballast.domain.execution.rails import Caps, PriceRule, Turnover, check_address, check_prices
from ballast.domain.kernel.amount import Bps
from ballast.domain.kernel.asset import BTC, ETH
from ballast.domain.kernel.errors import LimitReached, NotAllowed, RuleBroken, Stale

CAPS = Caps(D(100), D(250), D(400))
RULE = PriceRule(60, Bps(D(50)))


def test_an_order_at_its_cap_passes_and_one_above_is_refused() -> None:
    Turnover().check(NOON, D(100), CAPS)
    with pytest.raises(RuleBroken, match="order cap"):
        Turnover().check(NOON, D("100.01"), CAPS)


def test_the_minutes_cap_says_how_long_to_wait_and_ends_with_the_minute() -> None:
    turnover = Turnover()
    for _ in range(2):
        turnover.add(NOON + timedelta(seconds=20), D(100))
    turnover.check(NOON + timedelta(seconds=20), D(50), CAPS)
    with pytest.raises(LimitReached) as reached:
        turnover.check(NOON + timedelta(seconds=20), D(51), CAPS)
    assert reached.value.retry_after_s == 41
    turnover.check(NOON + timedelta(seconds=20 + 41), D(100), CAPS)


def test_the_days_cap_counts_all_its_minutes_and_ends_at_midnight() -> None:
    turnover = Turnover()
    for minute in range(4):
        turnover.add(NOON + timedelta(minutes=minute), D(100))
    with pytest.raises(LimitReached, match="day") as reached:
        turnover.check(NOON + timedelta(minutes=5), D(1), CAPS)
    midnight = NOON + timedelta(minutes=5, seconds=reached.value.retry_after_s)
    assert midnight > NOON.replace(hour=0) + timedelta(days=1)
    turnover.check(midnight, D(100), CAPS)


def test_prices_of_an_age_and_distance_inside_the_rule_pass() -> None:
    check_prices({BTC: D("70350")}, {BTC: (D(70_000), NOON)}, (BTC,), NOON + timedelta(seconds=60), RULE)


def test_a_price_too_old_or_missing_is_stale_and_one_too_far_breaks_a_rule() -> None:
    oracle = {BTC: (D(70_000), NOON)}
    with pytest.raises(Stale, match="61 s"):
        check_prices({BTC: D(70_000)}, oracle, (BTC,), NOON + timedelta(seconds=61), RULE)
    for venue in ({BTC: D(70_000)}, {BTC: D(70_000), ETH: D(2_100)}):
        with pytest.raises(Stale, match="no answer"):
            check_prices(venue, oracle, (BTC, ETH), NOON, RULE)
    with pytest.raises(RuleBroken, match="within 50 bps"):
        check_prices({BTC: D("70350.01")}, oracle, (BTC,), NOON, RULE)


def test_only_a_whitelisted_address_comes_back() -> None:
    assert check_address("home", frozenset({"home"})) == "home"
    with pytest.raises(NotAllowed, match="elsewhere"):
        check_address("elsewhere", frozenset({"home"}))
