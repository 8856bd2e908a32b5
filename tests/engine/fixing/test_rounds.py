"""Fixes go on until a second run would change nothing; rules that circle are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devmatrix_guard.engine.fixing.fixes import build_fixes
from devmatrix_guard.engine.fixing.rounds import Settled, settle_fixes
from devmatrix_guard.engine.matching.match import find_together
from devmatrix_guard.model.finding import Finding

Rule = tuple[str, str]


def settle(source: str, *rules: Rule) -> Settled:
    """Return what rules of pattern and fix, proven by an example, make of a file."""
    bodies: list[dict[str, Any]] = [
        {"id": str(number), "pattern": pattern, "fix": fix, "metadata": {"guard": {"examples": [
            {"invalid": pattern.replace("$", "a_"), "fixed": fix.replace("$", "a_")}
        ]}}}
        for number, (pattern, fix) in enumerate(rules)
    ]  # fmt: skip

    def check(content: bytes) -> Sequence[Finding]:
        matches = find_together(bodies, content)
        found = [(b, m) for b, each in zip(bodies, matches, strict=True) for m in each or ()]
        return [
            Finding(
                body["id"], "a.py", m.start_line, m.start_col, m.end_line, m.end_col,
                "warn", "WARNING", None, "", fix=fix,
            )
            for (body, m), fix in zip(found, build_fixes(found, content), strict=True)
        ]  # fmt: skip

    return settle_fixes(source.encode(), check(source.encode()), check)


@pytest.mark.parametrize(
    ("rules", "before", "after", "rounds"),
    [
        ([("$X == None", "$X is None")], "x = a == None\n", "x = a is None\n", 1),
        ([("list($X)", "[*$X]")], "list(list(list(a)))\n", "[*[*[*a]]]\n", 3),
        (
            [("$X == None", "$X is None"), ("$X is None", "not $X")],
            "x = a == None\n", "x = not a\n", 2,
        ),
        (
            [("list($X)", "[*$X]"), ("$X == None", "$X is None")],
            "list(a == None)\nlist(b)\n", "[*(a is None)]\n[*b]\n", 2,
        ),
        ([("list($X)", "[*$X]")], "x = 1\n", "x = 1\n", 0),
    ],
    ids=["one", "in itself", "one after the other", "two rules", "nothing"],
)  # fmt: skip
def test_fixes_go_on_until_nothing_is_left(
    rules: list[Rule], before: str, after: str, rounds: int
) -> None:
    settled = settle(before, *rules)
    assert (settled.fixed.decode(), len(settled.rounds)) == (after, rounds)
    assert (settled.circling, settled.is_at_rest) == ((), True)
    assert settle(after, *rules).rounds == ()


@pytest.mark.parametrize(
    "rules",
    [
        [("max($X)", "min($X)"), ("min($X)", "max($X)")],
        [("max($X)", "min($X)"), ("min($X)", "sum($X)"), ("sum($X)", "max($X)")],
        [("max($X)", "min($X)"), ("min($X)", "max([$X])")],
    ],
    ids=["two", "three", "growing"],
)
def test_rules_that_undo_each_other_are_named_and_left(rules: list[Rule]) -> None:
    others = [*rules, ("list($X)", "[*$X]")]
    settled = settle("max(a)\nlist(b)\n", *others)
    assert settled.fixed == b"max(a)\n[*b]\n"
    assert settled.circling == tuple(map(str, range(len(rules))))


@pytest.mark.parametrize(
    ("pattern", "fix", "code"),
    [
        ("max($X)", "max([$X])", "max(a)\n"),
        ("max($X)", "min(max($X))", "max(a)\n"),
        ("max(...)", "max(0)", "max(a)\n"),
        ("$X.y", "$X.y.y", "a.y\n"),
        ("$X = $Y", "$X = ($Y, 1)", "x = 2\n"),
        ("return $X", "return [$X]", "def f():\n    return 1\n"),
    ],
)
def test_a_rule_that_finds_its_own_fixed_code_fixes_nothing(
    pattern: str, fix: str, code: str
) -> None:
    settled = settle(code, (pattern, fix))
    assert (settled.fixed.decode(), settled.rounds) == (code, ())


def test_what_takes_more_rounds_is_said_not_to_be_at_rest() -> None:
    settled = settle("list(" * 14 + "a" + ")" * 14 + "\n", ("list($X)", "[*$X]"))
    assert not settled.is_at_rest
    assert settled.circling == ()
    assert settled.fixed.count(b"list") == 4
