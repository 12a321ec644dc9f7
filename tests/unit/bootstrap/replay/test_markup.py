"""Text cannot become markup."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.bootstrap.replay.builders import parse

from ballast.bootstrap.replay.markup import Markup, element, join

# What a parser changes by the rules of HTML (NUL, carriage return, lone surrogates) says nothing about escaping.
TEXT = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=60)


@given(TEXT, TEXT)
def test_any_text_comes_back_as_the_text_it_was(inside: str, attribute: str) -> None:
    page = parse(element("p", inside, title=attribute))
    assert [found.name for found in page.elements] == ["p"]
    assert page.elements[0].text == inside
    assert page.elements[0].attributes == {"title": attribute}


def test_markup_is_kept_and_text_beside_it_is_escaped() -> None:
    assert join(element("b", "x"), "<b>") == "<b>x</b>&lt;b&gt;"
    assert isinstance(join("a"), Markup)


def test_attribute_names_are_those_of_html() -> None:
    made = element("i", class_="end", aria_label="sum", viewBox="0 0 1 1", dy=None, x=1.5)
    assert made == '<i class="end" aria-label="sum" viewBox="0 0 1 1" x="1.5"></i>'
