"""Decoding that loses nothing, and columns that mean the same to git, CPython and people."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.tree.source_text import (
    decode_source,
    encode_source,
    find_line_starts,
    find_newline,
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param("x = 'é'\n".encode(), "x = 'é'\n", id="utf-8"),
        pytest.param(b"\xef\xbb\xbfx\r\n", "x\r\n", id="bom"),
        pytest.param(b"# coding: latin-1\n'\xe9'", "# coding: latin-1\n'é'", id="latin-1"),
        pytest.param(b"#!x\n# -*- coding: cp1252 -*-\n'\x80'", None, id="cookie-in-line-2"),
        pytest.param(b"#!x\r# vim: fileencoding=utf-8\r'\xc3\xa9'", None, id="lone-cr"),
        pytest.param(b"\xef\xbb\xbf# coding: utf-8-sig\n1", None, id="bom-and-cookie"),
        pytest.param(b"# coding: UTF_8-unix\n'\xc3\xa9'", None, id="name-with-a-tail"),
        pytest.param(b"# coding: iso-latin-1-dos\n'\xe9'", None, id="latin-with-a-tail"),
    ],
)
def test_source_is_decoded_and_encodes_back(source: bytes, text: str | None) -> None:
    decoded = decode_source(source)
    assert decoded is not None
    assert decoded.encode(decoded.text) == source
    if text is not None:
        assert decoded.text == text


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"x = '\xe9'\n", id="invalid-utf-8"),
        pytest.param("x = 1\n".encode("utf-16"), id="utf-16"),
        pytest.param(b"# coding: klingon\nx\n", id="unknown-codec"),
        pytest.param(b"# coding: rot13\nk\n", id="codec-that-is-no-encoding"),
        pytest.param(b"# coding: hex\n61\n", id="bytes-codec"),
        pytest.param(b"\xef\xbb\xbf# coding: latin-1\n1\n", id="bom-against-cookie"),
        pytest.param(b"# coding: utf-7\n'+AOk-'\n", id="does-not-encode-back"),
    ],
)
def test_source_that_cannot_be_kept_exactly_is_refused(source: bytes) -> None:
    assert decode_source(source) is None


def test_cookie_after_code_is_no_cookie() -> None:
    assert decode_source(b"x = 1\n# coding: latin-1\n'\xe9'\n") is None


def test_only_cpython_newlines_end_a_line() -> None:
    text = "a = '\u2028\x85\x0b'\x0c\r\nb = 1\rc = 2\n"
    assert find_line_starts(text) == (0, 12, 18, 24)
    assert [node.lineno for node in ast.parse(text).body] == [1, 2, 3]


def test_ast_positions_become_offsets() -> None:
    source = decode_source("\ufeffé = 1\r\ns = 'é𝄞'; x = y\r".encode())
    assert source is not None
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Name):
            offset = source.offset_of_bytes(node.lineno, node.col_offset)
            assert source.text.startswith(node.id, offset)


@given(st.text(alphabet="aé𝄞\t\r\n\x0c\u2028"))
def test_positions_and_offsets_are_inverse(text: str) -> None:
    source = encode_source(text)
    for offset in range(len(text) + 1):
        assert source.offset(*source.position(offset)) == offset
    lines = [source.line(n) for n in range(1, len(source.starts) + 1)]
    assert "".join(lines) == text
    assert source.line(0) == source.line(len(lines) + 1) == ""


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_exactly_or_refused(source: bytes) -> None:
    decoded = decode_source(source)
    assert decoded is None or decoded.encode(decoded.text) == source


def test_newline_is_taken_from_the_nearest_line() -> None:
    assert find_newline("a\r\nb\nc", 3) == "\n"
    assert find_newline("a\r\nb", 3) == "\r\n"
    assert find_newline("a") == "\n"
