"""Text of others shows all that is in it, in lines for people and in JSON for programs."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from devmatrix_guard.reports.escape import (
    escape_markdown,
    make_decodable,
    make_visible,
    write_json,
)
from devmatrix_guard.visible_text import make_printable

# What Arabic, Kaithi, Egyptian, musical and shorthand writing is set with shows itself, and what
# joins or parts letters is needed to read them.
_WRITTEN = {"\u06dd", "\u070f", "\u08e2", "\u200c", "\u200d", "\U000110bd", "\U000110cd"}


@cache
def list_hidden() -> list[str]:
    """Return all characters that do not show themselves: listed by who asks, not on import."""
    return [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in ("Cc", "Cf", "Cs")]


def _is_of_writing(char: str) -> bool:
    spans = ((0x600, 0x605), (0x890, 0x891), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3),
             (0x1D173, 0x1D17A))  # fmt: skip
    return char in _WRITTEN or any(a <= ord(char) <= b for a, b in spans)


def test_no_character_that_hides_itself_stands_in_json() -> None:
    text = write_json({"a": "".join(list_hidden())})
    assert not (set(list_hidden()) - {"\n"}) & set(text)


def test_lines_for_people_hide_nothing_but_what_writing_needs() -> None:
    hidden = [c for c in list_hidden() if not _is_of_writing(c)]
    for show in (make_visible, make_printable):
        shown = show("".join(f"a{c}b" for c in hidden))
        assert set(hidden) & set(shown) <= {"\n", "\t"}


@pytest.mark.parametrize("text", ["grün 漢字 🙂", "a\u202eb\u200bc\x85\U000e0041", "\u00a0"])
def test_json_means_what_it_meant(text: str) -> None:
    assert json.loads(write_json([text])) == [text]


def test_bytes_that_are_no_text_make_no_broken_json() -> None:
    assert json.loads(write_json("caf\udce9.py")) == make_decodable("caf\udce9.py")


@given(st.text())
def test_any_text_is_the_same_after_json(text: str) -> None:
    assert json.loads(write_json(text)) == text


_MARKED = st.text(st.sampled_from("ab1_*`~[]()<>#-+=.:!|\\$&{}/w \t"), max_size=14)


@given(_MARKED)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    """In a paragraph, a list, a cell and a quote, and at the start of a line."""
    text = " ".join(text.split())
    shown = escape_markdown(text)
    for page, wrapping in (
        (f"x {shown}", ["p"]),
        (f"x\n{shown}", ["p"]),
        (f"- {shown}", ["ul", "li"]),
        (f"| a |\n| --- |\n| {shown} |", ["table", "thead", "tr", "th", "tbody", "tr", "td"]),
    ):
        html = MarkdownIt("gfm-like", {"linkify": False}).render(page)
        assert re.findall(r"<(\w+)", html) == wrapping, page
        assert " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split()).endswith(text)


@pytest.mark.parametrize("text", ["a-b.c (d): e_f, g+h! {i} 10:30 a.py:3", "- 1", "1. x"])
def test_markdown_stays_readable(text: str) -> None:
    assert escape_markdown(f"x{text}") == f"x{text}"


@pytest.mark.parametrize(
    "text", ["https://a.b", "www.a.b", "WWW.a.b", "#12", "a/b#12", ":smile:", "@me", "a $b$ c"]
)
def test_markdown_makes_no_address_mention_issue_emoji_or_formula(text: str) -> None:
    shown = escape_markdown(text)
    assert shown != text
    assert not re.search(r"(?i)://|www\.|#\d{1,9}(?!\d*;)|:\w+:|@\w|\$", shown)
