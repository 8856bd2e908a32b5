"""Where code stands as Semgrep counts it: brackets, stars and keywords its tree drops do not."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.source import Source


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        pytest.param("(a)", "(a)", id="brackets around"),
        pytest.param("((a))", "((a))", id="all brackets around"),
        pytest.param("a < b < c", "< b < c", id="a chain begins at its first sign"),
        pytest.param("(a < b < c)", "(a < b < c)", id="a chain in brackets"),
        pytest.param("a[1:2, b]", "a[1:2, b", id="several slices lose their bracket"),
        pytest.param("x + a[1:2, b]", "x + a[1:2, b", id="also at the end of other code"),
        pytest.param("(a[1:2, b])", "(a[1:2, b])", id="but not inside brackets"),
        pytest.param("(a := 1)", "(a := 1)", id="walrus"),
        pytest.param("(\n  a  # why\n)", "(\n  a  # why\n)", id="brackets on other lines"),
    ],
)
def test_an_expression_covers(code: str, covered: str) -> None:
    source = Source(code.encode())
    assert source.text(places.locate_expression(source, source.tree.body[0].value)) == covered


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        pytest.param("*a, b = c", "a, b = c", id="star of a target"),
        pytest.param("x = a[:, 0]", "x = a[:, 0", id="several slices"),
        pytest.param("del a, b", "a, b", id="del"),
        pytest.param("with a as b: c", "a as b: c", id="with"),
        pytest.param("@d\ndef f(): pass", "@d\ndef f(): pass", id="decorator"),
        pytest.param(
            "@staticmethod\ndef f(): pass", "staticmethod\ndef f(): pass", id="a keyword of its own"
        ),
        pytest.param("for a in b:\n  c\nelse:\n  d", "for a in b:\n  c", id="else of a loop"),
        pytest.param("if a:\n  b\nelse:\n  c", "if a:\n  b\nelse:\n  c", id="else of an if"),
    ],
)
def test_a_statement_covers(code: str, covered: str) -> None:
    source = Source(code.encode())
    assert source.text(places.locate_statement(source, source.tree.body[0])) == covered


def test_the_star_of_an_argument_counts() -> None:
    (match,) = find_matches({"patterns": [{"pattern": "f($X)"}, {"focus-metavariable": "$X"}]},
                            "f(*a)")  # fmt: skip
    assert match.text == "*a"


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        pytest.param("f(a for a in b)", "a for a in b", id="not the brackets of a call"),
        pytest.param("f((a for a in b))", "(a for a in b)", id="its own are"),
        pytest.param("f(a for a in b if c)", "a for a in b if c", id="a condition"),
        pytest.param("f(a for a in b if c if d)", "a for a in b if c if d", id="the last of two"),
        pytest.param("f(a for a in b for c in d)", "a for a in b for c in d", id="two clauses"),
        pytest.param("f((a) for a in (b))", "(a) for a in (b)", id="brackets at both ends"),
        pytest.param("f(a\n  for a in b\n)", "a\n  for a in b", id="on several lines"),
        pytest.param("f(**a)", "**a", id="a mapping with its stars"),
    ],
)
def test_an_argument_covers(code: str, covered: str) -> None:
    focused = {"patterns": [{"pattern": "f($X)"}, {"focus-metavariable": "$X"}]}
    (match,) = find_matches(focused, code)
    assert match.text == covered


def test_a_walrus_in_a_class_is_a_field_without_its_brackets() -> None:
    (match,) = find_matches("$X = 1", "class K:\n    (a := 1)\n")
    assert match.text == "a := 1"


def test_only_indexes_with_a_slice_among_them_are_several_slices() -> None:
    found = [
        places.holds_slices(ast.parse(code, mode="eval").body)
        for code in ("a[1]", "a[1, 2]", "a[1:2]", "a[1:2, 3]", "a[..., :]")
    ]
    assert found == [False, False, False, True, True]
