"""HTML is written from values, and no text gets out of its place."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.server.page.charts import draw_bar, draw_columns, draw_shares
from devmatrix_guard.server.page.layout import write_pages, write_sentence
from devmatrix_guard.server.page.markup import Markup, join, make_path, tag


class _Reader(HTMLParser):
    """Keeps the elements and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126))


@given(PLAIN, PLAIN)
def test_a_text_and_a_value_stay_what_they_are(text: str, value: str) -> None:
    found = _read(tag("p", text, title=value))
    assert found.elements == [("p", {"title": value})]
    assert found.text == text


@given(st.text())
def test_whatever_a_text_holds_it_makes_no_element(text: str) -> None:
    assert [name for name, _ in _read(tag("p", text, [text], tag("b", text))).elements] == [
        "p",
        "b",
    ]


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        pytest.param(tag("p", None, 1234, ["a", Markup("<b>")]), "<p>1,234a<b></p>", id="all"),
        pytest.param(tag("input", value="", checked=False), '<input value="">', id="no value"),
        pytest.param(tag("option", selected=True, for_="x"), '<option selected for="x"></option>',
                     id="a switch"),
        pytest.param(tag("i", aria_label="x"), '<i aria-label="x"></i>', id="a dash"),
        pytest.param(tag("p", "\u202ea\x1b[2J"), "<p>\\u202ea\\u001b[2J</p>", id="hidden"),
        pytest.param(join(["<", Markup("<")]), "&lt;<", id="joined"),
    ],
)  # fmt: skip
def test_elements_are_written(made: str, wanted: str) -> None:
    assert made == wanted


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_address_stays_on_this_server(part: str, value: str) -> None:
    part = part.encode("utf-8", "replace").decode()
    value = value.encode("utf-8", "replace").decode()
    path = make_path("patterns", part, q=value)
    assert path.startswith("/patterns/")
    assert path.count("?") <= 1
    assert "/" not in path.partition("?")[0].removeprefix("/patterns/")


def test_code_in_a_sentence_is_told_by_backticks() -> None:
    assert write_sentence("Write `a<b`, not `c`.") == (
        "Write <code>a&lt;b</code>, not <code>c</code>."
    )
    assert "<code>" not in write_sentence("a lone ` stands")


def test_charts_say_what_they_show() -> None:
    assert 'aria-label="60%"' in draw_bar(0.6, "60%")
    assert 'width="100.0"' in draw_bar(7.0, "all")
    columns = draw_columns([("2026-01-01", 2, 1), ("2026-01-02", 0, 0)], "Runs")
    assert "2026-01-01: 2 well, 1 not" in columns
    assert columns.count("<rect") == 2
    assert draw_shares([("block", 1), ("warn", 3)], "x").count("<rect") == 2
    assert draw_columns([], "none").startswith("<svg")


def test_pages_lead_to_those_before_and_after() -> None:
    query = {"all": "q=a+b&page=9"}
    assert write_pages(10, 50, 1, query) is None
    made = write_pages(500, 50, 3, query)
    assert made is not None
    assert "?q=a+b&amp;page=2" in made
    assert "?q=a+b&amp;page=4" in made
    assert "Page 3 of 10" in made
