"""The forms that one edit can take as a pattern, from the general to the exact."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.edits.forms import (
    Form,
    find_anchors,
    find_swapped_method,
    has_value,
    is_given_values,
    is_idiom,
    name_hole,
)
from devmatrix_guard.mining.edits.sites import find_sites
from devmatrix_guard.mining.edits.terms import render
from tests.mining.edits.terms_of import form, term

HEAD = """import json
import requests


def helper(x):
    pass


def load(a, b, c, rows):
    return """
LIMITS = ("unless", "not inside", "inside")


def forms(before: str, after: str) -> list[str]:
    """Return the forms as `kind: before -> after`, with what limits them."""
    sites = find_sites("a.py", f"{HEAD}{before}\n".encode(), f"{HEAD}{after}\n".encode())
    return [_show(made) for site in sites or () for made in site.forms]


def _show(made: Form) -> str:
    limits = zip(LIMITS, made[3:], strict=True)
    told = "".join(f" {name} {render(limit)}" for name, limit in limits if limit is not None)
    return f"{made.kind}: {render(made.before)} -> {render(made.after)}{told}"


PRESENT = "unless json.load(..., k=..., ...)"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param(
            "json.load(a)", "json.load(a, k=1)",
            [f"keyword: json.load($...ARGS) -> json.load($...ARGS, k=1) {PRESENT}",
             "keyword of any value: json.load($...ARGS) -> json.load($...ARGS, k=$VALUE)"
             f" {PRESENT}",
             "exact: json.load($X) -> json.load($X, k=1)"],
            id="an argument by name",
        ),
        pytest.param(
            "json.load(a)", "json.load(a, k=b)",
            [f"keyword: json.load($...ARGS) -> json.load($...ARGS, k=$X) {PRESENT}",
             "exact: json.load($X) -> json.load($X, k=$Y)"],
            id="with a value of the place",
        ),
        pytest.param(
            "json.load(a, k=b)", "json.load(a, k=b, m=True)",
            ["keyword: json.load($...ARGS) -> json.load($...ARGS, m=True)"
             " unless json.load(..., m=..., ...)",
             "keyword of any value: json.load($...ARGS) -> json.load($...ARGS, m=$VALUE)"
             " unless json.load(..., m=..., ...)",
             "exact: json.load($X, k=$Y) -> json.load($X, k=$Y, m=True)"],
            id="beside another",
        ),
        pytest.param("json.load(a, *b)", "json.load(a, *b, **c)", [], id="of any name"),
        pytest.param(
            "helper(a)", "helper(a, b)", ["exact: helper($X) -> helper($X, $Y)"], id="by place"
        ),
        pytest.param(
            "json.load(a, b)", "json.loads(a, b)",
            ["exact: json.load -> json.loads",
             "callee: json.load($...ARGS) -> json.loads($...ARGS)",
             "exact: json.load($X, $Y) -> json.loads($X, $Y)"],
            id="another function",
        ),
        pytest.param(
            "a.fetch(b)", "a.get_all(b)",
            ["exact: $X.fetch -> $X.get_all", "callee: $X.fetch($...ARGS) -> $X.get_all($...ARGS)",
             "exact: $X.fetch($Y) -> $X.get_all($Y)"],
            id="another method",
        ),
        pytest.param(
            "requests.get(a + 1)", "requests.post(a + 1)",
            ["exact: requests.get -> requests.post",
             "callee: requests.get($...ARGS) -> requests.post($...ARGS)",
             "general: requests.get($X) -> requests.post($X)",
             "exact: requests.get($X + 1) -> requests.post($X + 1)"],
            id="of an expression that stays",
        ),
        pytest.param(
            "a.fetch(None)", "a.fetch_all(None)",
            ["exact: $X.fetch -> $X.fetch_all",
             "callee: $X.fetch($...ARGS) -> $X.fetch_all($...ARGS)",
             "exact: $X.fetch(None) -> $X.fetch_all(None)"],
            id="None is never opened",
        ),
        pytest.param(
            "json.load({1: a, 2: b})", "json.loads({1: a, 2: b})",
            ["exact: json.load -> json.loads",
             "callee: json.load($...ARGS) -> json.loads($...ARGS)",
             "general: json.load($X) -> json.loads($X)",
             "exact: json.load({1: $X, 2: $Y}) -> json.loads({1: $X, 2: $Y})"],
            id="a dictionary of two",
        ),
        pytest.param(
            "json.load({1: a, 2: b, 3: c})", "json.loads({1: a, 2: b, 3: c})",
            ["exact: json.load -> json.loads"], id="of three matches in too many ways",
        ),
        pytest.param(
            "json.load(a)", "json.dump(json.load(a))",
            ["wrap: json.load($...ARGS) -> json.dump(json.load($...ARGS))"
             " not inside json.dump(json.load($...ARGS))",
             "exact: json.load($X) -> json.dump(json.load($X))"],
            id="something around it",
        ),
        pytest.param(
            "json.load()", "json.load().fetch()",
            ["wrap: json.load -> json.load().fetch not inside json.load().fetch",
             "callee: json.load($...ARGS) -> json.load().fetch($...ARGS)",
             "wrap: json.load() -> json.load().fetch() not inside json.load().fetch()"],
            id="around a call of nothing",
        ),
        pytest.param(
            "json.load(rows[0])", "json.load(rows[0], 5)",
            ["general: json.load($X) -> json.load($X, 5)",
             "exact: json.load($X[0]) -> json.load($X[0], 5)"],
            id="what stays may be anything",
        ),
        pytest.param(
            "json.load(a).b", "json.load(a).c",
            ["general: $X.b -> $X.c", "exact: json.load($X).b -> json.load($X).c"],
            id="of what stays",
        ),
        pytest.param(
            "json.load(a) == None", "json.load(a) is None",
            ["exact: json.load($X) == None -> json.load($X) is None"], id="an operator",
        ),
        pytest.param("a == None", "a is None", ["exact: $X == None -> $X is None"], id="an idiom"),
        pytest.param("len(a)", "a.size", ["exact: len($X) -> $X.size"], id="a common function"),
        pytest.param(
            "helper(b)", "a(b)", ["exact: helper -> $X", "exact: helper($X) -> $Y($X)"],
            id="to a local",
        ),
        pytest.param("a(b)", "helper(b)", [], id="of a local"),
        pytest.param(
            "rows[0].fetch(a)", "rows[0].get_all(a)",
            ["general: $X.fetch -> $X.get_all",
             "exact: $X[0].fetch -> $X[0].get_all",
             "callee: $X[0].fetch($...ARGS) -> $X[0].get_all($...ARGS)",
             "general: $X.fetch($Y) -> $X.get_all($Y)",
             "exact: $X[0].fetch($Y) -> $X[0].get_all($Y)"],
            id="the owner stays",
        ),
        pytest.param(
            "json.load(a, k=rows[0])", "json.loads(a, k=rows[0])",
            ["exact: json.load -> json.loads",
             "callee: json.load($...ARGS) -> json.loads($...ARGS)",
             "general: json.load($X, k=$Y) -> json.loads($X, k=$Y)",
             "exact: json.load($X, k=$Y[0]) -> json.loads($X, k=$Y[0])"],
            id="a keyword stays",
        ),
        pytest.param(
            "json.load(a, k=None)", "json.loads(a, k=None)",
            ["exact: json.load -> json.loads",
             "callee: json.load($...ARGS) -> json.loads($...ARGS)",
             "exact: json.load($X, k=None) -> json.loads($X, k=None)"],
            id="None by name is never opened",
        ),
        pytest.param(
            "json.load(k=1)", "json.load(k=1, **c)",
            ["general: json.load(k=$X) -> json.load(k=$X, **$Y)",
             "exact: json.load(k=1) -> json.load(k=1, **$X)"],
            id="many by name",
        ),
        pytest.param("a.fetch(b)", "b.fetch(a)", [], id="names changed places"),
        pytest.param("json.load(a)", "json.load(b)", [], id="another name"),
        pytest.param("json.load('x')", "json.load('y')", [], id="another text"),
        pytest.param("a + 1", "a + 2", [], id="another number"),
        pytest.param("a.open()", "a", [], id="only common words"),
    ],
)  # fmt: skip
def test_an_edit_has_forms(before: str, after: str, found: list[str]) -> None:
    assert forms(before, after) == found


@pytest.mark.parametrize(("letters", "is_open"), [(24, False), (25, True)])
def test_a_long_text_that_stays_is_any_text(letters: int, is_open: bool) -> None:
    text = repr("x" * letters)
    last = forms(f"json.load({text})", f"json.loads({text})")[-1]
    kept = "$X" if is_open else text
    assert last == f"exact: json.load({kept}) -> json.loads({kept})"


@pytest.mark.parametrize(
    ("size", "count"), [(30, 3), (40, 1)], ids=["a pattern of some size", "too large"]
)
def test_a_large_expression_is_no_pattern(size: int, count: int) -> None:
    given = ", ".join(["a"] * size)
    assert len(forms(f"json.load({given})", f"json.loads({given})")) == count


@pytest.mark.parametrize(
    ("number", "name"), [(0, "X"), (2, "Z"), (3, "A"), (25, "W"), (26, "X26"), (30, "X30")]
)
def test_holes_have_letters_first(number: int, name: str) -> None:
    assert name_hole(number) == name


@pytest.mark.parametrize(
    ("code", "anchors"),
    [
        ("json.load($X)", ("json.load",)),
        ("$X.fetch()", ("fetch",)),
        ("$X.get()", ()),
        ("$X.__len__()", ()),
        ("helper($X)", ("helper",)),
        ("near($X)", ("near",)),
        ("len($X)", ()),
        ("zeta.load(json.load($X))", ("json.load", "load")),
        ("$X + 1", ()),
    ],
)
def test_a_pattern_is_held_by_names_of_apis(code: str, anchors: tuple[str, ...]) -> None:
    assert find_anchors(term(code)) == anchors


@pytest.mark.parametrize(
    ("before", "is_one"),
    [
        ("$X == None", True),
        ("$X == 'a'", True),
        ("$X == 1", False),
        ("$X == $Y", False),
        ("len($X)", True),
        ("$X", False),
        ("len($X) == len($Y) == len($Z) == len($A) == len($B)", False),
    ],
)
def test_an_idiom_says_more_than_an_operator(before: str, is_one: bool) -> None:
    assert is_idiom(form(before, "$X")) is is_one


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("$X.f($Y)", "$X.g($Y)", ("f", "g")),
        ("json.f($Y)", "json.g($Y)", ("f", "g")),
        ("json.f($Y)", "requests.g($Y)", None),
        ("$X.f($Y)", "$Z.g($Y)", None),
        ("$X.f($Y)", "$X.f($Z)", None),
        ("$X.f($Y)", "$X.f($Y, 1)", None),
    ],
)
def test_a_method_is_swapped_for_one_of_the_same_owner(
    before: str, after: str, names: tuple[str, str] | None
) -> None:
    assert find_swapped_method(form(before, after)) == names


@pytest.mark.parametrize(
    ("before", "after", "given"),
    [
        ("$X.f('a')", "$X.g('a')", True),
        ("$X.f('a', k=1)", "$X.g('a', k=1)", True),
        ("$X.f(k=1)", "$X.g(k=1)", True),
        ("$X.f('a', $Y)", "$X.g('a', $Y)", False),
        ("$X.f('a', k=$Y)", "$X.g('a', k=$Y)", False),
        ("$X.f()", "$X.g()", False),
    ],
)
def test_a_call_is_given_literals_and_nothing_else(before: str, after: str, given: bool) -> None:
    assert is_given_values(form(before, after)) is given


def test_a_form_asks_for_or_writes_a_value() -> None:
    assert has_value(form("json.f($X, 1)", "json.g($X)"))
    assert has_value(form("json.f($X)", "json.g($X, 'a')"))
    assert not has_value(form("json.f($X)", "json.g($X, $Y)"))


@pytest.mark.parametrize(
    ("before", "after", "needs"),
    [
        ("json.exists($X)", "$X.exists()", True),
        ("$X.f()", "$X.g()", False),
        ("json.f($X)", "json.g($X)", False),
        ("json.f($X)", "$X[0]", True),
        ("$X[0]", "$X[1]", False),
        ("json.f($X)", "$X()", True),
        ("json.f($X)", "$X + 1", True),
        ("$X + 1", "2 + $X", False),
        ("json.f($X)", "[$X]", False),
    ],
)
def test_what_only_some_types_can_is_asked_of_a_hole(before: str, after: str, needs: bool) -> None:
    assert form(before, after).needs_a_type is needs


@pytest.mark.parametrize(("rows", "shown"), [(12, 12), (13, 1)])
def test_a_statement_of_twelve_rows_is_shown_as_it_is_written(rows: int, shown: int) -> None:
    code = "json.load(\n" + "".join(f"        {n},\n" for n in range(rows - 2)) + "    )"
    old, new = (f"{HEAD}{side}\n".encode() for side in (code, code.replace("load", "loads")))
    sites = find_sites("a.py", old, new)
    assert sites is not None
    (site,) = sites
    assert site.before.count("\n") + 1 == shown
