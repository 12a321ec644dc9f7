"""A report that is not what it should be is refused by path, never drawn."""

from datetime import date

import pytest
from tests.unit.bootstrap.replay.builders import END, START, at, invariant, operation, report

from ballast.bootstrap.replay.document import flat, read
from ballast.domain.kernel.errors import InvalidInput


def test_a_report_is_read_with_its_types() -> None:
    found = read(report())
    assert (found.period.begins, found.period.ends) == (START, END)
    assert found.attribution[1].time == date(2026, 3, 24)
    assert found.series["nav_btc"][0][0] == START
    assert found.operations[0].steps[0].name == "0 trade"


def test_the_command_is_make_run_unless_the_report_names_another() -> None:
    assert read(report()).command == "make run"
    assert read(report(command="ballast replay --deposit 1=3")).command == "ballast replay --deposit 1=3"


def test_what_has_not_ended_has_no_end() -> None:
    open_step = {"name": "mint0", "from": at(5), "to": None, "detail": ""}
    found = read(report(operations=[operation(closed=None, outcome=None, steps=[open_step])])).operations[0]
    assert found.closed is None
    assert found.steps[0].ends is None


@pytest.mark.parametrize("field", sorted(report()))
def test_every_field_is_needed(field: str) -> None:
    whole = report()
    del whole[field]
    with pytest.raises(InvalidInput, match=f"required field missing @ report.{field}"):
        read(whole)


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("period", {"from": "2026-03-23", "to": END.isoformat()}, r"expected aware UTC.*@ report.period.begins"),
        ("series", {"nav_btc": [[at(0), 1.0, float("nan"), 1.0]]}, r"a finite number, found nan @ report.series"),
        ("series", {"nav_btc": [[at(0), "1", 1.0, 1.0]]}, r"a finite number, found '1'"),
        ("attribution_total", {"price": "many"}, r"a decimal number, found 'many'.*@ report.attribution_total.price"),
        ("title", None, r"a text or a number, found None @ report.title"),
        ("invariants", [invariant() | {"worst": None}], r"found None @ report.invariants\[0\].worst"),
        ("invariants", [invariant() | {"holds": "no"}], r"true or false, found 'no' @ report.invariants\[0\].holds"),
        ("steps", "43199", r"a whole number, found '43199' @ report.steps"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(field: str, value: object, found: str) -> None:
    with pytest.raises(InvalidInput, match=found):
        read(report(**{field: value}))


def test_settings_are_named_by_their_path() -> None:
    assert flat({"seed": 1, "reserve": {"floor": {"value": "100"}}}) == {"seed": "1", "reserve.floor.value": "100"}
