"""The work of one rule in one file has an end, and what ran out of it is said."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from devmatrix_guard.engine.budget import STEPS, Effort, TooMuchWorkError
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.errors import RuleError
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.rule import Rule
from tests.helpers_bounds import expect_end
from tests.helpers_work import count_calls


def test_steps_can_be_spent_until_none_are_left() -> None:
    effort = Effort(3)
    effort.spend(2)
    effort.spend(1)
    with pytest.raises(TooMuchWorkError, match="too many ways"):
        effort.spend(1)


def test_a_few_hundred_tries_at_each_place_cost_nothing() -> None:
    effort = Effort(0)
    for _ in range(2):
        effort.begin()
        for _ in range(256):
            effort.try_once()
    with pytest.raises(TooMuchWorkError, match="too many ways"):
        effort.try_once()


EVERYTHING_MATCHES = "a = 1\nfoo(a)\n" * 1_000


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        pytest.param("...\n$X = 1\n...\nfoo($X)\n...", EVERYTHING_MATCHES, id="statements"),
        pytest.param("$...A\nfoo($X)\n$...B", EVERYTHING_MATCHES, id="bound statements"),
        pytest.param("f(..., $A, ..., $B, ..., $C, ...)", f"f({'a, ' * 400})", id="arguments"),
        pytest.param("[..., $A, ..., $B, ..., $C, ...]", f"[{'a, ' * 400}]", id="items"),
        pytest.param("$A and $B and $C and $D", " and ".join("a" * 400), id="operands"),
        pytest.param("f($...A, $...B, $...C)", f"f({'a, ' * 400})", id="bound arguments"),
    ],
)
def test_a_pattern_that_matches_in_too_many_ways_is_stopped(pattern: str, source: str) -> None:
    with expect_end(), pytest.raises(RuleError, match="too many ways"):
        find_matches(pattern, source, steps=STEPS // 10)


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        pytest.param("...\n$X = 1\n...\nfoo($X)", "v{0} = 2\nbar(v{0})\n", id="leading ellipsis"),
        pytest.param("$X = 1\n...\nfoo($X)", "v{0} = 1\nfoo(v{0})\n", id="shared metavariable"),
        pytest.param(
            "def $F(...):\n    ...\n    $X = 1\n    ...\n    foo($X)\n    ...",
            "def f{0}(a):\n    v = 1\n    if a:\n        foo(v)\n    bar(v)\n",
            id="bodies",
        ),
        pytest.param("if <... foo(...) ...>: ...", "if a.b(foo({0})).c:\n    d()\n", id="deep"),
    ],
)
def test_work_grows_with_the_file_and_not_with_its_square(pattern: str, unit: str) -> None:
    few, many = (
        count_calls(partial(find_matches, pattern, "".join(map(unit.format, range(count)))))
        for count in (50, 400)
    )
    assert many < 8 * 1.5 * few


_CHAIN = "f(" * 80 + "1" + ")" * 80 + "\n"
_NAMES = ",".join(f"a{number}" for number in range(300))
_CHAINED = "x0 = 'a'\n" + "".join(f"x{n + 1} = x{n} + x{n}\n" for n in range(60)) + "f(x60)\n"
_VALUE = {"pattern": "f($X)"}
_INSIDES = [{"pattern-inside": f"if $C{number}:\n  ..."} for number in range(12)]
_IFS = "".join(f"{'  ' * depth}if c{depth}:\n" for depth in range(18)) + "  " * 18 + "x\n"
_CLASS = "class C:\n" + "".join(f"  x{n} = {n}\n  def f{n}(self): pass\n" for n in range(150))
_NESTED: dict[str, object] = {"pattern": "<... f($W) ...>"}
for _name in "ZYX":
    _NESTED = {
        "patterns": [
            {"pattern": f"f(${_name})"},
            {"metavariable-pattern": {"metavariable": f"${_name}", **_NESTED}},
        ]
    }


@pytest.mark.parametrize(
    ("body", "source"),
    [
        pytest.param(
            {"pattern": "f(<... f(<... f(<... f(<... $X ...>) ...>) ...>) ...>)"}, 20 * _CHAIN,
            id="deep in deep",
        ),
        pytest.param(
            {"pattern": "f(..., <... $X ...>, ..., <... $Y ...>, ..., <... $Z ...>, ...)"},
            f"f({_NAMES[:600].replace('a', 'g(h)+a')})\n", id="deep arguments",
        ),
        pytest.param(
            {"pattern": "f($A=$B, $C=$D, $E=$F, $G=$H, ...)"},
            "f(" + ",".join(f"k{n}={n}" for n in range(120)) + ")\n", id="keywords",
        ),
        pytest.param({"pattern": "f($...A, $X, $...B, $Y, $...C)"}, f"f({_NAMES})\n", id="many"),
        pytest.param({"patterns": [{"pattern": "x"}, *_INSIDES]}, _IFS, id="inside in inside"),
        pytest.param(_NESTED, 30 * _CHAIN, id="patterns of metavariables"),
        pytest.param(
            {"pattern": "class $C:\n  $A = $B\n  $D = $E\n  def $F(...): ...\n  def $G(...): ..."},
            _CLASS, id="members of a class",
        ),
        pytest.param({"pattern": "$X"}, f"f({_NAMES})\n" * 50, id="matches everywhere"),
        pytest.param(
            {"patterns": [_VALUE, {"metavariable-comparison": {"comparison": "$X ** 64 > 1"}}]},
            "f(99999999999)\n" + ("f(" + "(" * 20 + "9" + "**64)" * 20 + ")\n") * 50, id="powers",
        ),
        pytest.param({"pattern": "f('aaa')"}, _CHAINED, id="a text that doubles"),
    ],
)  # fmt: skip
def test_what_could_explode_ends_soon_and_is_told(body: dict[str, Any], source: str) -> None:
    compiled = compile_rules([Rule("r", "m", "ERROR", "block", None, ("python",), body)])
    with expect_end():
        report = check_targets(compiled, [Target("a.py", source.encode(), None)])
    assert not report.has_defect
    assert all("too many ways" in skip.reason for skip in report.skipped)


@pytest.mark.parametrize("expression", ["$X % 0 == 1", "(0 - $X) ** 0.5 > 1", "$X % 0.0 > 1"])
def test_a_comparison_without_a_number_does_not_hold(expression: str) -> None:
    rule = {"patterns": [_VALUE, {"metavariable-comparison": {"comparison": expression}}]}
    assert find_matches(rule, "f(1)\n") == []


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("<... <... b ...> ...>", [1, 2, 4]),
        ("f(<... g(<... $X ...>, $X) ...>)", [2]),
        ("f(<... $X ...>, <... $X ...>)", [4]),
        ("f(<... g(...) ...>, ...)", [2, 3]),
    ],
)
def test_a_deep_pattern_in_another_still_matches(pattern: str, lines: list[int]) -> None:
    source = "f(b)\nf([g(h(b), b)])\nf(x(g(1)), c)\nf(x(b), y(b))\n"
    assert sorted({match.start_line for match in find_matches(pattern, source)}) == lines
