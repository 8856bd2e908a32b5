"""Expressions of tests in a normal form: names stand for what they were given."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from devmatrix_guard.mining.regression.terms import (
    find_last_name,
    find_truth,
    is_exit,
    is_import_skip,
    is_literal,
    read_number,
    render,
    shrink,
    substitute,
)


def parse(code: str) -> ast.expr:
    return ast.parse(code, mode="eval").body


@pytest.mark.parametrize(
    ("code", "truth"),
    [
        ("1", True),
        ("''", False),
        ("not 0", True),
        ("not f()", None),
        ("1 or f()", True),
        ("f() or 1", True),
        ("0 or f()", None),
        ("0 or ''", False),
        ("0 and f()", False),
        ("f() and 0", False),
        ("1 and f()", None),
        ("1 and 2", True),
        ("[]", False),
        ("[f()]", True),
        ("()", False),
        ("{}", False),
        ("{1: f()}", True),
        ("{f()}", True),
        ("TYPE_CHECKING", False),
        ("CHECKING", None),
        ("1 == 1", True),
        ("1 == 2", False),
        ("1 is 2", False),
        ("1 != 2", True),
        ("1 is not 1", False),
        ("1 < 2", True),
        ("2 < 1", False),
        ("1 <= 2", None),
        ("1 < 2 < 3", None),
        ("1 < 'a'", None),
        ("a == a", None),
        ("f()", None),
    ],
)
def test_a_condition_is_always_true_always_false_or_depends(code: str, truth: Any) -> None:
    assert find_truth(parse(code)) is truth


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("x + y", "f(1) + y"),
        ("x.x(x=x)", "f(1).x(x=f(1))"),
        ("[a + x for a in b]", "[‹0› + f(1) for ‹0› in b]"),
        ("{a: b for a, b in c}", "{‹0›: ‹1› for ‹0›, ‹1› in c}"),
        ("lambda a: a + x", "lambda ‹0›: ‹0› + f(1)"),
        ("lambda: x", "lambda: f(1)"),
        ("open(p, encoding='utf-8')", "open(p)"),
        ("open(p, 'w', encoding='utf-8', newline='')", "open(p, 'w', newline='')"),
        ("read(p, encoding='utf-8')", "read(p, encoding='utf-8')"),
        ("'%s!' % x", "'{}!'.format(f(1))"),
        ("{'a': 1, 'b': 2}['a']", "1"),
        ("{'a': 1, 'a': 2}['a']", "2"),
        ("{'a': 1}['b']", "{'a': 1}['b']"),
        ("{'a': 1, **b}['a']", "{'a': 1, **b}['a']"),
        ("{a: 1}['a']", "{a: 1}['a']"),
        ("{'a': 1}[k]", "{'a': 1}[k]"),
        ("[1, 2][1]", "2"),
        ("(1, 2)[0]", "1"),
        ("(1, 2)[2]", "(1, 2)[2]"),
        ("(1, 2)[True]", "(1, 2)[True]"),
        ("(1, *a)[0]", "(1, *a)[0]"),
        ("table['a']", "3"),
    ],
)
def test_names_stand_for_what_they_were_given(code: str, made: str) -> None:
    names = {"x": parse("f(1)"), "table": parse("{'a': 3}")}
    assert render(substitute(parse(code), names)) == made


@pytest.mark.parametrize(
    ("code", "number"),
    [("1", 1.0), ("-2.5", -2.5), ("True", 1.0), ("'1'", None), ("a", None), ("1 +", None)],
)
def test_a_number_is_one_that_stands_there(code: str, number: float | None) -> None:
    assert read_number(code) == number


@pytest.mark.parametrize(
    ("code", "is_same"),
    [("1", True), ("[1, {2: 'a'}]", True), ("-1", True), ("a", False), ("f()", False),
     ("a.b", False), ("[1, a]", False)],
)  # fmt: skip
def test_a_literal_reads_no_name(code: str, is_same: bool) -> None:
    assert is_literal(parse(code)) is is_same


@pytest.mark.parametrize(
    ("code", "skips"),
    [
        ("pytest.importorskip('numpy')", True),
        ("importorskip('numpy.core')", True),
        ("importorskip('json')", False),
        ("importorskip('os.path')", False),
        ("importorskip(name)", True),
        ("importorskip()", False),
        ("other('numpy')", False),
        ("importorskip", False),
    ],
)
def test_an_import_may_skip_unless_it_always_works(code: str, skips: bool) -> None:
    assert is_import_skip(parse(code)) is skips


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("pytest.exit('x')", True),
        ("os._exit(0)", True),
        ("os.exit(0)", False),
        ("pytest.skip('x')", False),
        ("exit(0)", False),
        ("pytest.exit", False),
    ],
)
def test_a_call_may_end_the_whole_run(code: str, ends: bool) -> None:
    assert is_exit(parse(code)) is ends


@pytest.mark.parametrize(
    ("code", "name"),
    [("a.b(c)", "b"), ("a()", "a"), ("a.b", "b"), ("a", "a"), ("a()()", "a"), ("a[0]", "")],
)
def test_a_call_goes_by_its_last_name(code: str, name: str) -> None:
    assert find_last_name(parse(code)) == name


def test_a_long_text_ends_in_a_hash() -> None:
    short, long, other = (parse(f"'{'a' * n}'") for n in (398, 399, 400))
    assert render(short) == repr("a" * 398)
    assert render(long)[:400] == render(other)[:400] == "'" + "a" * 399
    assert len(render(long)) == 409
    assert render(long) != render(other)


def test_a_large_expression_stands_for_itself_by_a_hash() -> None:
    def large(names: int) -> ast.expr:
        # a list, its context, and a name with its context for each
        return parse(f"[{', '.join(f'a{n}' for n in range(names))}]")

    fits, more = large(39), large(40)
    assert (len(list(ast.walk(fits))), len(list(ast.walk(more)))) == (80, 82)
    assert shrink(fits) is fits
    assert render(shrink(more)) == render(shrink(large(40))) != render(shrink(large(41)))
    assert len(render(shrink(more))) == 10
