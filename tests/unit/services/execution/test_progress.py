"""How well a leg did."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.services.records import leg, leg_after

from ballast.domain.execution.instrument import Side
from ballast.services.execution.progress import Progress, progress_of

D = Decimal
PRICES = st.integers(1, 10**7)


def test_nothing_done_is_no_progress() -> None:
    assert progress_of(leg_after(leg(), "0", "0")) is None


def test_a_buy_above_arrival_and_a_sale_below_it_fall_short() -> None:
    assert progress_of(leg_after(leg(Side.BUY, arrival="100"), "2", "202")) == Progress(D(101), D(100))
    assert progress_of(leg_after(leg(Side.SELL, arrival="100"), "2", "202")) == Progress(D(101), D(-100))


@given(PRICES, PRICES, st.sampled_from(Side))
def test_a_shortfall_has_the_sign_of_what_was_lost(price: int, arrival: int, side: Side) -> None:
    progress = progress_of(leg_after(leg(side, arrival=str(arrival)), "2", str(2 * price)))
    assert progress is not None
    lost = side.direction * (price - arrival)
    assert progress.shortfall_bps == 0 or (progress.shortfall_bps > 0) == (lost > 0)
    assert abs(progress.shortfall_bps - D(lost) * 10_000 / arrival) <= D("0.5")
