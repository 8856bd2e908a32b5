"""Texts and numbers are read as Semgrep reads them: where they stand, and what they are."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.tree.literals import (
    locate_pieces,
    number,
    read_segment,
    split_pieces,
    unescape,
)
from devmatrix_guard.engine.tree.operators import locate_operators, sign_beside
from devmatrix_guard.engine.tree.source import Source

PIECES = {
    "'a'": [("", "a")],
    '"a"': [("", "a")],
    "''": [("", "")],
    "'a' \"b\"": [("", "a"), ("", "b")],
    "'a'  # 'no'\n'b'": [("", "a"), ("", "b")],
    "'''a'b'''": [("", "a'b")],
    '"""a\n"b"""': [("", 'a\n"b')],
    "r'a\\n'": [("r", "a\n")],
    "R'a'": [("R", "a")],
    "rb'a' Br'b'": [("rb", "a"), ("Br", "b")],
    "f'{a}b'": [("f", "{a}b")],
    "u'a'": [("u", "a")],
    "'a\\'b'": [("", "a'b")],
    "'a\\\\'": [("", "a\\")],
    "'a\\\nb'": [("", "ab")],
    "'a' 'b' 'c'": [("", "a"), ("", "b"), ("", "c")],
}
ESCAPES = {
    "a": "a",
    r"\n\t\r\v\f\a\b": "\n\t\r\v\f\a\b",
    r"\\": "\\",
    r"\"\'": "\"'",
    r"\x41": r"\x41",
    r"\101": r"\101",
    r"\u0041": r"\u0041",
    r"\N{DASH}": r"\N{DASH}",
    r"\d": r"\d",
    r"\\n": r"\n",
    "a\\\nb": "ab",
}


@pytest.mark.parametrize("text", PIECES)
def test_a_text_is_its_literals(text: str) -> None:
    assert split_pieces(text) == PIECES[text]


@pytest.mark.parametrize("raw", ESCAPES)
def test_the_usual_escapes_are_decoded_and_no_others(raw: str) -> None:
    assert unescape(raw) == ESCAPES[raw]


@pytest.mark.parametrize("text", ["'a'", "x'a'", "r'a'", '\'a\' rb"""b"""', "# c\n'a'"])
def test_a_literal_says_where_it_and_its_content_stand(text: str) -> None:
    for literal in locate_pieces(text):
        assert text[literal.content :].startswith(literal.raw)
        written = text[literal.start : literal.end]
        assert written.startswith(literal.prefix)
        assert written.endswith(("'", '"'))
        assert ast.literal_eval(written.removeprefix("x")) in (literal.raw, literal.raw.encode())


@pytest.mark.parametrize(
    ("text", "quote"), [("'a'", ""), ('"a"', ""), ("'''a'''", "'"), ('"""a"""', '"')]
)
def test_between_three_quotes_one_may_stand_alone(text: str, quote: str) -> None:
    (literal,) = locate_pieces(text)
    assert literal.lone_quote == quote


@pytest.mark.parametrize(("prefix", "is_fstring"), [("f", True), ("rF", True), ("r", False)])
def test_an_f_in_the_prefix_makes_fields(prefix: str, is_fstring: bool) -> None:
    (literal,) = locate_pieces(f"{prefix}'a'")
    assert literal.is_fstring is is_fstring


@pytest.mark.parametrize(
    ("value", "text", "compared"),
    [
        (1, "0x1", 1),
        (2**62 - 1, "max", 2**62 - 1),
        (2**62, "larger", "larger"),
        (-(2**62), "min", -(2**62)),
        (-(2**62) - 1, "smaller", "smaller"),
        (1.5, "15e-1", 1.5),
        (1j, "1j", "1j"),
    ],
)
def test_a_number_is_compared_by_its_value_unless_it_is_huge(
    value: complex, text: str, compared: object
) -> None:
    assert number(value, text) == compared


@pytest.mark.parametrize(
    ("code", "text"),
    [("é = 'ä'", "'ä'"), ("x = (\n'a'\n'b')", "'a'\n'b'"), ("x = '''a\nb\nc'''", "'''a\nb\nc'''")],
)
def test_the_text_of_a_node_is_cut_by_bytes(code: str, text: str) -> None:
    assert read_segment(code, ast.parse(code).body[0].value) == text  # type: ignore[attr-defined]


def _signs(code: str) -> list[str]:
    source = Source(code.encode())
    node = source.tree.body[0].value
    found = locate_operators(source, node)
    return [source.text((p.lineno, p.col_offset, p.end_lineno, p.end_col_offset)) for p in found]


@pytest.mark.parametrize(
    ("code", "signs"),
    [
        ("-a", ["-"]),
        ("not a", ["not"]),
        ("~ a", ["~"]),
        ("a + b", ["+"]),
        ("(a) ** b", ["**"]),
        ("a // b", ["//"]),
        ("(a  # +\n @ b)", ["@"]),
        ("a and b and c", ["and"]),
        ("a or b", ["or"]),
        ("a < b <= c", ["<", "<="]),
        ("a is not b", ["is"]),
        ("a not in b", ["not"]),
        ("ä != b", ["!="]),
    ],
)
def test_the_signs_of_an_operation_are_found(code: str, signs: list[str]) -> None:
    assert _signs(code) == signs


@pytest.mark.parametrize(
    ("code", "text", "place"),
    [
        ("def f(a, *, b): pass", "*", (1, 9, 1, 10)),
        ("def f(*,\n  b): pass", "*", (1, 6, 1, 7)),
        ("def f(a, /, b): pass", "/", (1, 9, 1, 10)),
        ("def f(a\n  , /): pass", "/", (2, 4, 2, 5)),
    ],
)
def test_a_lone_sign_among_parameters_is_found(
    code: str, text: str, place: tuple[int, int, int, int]
) -> None:
    source = Source(code.encode())
    arguments = source.tree.body[0].args
    beside = arguments.kwonlyargs[0] if text == "*" else arguments.posonlyargs[-1]
    sign = sign_beside(source, beside, text)
    assert (sign.lineno, sign.col_offset, sign.end_lineno, sign.end_col_offset) == place
