"""The page says first what matters, shows everything, and trusts no text."""

import json
import re
from datetime import timedelta
from typing import cast

import pytest
from tests.unit.bootstrap.replay.builders import (
    PARTS,
    SERIES,
    START,
    Page,
    at,
    invariant,
    operation,
    parse,
    report,
    wave,
)

from ballast.bootstrap.replay.operations import OWN_ROWS_MAX, PICTURES_MAX
from ballast.bootstrap.replay.page import render
from ballast.domain.kernel.errors import InvalidInput

EVIL = "<img src=x onerror=alert(1)>\"'&</script></style></title>"
# Texts that are read as something else before they are shown, and so cannot carry markup.
READ = {"from", "to", "opened", "closed", "time", *PARTS}


def page(**changes: object) -> Page:
    return parse(render(report(**changes)))


def texts_replaced(value: object) -> object:
    """Put hostile text wherever the report carries free text."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {
            name: inner if name in READ | {"series", "settings"} else texts_replaced(inner)
            for name, inner in fields.items()
        }
    if isinstance(value, list):
        return [texts_replaced(inner) for inner in cast("list[object]", value)]
    return EVIL if isinstance(value, str) else value


def section(found: Page, name: str) -> str:
    return next(element.text for element in found.all("section") if element.attributes["id"] == name)


def test_the_verdict_comes_first_and_is_good_when_all_hold() -> None:
    found = page()
    assert found.texts("div", "verdict") == ["✔ All 2 invariants holdledger, drift"]
    order = [element.attributes.get("class") or element.name for element in found.elements]
    assert order.index("verdict good") < order.index("section")


def test_the_verdict_names_what_does_not_hold() -> None:
    broken = invariant("reserve", holds=False) | {"detail": "first broken at noon"}
    found = page(invariants=[invariant("drift"), broken])
    assert found.texts("div", "good") == []
    assert found.texts("h2")[0] == "✖ Broken: 1 of 2 invariants"
    assert found.texts("li") == ["reserve: worst of reserve, bound bound of reserve. first broken at noon"]


def test_a_run_that_checked_nothing_is_not_called_good() -> None:
    found = page(invariants=[])
    assert found.texts("div", "good") == []
    assert "nothing is proved" in found.texts("div", "bad")[0]


def test_hostile_text_stays_text_everywhere() -> None:
    harmless, hostile = page(), parse(render(cast("dict[str, object]", texts_replaced(report()))))
    assert {element.name for element in hostile.elements} == {element.name for element in harmless.elements}
    assert len(hostile.all("script")) == len(harmless.all("script"))
    attributes = {name for element in hostile.elements for name in element.attributes}
    assert attributes == {name for element in harmless.elements for name in element.attributes}
    assert hostile.texts("h1") == [EVIL]


def test_the_page_asks_nothing_of_the_network() -> None:
    html = render(report())
    links = [element.attributes["href"] or "" for element in parse(html).all("a")]
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"https?:|\bsrc=|@import|url\(|<link", html)


def test_every_link_leads_to_a_section() -> None:
    found = page()
    anchors = {f"#{element.attributes['id']}" for element in found.all("section")}
    assert {element.attributes["href"] for element in found.all("a")} == anchors


def test_the_page_is_the_same_from_the_json_file() -> None:
    assert render(json.loads(json.dumps(report()))) == render(report())


def test_thirty_days_of_every_series_fit_in_a_megabyte_and_a_half() -> None:
    month = wave(43_200).to_json()
    corrections = [operation("correction", 60 * index, index, steps=[]) for index in range(300)]
    assert len(render(report(series=dict.fromkeys(SERIES, month), operations=corrections)).encode()) < 1_500_000


def test_every_series_that_is_promised_is_drawn() -> None:
    found = page()
    titles = [
        "Net asset value", "Share price", "Collateral ratio", "USDT reserve", "Where the change of value came from",
        *(f"{coin}{what}" for coin in ("SOL", "ETH", "BTC") for what in
          (" net delta", " drift against its band", " inside our JLP", ": naive minus exact")),
    ]  # fmt: skip
    pictures = [element.attributes.get("aria-label") for element in found.all("svg")]
    assert set(titles) <= set(pictures)
    assert set(titles) <= set(found.texts("h3"))


def test_a_series_that_never_had_a_value_is_said_to_be_empty() -> None:
    found = page(series={})
    assert (
        found.texts("figure").count(
            "Share priceWhat one share is worth in BTC; it grows by what the pool earns.Nothing was recorded."
        )
        == 1
    )


def test_floors_and_targets_come_from_the_settings() -> None:
    labels = page().texts("text", "label")
    assert {"floor 0.88", "target 1", "floor 1 %", "target 1.5 %"} <= set(labels)
    assert not [label for label in page(settings={}).texts("text", "label") if label.startswith("floor")]


def test_a_floor_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"collateral\.floor: expected a decimal number"):
        render(report(settings={"collateral": {"floor": "low"}}))


def test_the_difference_is_taken_where_both_reckonings_have_a_value() -> None:
    exact = [[at(0), 9, 11, 10.0], [at(1), 9, 11, 10.0], [at(2), 9, 11, 8.0]]
    naive = [[at(0), 9, 11, 11.0], [at(2), 9, 11, 12.0], [at(3), 9, 11, 99.0]]
    found = page(series={"exact_SOL": exact, "naive_SOL": naive})
    figure = next(text for text in found.texts("figure") if text.startswith("SOL: naive minus exact"))
    assert "at most 4 SOL, +50.0% of the exact figure" in figure
    assert '"last":[1.0,4.0]' in figure


def test_attribution_sums_the_days_and_leaves_flows_out() -> None:
    figure = next(text for text in page().texts("figure") if text.startswith("Where the change"))
    lines = {line["name"]: line for line in json.loads(re.findall(r"\{.*\}", figure)[0])["lines"]}
    assert lines["funding"]["last"] == [0.0, 0.0125, 0.025]
    assert lines["sum"]["last"] == [0.0, 0.0625, 0.125]
    assert lines["sum"]["dt"] == [0, 42_660, 86_400]


def test_attribution_names_what_is_smaller_than_a_satoshi() -> None:
    total = dict.fromkeys(PARTS, "0") | {"unexplained": "-0.0000000000021"}
    text = section(page(attribution_total=total), "attribution")
    assert "unexplained-2.1e-12" in text
    assert "price+0.00000000" in text


def test_every_operation_is_in_the_table_and_in_a_row() -> None:
    found = page()
    cells = found.texts("td")
    assert {"en000000000001", "co000000000002", "ex000000000003"} <= set(cells)
    assert {"entry deposit 1", "exit deposit 3", "correction", "breaches", "alerts"} <= set(found.texts("text", "row"))


def test_a_kind_with_many_operations_shares_one_row() -> None:
    many = [operation("rebalance", 60 * index, index) for index in range(OWN_ROWS_MAX + 1)]
    found = page(operations=[*many, operation("entry", 5, 99)])
    assert found.texts("text", "row")[:2] == ["entry deposit 99", "rebalance"]
    assert f"{OWN_ROWS_MAX + 1} times" in found.texts("text", "tick")


def test_tranches_of_an_operation_line_up_in_lanes() -> None:
    found = page(operations=[operation()])
    assert found.texts("text", "row")[-2:] == ["trade", "mint0"]
    assert found.texts("text", "tick")[-2:] == ["2 times, at most 4 min", "27 min"]


def test_a_subject_that_begins_with_its_kind_is_not_told_twice() -> None:
    found = page(operations=[operation("reserve", subject="reserve 12:43")])
    assert found.texts("text", "row")[0] == "reserve 12:43"
    assert "· reserve 12:43 · 10 BTC" in found.texts("summary")[1]


def test_the_first_operation_of_each_kind_is_unfolded() -> None:
    found = page(operations=[operation("entry", 5, 1), operation("entry", 500, 2), operation("exit", 900, 3)])
    shown = [element.text for element in found.all("details") if "open" in element.attributes]
    assert [re.findall(r"deposit \d", text)[0] for text in shown] == ["deposit 1", "deposit 3"]


def test_operations_are_told_in_the_order_they_began() -> None:
    found = page(operations=[operation("exit", 900, 3), operation("entry", 5, 1)])
    assert found.texts("text", "row")[:2] == ["entry deposit 1", "exit deposit 3"]


def test_pictures_are_bounded_and_the_rest_is_counted() -> None:
    many = [operation("rebalance", 60 * index, index) for index in range(PICTURES_MAX + 3)]
    assert "The steps of 3 more are in report.json." in page(operations=many).texts("p")


def test_an_operation_that_has_not_ended_lasts_to_the_end() -> None:
    unsent = {"name": "mint0", "from": at(8), "to": None, "detail": ""}
    found = page(operations=[operation(closed=None, outcome=None, price_per_share=None, steps=[unsent])])
    assert "10 BTC · not ended" in found.texts("text", "tick")
    assert "open" in found.texts("td")
    assert found.all("rect", "amber")


def test_quiet_runs_say_that_nothing_was_broken() -> None:
    found = page(breaches=[], alerts=[], operations=[])
    assert {"No floor or bound was broken at any time.", "No alert was raised."} <= set(found.texts("p"))
    assert found.texts("text", "row") == []


def test_breaches_and_alerts_are_listed_with_their_times() -> None:
    cells = page().texts("td")
    start = f"{START + timedelta(minutes=10):%Y-%m-%d %H:%M:%S}"
    assert cells.count(start) == 2
    assert {"1 h", "collateral low", "0.004", "ratio below its floor"} <= set(cells)


def test_the_page_says_how_to_repeat_the_run() -> None:
    found = page(command="ballast replay --deposit 1=10")
    assert found.texts("code") == ["ballast replay --deposit 1=10", "3f" * 32]
    assert found.texts("td")[-4:-2] == ["reserve.floor.value", "100"]
