"""What a replay may be asked to do, and the precise word when it may not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballast.bootstrap.replay.scenario import Flow, Scenario
from ballast.domain.kernel.errors import InvalidInput

D = Decimal
START = datetime(2026, 3, 24, tzinfo=UTC)
TEN_DAYS = START + timedelta(days=10)


def scenario(
    deposits: tuple[str, ...] = ("1=10",), withdrawals: tuple[str, ...] = (), end: datetime = TEN_DAYS
) -> Scenario:
    return Scenario(
        START,
        end,
        tuple(Flow.parse(text, "--deposit") for text in deposits),
        tuple(Flow.parse(text, "--withdraw") for text in withdrawals),
    )


@given(st.integers(1, 9_999), st.integers(1, 10**12))
def test_a_flow_is_read_as_it_is_written(day: int, satoshis: int) -> None:
    btc = Decimal(satoshis).scaleb(-8)
    assert Flow.parse(f"{day}={btc}", "--deposit") == Flow(day, btc)


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "=", "1=", "=1", "0=1", "-1=1", "1.5=1", "one=1", "10000=1", "01=1", "9" * 5_000 + "=1", "1=0", "1=-1",
        "1=NaN", "1=1e60", "1=1e999999", "1=0.000000001", "1=ten", "1=1=1", "1 = 1 BTC",
    ],
)  # fmt: skip
def test_what_is_no_day_and_amount_is_refused_by_its_option(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^--deposit: expected"):
        Flow.parse(text, "--deposit")


@given(st.text(max_size=40))
def test_any_text_is_a_flow_or_refused(text: str) -> None:
    try:
        flow = Flow.parse(text, "--deposit")
    except InvalidInput:
        return
    assert flow.day >= 1
    assert flow.btc > 0


def test_a_period_shorter_than_six_hours_is_refused_with_both_ends() -> None:
    scenario(end=START + timedelta(hours=6))
    with pytest.raises(InvalidInput, match=r"at least six hours .* found 2026-03-24 00:00 to 2026-03-24 05:59"):
        scenario(end=START + timedelta(hours=5, minutes=59))


def test_without_a_deposit_there_is_nothing_to_replay() -> None:
    with pytest.raises(InvalidInput, match="--deposit: expected at least one DAY=BTC, found none"):
        scenario(deposits=())


@pytest.mark.parametrize(("deposits", "withdrawals"), [(("11=1",), ()), (("1=1", "11=1"), ()), (("1=2",), ("11=1",))])
def test_a_flow_after_everything_is_paid_out_is_refused_with_the_last_day(
    deposits: tuple[str, ...], withdrawals: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput, match=r"expected a day from 1 to 10 .* found 11"):
        scenario(deposits, withdrawals)
    scenario(("10=1",))


@pytest.mark.parametrize(
    ("deposits", "withdrawals"),
    [
        (("1=10",), ("2=10",)),
        (("1=10",), ("2=6", "3=4")),
        (("5=10",), ("4=1",)),
        (("5=10",), ("5=1",)),
        (("1=4", "6=10"), ("5=4",)),
    ],
)
def test_more_than_was_put_in_before_cannot_be_taken_out(
    deposits: tuple[str, ...], withdrawals: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput, match=r"--withdraw: expected less than the \d+ BTC deposited before day"):
        scenario(deposits, withdrawals)


def test_what_fits_is_taken_as_asked() -> None:
    asked = scenario(("1=10", "7=5"), ("8=4", "9=10.5"))
    assert asked.time_of(asked.deposits[1]) == START + timedelta(days=6)
    assert asked.winds_up == TEN_DAYS - timedelta(hours=12)


@given(st.integers(6, 24 * 40))
def test_everybody_is_paid_out_in_the_second_half_of_any_period(hours: int) -> None:
    asked = scenario(end=START + timedelta(hours=hours))
    assert START + timedelta(hours=hours) / 2 <= asked.winds_up < asked.end
    assert asked.end - asked.winds_up <= timedelta(hours=12)


def test_the_command_repeats_the_scenario() -> None:
    assert scenario(("1=10", "7=5"), ("8=4",)).command == (
        "ballast replay --from 2026-03-24T00:00 --to 2026-04-03T00:00 "
        "--deposit 1=10 --deposit 7=5 --withdraw 8=4 --seed 1"
    )
