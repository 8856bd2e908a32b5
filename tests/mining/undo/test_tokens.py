"""Any language is read as tokens and cut into statements, without its grammar."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.tokens import (
    MAX_BYTES,
    list_token_statements,
    read_tokens,
    show_statement,
)


def read(language: str, text: str) -> list[str]:
    """Return the tokens of a text with their rows; words that may name something in brackets."""
    return [
        f"{row} {f'[{token}]' if is_word else token}"
        for row, token, is_word in read_tokens(language, text)
    ]


TOKENS = [
    pytest.param("Python", "a = 'b'  # c\n", ["0 [a]", "0 =", '0 "b"', "0 \n"], id="a comment"),
    pytest.param("Python", "a // b", ["0 [a]", "0 /", "0 /", "0 [b]"], id="no comment in Python"),
    pytest.param("Python", "'''a\nb''' c", ["0 '''a\nb'''", "1 [c]"], id="a text over rows"),
    pytest.param("JavaScript", "a // b\n", ["0 [a]", "0 \n"], id="slashes"),
    pytest.param("JavaScript", "/* a\n b */ c", ["1 [c]"], id="a comment over rows"),
    pytest.param("JavaScript", "/* no end\n a", [], id="a comment without an end"),
    pytest.param("JavaScript", "a # b", ["0 [a]", "0 #", "0 [b]"], id="no comment in JavaScript"),
    pytest.param("PHP", "$a; # c\n$b // d", ["0 [$a]", "0 ;", "0 \n", "1 [$b]"], id="both"),
    pytest.param("SQL", "a -- b\n'c'", ["0 [a]", "0 \n", '1 "c"'], id="dashes"),
    pytest.param("HTML", "<p><!-- a\n b -->", ["0 <", "0 [p]", "0 >"], id="markup"),
    pytest.param("Jinja", "{# a #}{{ b", ["0 {", "0 {", "0 [b]"], id="a template"),
    pytest.param("Ruby", "@a #b\n", ["0 [@a]", "0 \n"], id="a word with a sign"),
    pytest.param("Java", "@Override int f2", ["0 [@Override]", "0 [int]", "0 [f2]"], id="words"),
    pytest.param("Go", "x := 1.5e3", ["0 [x]", "0 :=", "0 1.5e3"], id="a number is no word"),
    pytest.param("C", "a->b++", ["0 [a]", "0 ->", "0 [b]", "0 ++"], id="operators"),
    pytest.param(
        "JavaScript",
        "a?.b ?? c === d ... e => f",
        [
            "0 [a]",
            "0 ?.",
            "0 [b]",
            "0 ??",
            "0 [c]",
            "0 ===",
            "0 [d]",
            "0 ...",
            "0 [e]",
            "0 =>",
            "0 [f]",
        ],
        id="operators of several signs",
    ),
    pytest.param(
        "JavaScript",
        "'a' \"a\" `a` 'it\\'s' '\"'",
        ['0 "a"', '0 "a"', "0 `a`", "0 'it\\'s'", "0 '\"'"],
        id="one kind of quotes where none stands inside",
    ),
]


@pytest.mark.parametrize(("language", "text", "tokens"), TOKENS)
def test_a_text_is_read_as_tokens(language: str, text: str, tokens: list[str]) -> None:
    assert read(language, text) == tokens


def cut(path: str, text: str) -> list[str]:
    """Return the statements of a text as `rows scope: tokens < head, previous`."""
    found = []
    for first, end, tokens, scope, head, previous in list_token_statements(path, text.encode()):
        shown = tokens.decode().replace("\x00", " ").replace("\x01", "")
        found.append(f"{first}-{end} {scope}: {shown} < {head}, {previous}")
    return found


STATEMENTS = [
    pytest.param("a.js", "", [], id="nothing"),
    pytest.param("a.js", "a\nb\n", ["0-1 : a < -1, -1", "1-2 : b < -1, 0"], id="lines"),
    pytest.param("a.js", "f(a)\nb\n", ["0-1 : f ( a ) < -1, -1", "1-2 : b < -1, 0"], id="calls"),
    pytest.param("a.js", "a)\nb\n", ["0-1 : a ) < -1, -1", "1-2 : b < -1, 0"], id="no opening"),
    pytest.param(
        "a.js",
        "f(g => {\n  a)\n  b\n})\nc\n",
        [
            "0-1 : f ( g => { < -1, -1",
            "1-2 f: a ) < 0, -1",
            "2-3 f: b < 0, 1",
            "3-4 : ) < -1, 0",
            "4-5 : c < -1, 3",
        ],
        id="a bracket that closes none of its block",
    ),
    pytest.param("a.js", "a; b", ["0-1 : a < -1, -1", "0-1 : b < -1, 0"], id="semicolons"),
    pytest.param("a.js", "a +\n  b\n", ["0-2 : a + b < -1, -1"], id="a line that goes on"),
    pytest.param("a.js", "a\n  .b()\n", ["0-2 : a . b ( ) < -1, -1"], id="a line that went on"),
    pytest.param(
        "a.js", "f(\n  a,\n  b,\n)\n", ["0-4 : f ( a , b ) < -1, -1"], id="the last comma"
    ),
    pytest.param(
        "a.js",
        "for (i = 0; i < 3; i++) a()\n",
        ["0-1 : for ( i = 0 ; i < 3 ; i ++ ) a ( ) < -1, -1"],
        id="semicolons in brackets",
    ),
    pytest.param(
        "a.js",
        "function f(a) {\n  if (a) {\n    return 1;\n  }\n  g()\n}\n",
        [
            "0-1 : function f ( a ) { < -1, -1",
            "1-2 f: if ( a ) { < 0, -1",
            "2-3 f: return 1 < 1, -1",
            "4-5 f: g ( ) < 0, 1",
        ],
        id="blocks with the name of what they define",
    ),
    pytest.param(
        "a.js",
        "class A {\n  b() { c; d }\n  e = 1\n}\n",
        [
            "0-1 : class A { < -1, -1",
            "1-2 A: b ( ) { < 0, -1",
            "1-2 A.b: c < 1, -1",
            "1-2 A.b: d < 1, 2",
            "2-3 A: e = 1 < 0, 1",
        ],
        id="names within names",
    ),
    pytest.param(
        "a.go",
        "func (s *T) Run() {\n\tx := 1\n}\n",
        ["0-1 : func ( s * T ) Run ( ) { < -1, -1", "1-2 Run: x := 1 < 0, -1"],
        id="a method of Go",
    ),
    pytest.param(
        "a.ts",
        "const f = (a) => {\n  b\n}\n",
        ["0-1 : const f = ( a ) => { < -1, -1", "1-2 f: b < 0, -1"],
        id="a function that is assigned",
    ),
    pytest.param(
        "a.js",
        "x = {a: 1, b: 2,}\n",
        ["0-1 : x = { < -1, -1", "0-1 x: a : 1 < 0, -1", "0-1 x: b : 2 < 0, 1"],
        id="the entries of an object",
    ),
    pytest.param(
        "a.css",
        "p { color: red; }\n",
        ["0-1 : p { < -1, -1", "0-1 : color : red < 0, -1"],
        id="a style",
    ),
    pytest.param("a.js", "} a\n", ["0-1 : a < -1, -1"], id="a brace that was never opened"),
    pytest.param("a.js", "f() { a", ["0-1 : f ( ) { < -1, -1", "0-1 f: a < 0, -1"], id="no end"),
]


@pytest.mark.parametrize(("path", "text", "statements"), STATEMENTS)
def test_a_text_is_cut_into_statements(path: str, text: str, statements: list[str]) -> None:
    assert cut(path, text) == statements


def test_words_are_told_from_texts_that_read_the_same() -> None:
    ((_, _, word, *_),) = list_token_statements("a.js", b"a")
    ((_, _, number, *_),) = list_token_statements("a.js", b"1")
    assert (word, number) == (b"\x01a", b"1")


def test_what_is_no_utf8_is_read_all_the_same() -> None:
    assert cut("a.js", "é = 1") == ["0-1 : é = 1 < -1, -1"]
    ((_, _, text, *_),) = list_token_statements("a.js", b"\xe9 = 1")
    assert text.decode() == "\x01é\x00=\x001"


def test_what_is_too_long_has_no_statements() -> None:
    assert list_token_statements("a.js", b"a" * MAX_BYTES)
    assert list_token_statements("a.js", b"a" * (MAX_BYTES + 1)) == []


@pytest.mark.parametrize(
    "line",
    [
        'expect(parsePrice("$1.50")).toBe(150)',
        "const total = count * price",
        'return "$" + cents',
        "if (a && !b) {",
        "foo(a, b[0], ...rest)",
        "let each of items",
    ],
)
def test_a_statement_of_tokens_is_shown_as_people_write_it(line: str) -> None:
    text = list_token_statements("web/price.ts", f"{line}\n".encode())[0][2]
    assert show_statement(text) == line


def test_of_source_the_first_line_is_shown() -> None:
    assert show_statement(b"if a:\n    b()\n") == "if a:"
