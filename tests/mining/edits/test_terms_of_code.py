"""Code becomes a term in which names are resolved, and a term becomes a pattern again."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.edits.terms import (
    NotATerm,
    convert_node,
    count_nodes,
    find_holes,
    is_expression,
    iterate_subterms,
    render,
    replace,
)
from tests.mining.edits.terms_of import SCOPE, term


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("loads", ("Ref", "json.loads")),
        ("json.loads", ("Ref", "json.loads")),
        ("shop.a.b", ("Ref", "shop.a.b")),
        ("a", ("Local", "a")),
        ("self", ("Name", "self", "receiver")),
        ("helper", ("Name", "helper", "function")),
        ("near", ("Name", "near", "relative")),
        ("len", ("Name", "len", "builtin")),
        ("other", ("Local", "other")),
        ("OTHER", ("Name", "OTHER", "other")),
        ("a.b", ("Attribute", ("Local", "a"), "b")),
        ("1", ("Constant", "int", "1")),
        ("'x'", ("Constant", "str", "'x'")),
        ("u'x'", ("Constant", "str", "'x'")),
        ("None", ("Constant", "NoneType", "None")),
        ("f'{a}'", ("Local", "f'{a}'")),
        ("lambda: a", ("Local", "lambda: a")),
        ("[a for a in b]", ("Local", "[a for a in b]")),
        ("[a, 1]", ("List", ("[]", ("Local", "a"), ("Constant", "int", "1")))),
        (
            "loads(a, b=1)",
            (
                "Call",
                ("Ref", "json.loads"),
                ("[]", ("Local", "a")),
                ("[]", ("keyword", "b", ("Constant", "int", "1"))),
            ),
        ),
    ],
)
def test_code_as_a_term(code: str, made: tuple[object, ...]) -> None:
    assert convert_node(ast.parse(code, mode="eval").body, SCOPE) == made


@pytest.mark.parametrize(
    "code", ["(a for a in b)", "(a := 1)", "f(*a)", "...", "1j", "1e999", "f(x for x in a)", "[*a]"]
)
def test_code_that_no_pattern_can_hold(code: str) -> None:
    with pytest.raises(NotATerm):
        convert_node(ast.parse(code, mode="eval").body, SCOPE)


@pytest.mark.parametrize(
    "code",
    [
        "json.loads($X)", "$X.f($...ARGS)", "not $X", "$X == None", "f($X, k=1)",
        "raise KeyError($X)", "$X = f()", "return f($X)", "a if $X else b", "$X[1:2]",
        "{'k': $X}", "-1", "assert $X, 'm'",
    ],
)  # fmt: skip
def test_term_written_out_is_the_pattern(code: str) -> None:
    assert render(term(code)) == code


@pytest.mark.parametrize(
    ("made", "pattern"),
    [
        (("Ellipsis",), "..."),
        (("Deep", ("Hole", "X")), "<... $X ...>"),
        (("AnyAttribute", ("Hole", "X")), "$X.$ATTRIBUTE"),
        (("Call", ("Ref", "f"), ("[]",), ("[]", ("Rest",))), "f(...)"),
    ],
)
def test_what_only_patterns_have(made: tuple[object, ...], pattern: str) -> None:
    assert render(made) == pattern


@pytest.mark.parametrize(
    ("code", "nodes", "names"),
    [
        ("a", 1, set()),
        ("$X", 1, {"X"}),
        ("f($X, $...REST)", 4, {"X", "REST"}),
        ("$X + $X", 4, {"X"}),
    ],
)
def test_parts_are_counted_and_holes_named(code: str, nodes: int, names: set[str]) -> None:
    assert (count_nodes(term(code)), find_holes(term(code))) == (nodes, names)
    assert next(iterate_subterms(term(code))) == term(code)


def test_replacing_goes_from_the_outside_in() -> None:
    found = replace(term("f(g(a))"), {term("g(a)"): term("b"), term("a"): term("c")})
    assert found == term("f(b)")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (("Ref", "a"), True),
        (("Local", "a"), True),
        (("Hole", "X"), True),
        (("Call",), True),
        (("Return", None), False),
        (("[]",), False),
        (("keyword", "a", ("Local", "b")), False),
        ("text", False),
    ],
)
def test_expressions_can_become_holes(made: object, expected: bool) -> None:
    assert is_expression(made) is expected
