"""Bars lie where things happened."""

from datetime import timedelta

from tests.unit.bootstrap.replay.builders import END, START, Page, parse

from ballast.bootstrap.replay.timeline import BAR_WIDTH_MIN, LEFT, RIGHT, WIDTH, Bar, Row, timeline


def draw(*bars: Bar, label: str = "entry") -> Page:
    return parse(timeline("Title", [Row(label, bars, "10 BTC")], START, END))


def spans(page: Page) -> list[tuple[float, float]]:
    return [(float(bar.attributes["x"] or ""), float(bar.attributes["width"] or "")) for bar in page.all("rect", "bar")]


def test_a_bar_covers_its_part_of_the_period() -> None:
    half = START + (END - START) / 2
    width = WIDTH - RIGHT - LEFT
    assert spans(draw(Bar(START, END, "blue"), Bar(half, END, "blue"))) == [
        (LEFT, width),
        (LEFT + width / 2, width / 2),
    ]


def test_a_moment_is_wide_enough_to_be_seen() -> None:
    assert spans(draw(Bar(START, START, "blue"))) == [(LEFT, BAR_WIDTH_MIN)]


def test_what_lasts_beyond_the_period_ends_at_its_edge() -> None:
    assert spans(draw(Bar(START, END + timedelta(days=9), "blue"))) == [(LEFT, WIDTH - RIGHT - LEFT)]


def test_a_bar_tells_its_text_at_the_pointer() -> None:
    assert draw(Bar(START, END, "blue", "sold 7 <BTC>")).texts("title") == ["sold 7 <BTC>"]


def test_a_long_label_is_cut_with_an_ellipsis() -> None:
    assert draw(label="x" * 80).texts("text", "row") == ["x" * 27 + "…"]


def test_a_period_without_length_is_drawn_as_a_second() -> None:
    page = parse(timeline("Title", [Row("entry", [Bar(START, START + timedelta(seconds=0.5), "blue")])], START, START))
    assert spans(page) == [(LEFT, (WIDTH - RIGHT - LEFT) / 2)]
