"""Terms of a rule together: what is in what, and what of it is found."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.matching.match import find_matches

CODE = """class A:
  def m():
    f(1)
    f(2)
def n():
  f(3)
f(4)
"""
F = {"pattern": "f($X)"}


def _inside(pattern: str) -> dict[str, str]:
    return {"pattern-inside": f"{pattern}: ..."}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        pytest.param([F], ["f(1)", "f(2)", "f(3)", "f(4)"], id="one"),
        pytest.param([F, _inside("def $F()")], ["f(1)", "f(2)", "f(3)"], id="inside"),
        pytest.param(
            [F, _inside("def $F()"), _inside("class $C")], ["f(1)", "f(2)"], id="inside two"
        ),
        pytest.param(
            [F, {"pattern-either": [_inside("def n()"), _inside("class $C")]}],
            ["f(1)", "f(2)", "f(3)"], id="inside one of two",
        ),
        pytest.param(
            [F, {"pattern-either": [{"pattern": "f(1)"}, _inside("def n()")]}],
            ["f(1)", "f(3)"], id="one or inside another",
        ),
        pytest.param(
            [F, {"pattern-either": [{"patterns": [_inside("def n()"), {"pattern-not": "g()"}]},
                                    {"pattern": "f(4)"}]}],
            ["f(3)", "f(4)"], id="inside with a condition",
        ),
        pytest.param([_inside("def n()"), _inside("class $C")], [], id="apart"),
        pytest.param([F, _inside("def q()")], [], id="inside what is not there"),
        pytest.param([{"pattern": "g()"}, _inside("def n()")], [], id="none inside"),
        pytest.param(
            [F, {"pattern-not-inside": "class $C: ..."}], ["f(3)", "f(4)"], id="not inside"
        ),
        pytest.param(
            [F, {"pattern-not-inside": "class $C: ..."}, {"pattern-not-inside": "def n(): ..."}],
            ["f(4)"], id="not inside either",
        ),
        pytest.param([F, {"pattern-not": "f(4)"}], ["f(1)", "f(2)", "f(3)"], id="not"),
        pytest.param([F, {"pattern-regex": r"f\([12]\)"}], ["f(1)", "f(2)"], id="regex"),
        pytest.param([{"pattern-regex": r"[a-z]\(4\)"}, F], ["f(4)"], id="regex first"),
        pytest.param([F, {"pattern-not-regex": r"\([12]\)"}], ["f(3)", "f(4)"], id="no regex"),
        pytest.param(
            [F, {"focus-metavariable": "$X"}, _inside("class A")], ["1", "2"], id="a focus"
        ),
        pytest.param(
            [F, {"metavariable-comparison": {"metavariable": "$X", "comparison": "$X > 2"}}],
            ["f(3)", "f(4)"], id="a comparison",
        ),
    ],
)  # fmt: skip
def test_terms_together_find(terms: list[dict[str, Any]], found: list[str]) -> None:
    assert [match.text for match in find_matches({"patterns": terms}, CODE)] == found


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (_inside("def $F()"), [(2, 4), (5, 6)]),
        ({"patterns": [_inside("def $F()")]}, [(2, 4), (5, 6)]),
        ({"patterns": [_inside("def $F()"), _inside("class $C")]}, [(2, 4)]),
        ({"patterns": [_inside("class $C"), _inside("def $F()")]}, [(2, 4)]),
        ({"pattern-either": [_inside("def n()"), {"pattern": "f(4)"}]}, [(5, 6), (7, 7)]),
    ],
)
def test_what_is_only_inside_is_found_whole(
    body: dict[str, Any], rows: list[tuple[int, int]]
) -> None:
    assert [(m.start_line, m.end_line) for m in find_matches(body, CODE)] == rows
