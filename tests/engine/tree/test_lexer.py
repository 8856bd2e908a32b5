"""Tokens carry offsets into the text as it is written, whatever its newlines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.tree.lexer import comments_of, logical_lines, tokens_of
from devmatrix_guard.engine.tree.source_text import source_of_text

CODE = "@a\r\ndef f(x,  # é\r  y):\n    return f'{x!r:>{y}}' \\\r\n      + '''a\r\n# b'''\n"


def test_tokens_are_slices_of_the_text() -> None:
    tokens = tokens_of(source_of_text(CODE))
    assert tokens is not None
    for token in tokens:
        assert CODE[token.start : token.end] == token.text
    code = [t.text for t in tokens if t.is_code]
    assert "f'{x!r:>{y}}'" in code
    assert "'''a\r\n# b'''" in code


def test_comments_are_not_found_in_strings() -> None:
    comments = comments_of(source_of_text(CODE))
    assert comments is not None
    assert [c.text for c in comments] == ["# é"]


def test_logical_lines_span_brackets_and_continuations() -> None:
    source = source_of_text(CODE)
    lines = logical_lines(source, tokens_of(source) or [])
    assert [tuple(line) for line in lines] == [(1, 1, True), (2, 3, False), (4, 6, False)]


def test_unfinished_code_has_no_tokens() -> None:
    assert tokens_of(source_of_text("f(")) is None
    assert tokens_of(source_of_text("'''a")) is None
    assert comments_of(source_of_text("if x:\n    a\n  b\n")) is None


@given(st.text(alphabet="a1 '\"(){}[]#\\\r\n:=f\t\x0c\x00", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    tokens = tokens_of(source_of_text(text))
    for token in tokens or []:
        assert text[token.start : token.end] == token.text
