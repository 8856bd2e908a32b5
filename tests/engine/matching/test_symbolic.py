"""With `symbolic_propagation` a name is also what it was assigned."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.fixing.fixes import build_fix
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.model.diff import Target

OPTIONS = {"options": {"symbolic_propagation": True}}


def find(pattern: str, code: str, **more: Any) -> list[str]:
    """Return the code of each match."""
    body = {"pattern": pattern, **OPTIONS, **more}
    return [match.text for match in find_matches(body, textwrap.dedent(code))]


@pytest.mark.parametrize(
    ("pattern", "code", "found"),
    [
        pytest.param("f(g())", "x = g()\nf(x)", ["f(x)"], id="what a call gave"),
        pytest.param("f(a.b[0])", "x = a.b[0]\nf(x)", ["f(x)"], id="a part of a value"),
        pytest.param("f(a + 1)", "x = a + 1\nf(x)", ["f(x)"], id="an operation"),
        pytest.param("f(not a)", "x = not a\nf(x)", ["f(x)"], id="a negation"),
        pytest.param("f(a)", "x = a\ny = x\nf(y)", ["f(y)"], id="one name by another"),
        pytest.param("g().b.c()", "x = g()\ny = x.b\ny.c()", ["y.c()"], id="step by step"),
        pytest.param("f(g())", "with g() as x:\n    f(x)", ["f(x)"], id="a with"),
        pytest.param("f(g(h()))", "x = h()\ny = g(x)\nf(y)", ["f(y)"], id="within one another"),
        pytest.param("x = g()", "y = g()\nx = y", ["x = y"], id="an assigned name"),
        pytest.param(
            "return g()", "def k():\n    x = g()\n    return x", ["return x"], id="return"
        ),
        pytest.param("f(<... g() ...>)", "x = g()\nf([x])", ["f([x])"], id="somewhere within"),
        pytest.param("f(...)(1)", "x = f(2)\nx(1)", ["x(1)"], id="what is called"),
        pytest.param(
            "$X.b()", "x = a\nx.b()", ["x.b()", "x.b()"], id="both the name and its value"
        ),
        pytest.param("f(g())", "x = g()\nif c:\n    y = 1\nf(x)", ["f(x)"], id="past a branch"),
        pytest.param(
            "f(g())", "x = g()\ndef k():\n    f(x)", ["f(x)"], id="a global assigned once"
        ),
        pytest.param("f(a < b)", "x = a < b\nf(x)", ["f(x)"], id="a comparison"),
        pytest.param("f(a and b)", "x = a and b\nf(x)", ["f(x)"], id="two conditions"),
        pytest.param("f(f'a{b}')", "x = f'a{b}'\nf(x)", ["f(x)"], id="a text with a value"),
        pytest.param("f(g(*a))", "x = g(*a)\nf(x)", ["f(x)"], id="many arguments"),
        pytest.param("f(g(k=a))", "x = g(k=a)\nf(x)", ["f(x)"], id="an argument by name"),
        pytest.param("f(1)", "x = 1\nf(x)", ["f(x)"], id="a constant"),
        pytest.param(
            "f('ab')", "X = 'a'\ndef k():\n    y = X + 'b'\n    f(y)", ["f(y)"],
            id="a constant made of a global",
        ),
        pytest.param(
            "f(2)", "def k():\n    x = 1\n    x += 1\n    f(x)", ["f(x)"], id="a sum"
        ),
    ],
)  # fmt: skip
def test_a_name_stands_for_what_it_was_assigned(pattern: str, code: str, found: list[str]) -> None:
    assert find(pattern, code) == found


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        pytest.param("f(g())", "x = g()\nif c:\n    x = h()\nf(x)", id="one branch has another"),
        pytest.param(
            "f(g())", "if c:\n    x = g()\nelse:\n    x = g()\nf(x)", id="two of the same"
        ),
        pytest.param("f(g())", "x = g()\nx.clear()\nf(x)", id="its method may change it"),
        pytest.param("f(g())", "x = g()\nx.a = 1\nf(x)", id="a part of it is written"),
        pytest.param("f(g())", "x = g()\nx += 1\nf(x)", id="it is added to"),
        pytest.param("f(g())", "for x in g():\n    f(x)", id="an item is not the whole"),
        pytest.param("f([a])", "x = [a]\nf(x)", id="a list is no such expression"),
        pytest.param("f(a if b else c)", "x = a if b else c\nf(x)", id="nor is a choice"),
        pytest.param("f(lambda: 1)", "x = lambda: 1\nf(x)", id="nor is a lambda"),
        pytest.param("f(g([]))", "x = g([])\nf(x)", id="nor a call with a list"),
        pytest.param("f(g(k=[]))", "x = g(k=[])\nf(x)", id="not even by name"),
        pytest.param("f(a[b:c])", "x = a[b:c]\nf(x)", id="nor a slice"),
        pytest.param("f(g())", "x = g()\nx = 1\nf(x)", id="it is a number by then"),
        pytest.param("f(await g())", "async def k():\n    x = await g()\n    f(x)", id="await"),
    ],
)
def test_a_name_stands_for_nothing_where_that_is_not_certain(pattern: str, code: str) -> None:
    body = textwrap.indent(code, "    ")
    assert find(pattern, f"def k():\n{body}\n    x = 0\n    x = 2\n") == []


def test_a_pattern_as_a_whole_is_matched_where_it_stands() -> None:
    assert find("g(...)", "x = g(5)\nf(x)\nh(x)\n") == ["g(5)"]


def test_without_the_option_a_name_is_a_name() -> None:
    assert find("f(g())", "x = g()\nf(x)", options={}) == []
    off = {"symbolic_propagation": True, "constant_propagation": False}
    assert find("f(g())", "x = g()\nf(x)", options=off) == []


def test_a_name_that_is_made_of_itself_ends() -> None:
    code = "def k(x):\n" + "    x = f(x)\n" * 60
    found = find_matches({"pattern": "f(f(f($X)))", **OPTIONS}, code)
    assert {match.start_line for match in found} == {*range(4, 62)}


@pytest.mark.parametrize("pattern", ["b(<... nowhere() ...>)", "nowhere()\n...\nb(...)"])
def test_names_that_double_at_each_step_are_gone_through_once(pattern: str) -> None:
    steps = "".join(f"    a{n + 1} = b(a{n}, a{n})\n" for n in range(60))
    assert find(pattern, f"def k(a0):\n{steps}    b(a60)\n") == []


def rule(**more: Any) -> str:
    lines = [
        "rules:", "- id: chained", "  languages: [python]", "  severity: ERROR",
        "  message: m", "  pattern: f(g($X))", "  options: {symbolic_propagation: true}",
    ]  # fmt: skip
    return "\n".join(lines + [f"  {key}: {value}" for key, value in more.items()])


def test_a_changed_line_is_judged_by_what_was_assigned_far_from_it() -> None:
    code = b"x = g(1)\n" + b"y = 2\n" * 300 + b"f(x)\n"
    compiled = compile_rules(parse_rules(rule().encode(), "r.yml").rules)
    report = check_targets(compiled, [Target("a.py", code, ((302, 302),))])
    assert [finding.start_line for finding in report.findings] == [302]


def test_a_fix_is_not_written_unasked_where_names_are_looked_up() -> None:
    body = {"id": "r", "pattern": "f($X)", "fix": "h($X)", **OPTIONS}
    fix = build_fix(body, find_matches(body, "f(a)\n")[0], b"f(a)\n")
    assert fix is not None
    assert fix.doubt is not None
    assert fix.doubt.code == "names"


def test_a_fix_is_not_made_of_code_that_stands_elsewhere() -> None:
    body = {"id": "r", "pattern": "f(g($X))", "fix": "h($X)", **OPTIONS}
    code = "x = g(a)\na = 2\nf(x)\n"
    fix = build_fix(body, find_matches(body, code)[0], code.encode())
    assert fix is not None
    assert not fix.safe


@pytest.mark.parametrize(("names", "found"), [(50, ["f(x50)"]), (51, [])])
def test_fifty_names_are_looked_up_within_one_another(names: int, found: list[str]) -> None:
    chain = "".join(f"x{number + 1} = h(x{number})\n" for number in range(1, names))
    value = "h(" * (names - 1) + "g()" + ")" * (names - 1)
    assert find(f"f({value})", f"x1 = g()\n{chain}f(x{names})") == found
