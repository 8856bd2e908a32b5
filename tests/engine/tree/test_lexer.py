"""Tokens carry offsets into the text as it is written, whatever its newlines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.tree.lexer import list_logical_lines, read_comments, read_tokens
from devmatrix_guard.engine.tree.source_text import encode_source

CODE = "@a\r\ndef f(x,  # é\r  y):\n    return f'{x!r:>{y}}' \\\r\n      + '''a\r\n# b'''\n"


def test_tokens_are_slices_of_the_text() -> None:
    tokens = read_tokens(encode_source(CODE))
    assert tokens is not None
    for token in tokens:
        assert CODE[token.start : token.end] == token.text
    code = [t.text for t in tokens if t.is_code]
    assert "f'{x!r:>{y}}'" in code
    assert "'''a\r\n# b'''" in code


def test_comments_are_not_found_in_strings() -> None:
    comments = read_comments(encode_source(CODE))
    assert comments is not None
    assert [c.text for c in comments] == ["# é"]


def test_logical_lines_span_brackets_and_continuations() -> None:
    source = encode_source(CODE)
    lines = list_logical_lines(source, read_tokens(source) or [])
    assert [tuple(line) for line in lines] == [(1, 1, True), (2, 3, False), (4, 6, False)]


def test_unfinished_code_has_no_tokens() -> None:
    assert read_tokens(encode_source("f(")) is None
    assert read_tokens(encode_source("'''a")) is None
    assert read_comments(encode_source("if x:\n    a\n  b\n")) is None


@given(st.text(alphabet="a1 '\"(){}[]#\\\r\n:=f\t\x0c\x00", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    tokens = read_tokens(encode_source(text))
    for token in tokens or []:
        assert text[token.start : token.end] == token.text
