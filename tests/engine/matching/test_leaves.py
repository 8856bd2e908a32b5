"""What several patterns share in a file, and which of their places are left out."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.matching.leaves import Holding
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.rule import Rule

_CODE = """\
import os as system

def first(x):
    y = foo(bar(x))
    return y

@deco
def second():
    for a in b:
        foo(1)
    else:
        foo(2)
    z = lambda: foo(3)

class C:
    n = foo(4)
    n: int = foo(5)
"""
_RULES: list[dict[str, Any]] = [
    {"pattern": "foo(...)"},
    {"patterns": [{"pattern": "foo(...)"}, {"pattern-inside": "def $F(...):\n    ..."}]},
    {"patterns": [{"pattern": "foo(...)"}, {"pattern-not-inside": "def $F(...):\n    ..."}]},
    {"patterns": [{"pattern": "foo(...)"}, {"pattern-inside": "@deco\ndef $F(...):\n    ..."}]},
    {"patterns": [{"pattern": "foo(...)"}, {"pattern": "$Y"}, {"pattern-inside": "bar(...)"}]},
    {"patterns": [{"pattern": "$Y"}, {"pattern-inside": "bar(...)"}]},
    {"patterns": [{"pattern": "foo(...)"}, {"pattern-not": "foo(1)"}]},
    {"patterns": [{"pattern": "foo(...)"}, {"pattern-inside": "class $C:\n    ..."}]},
    {"pattern": "$A = foo($X)\n...\nreturn $A"},
    {"pattern": "for $I in $L:\n    ...\n"},
    {"pattern-either": [{"pattern": "foo(1)"}, {"pattern-inside": "foo(...)"}]},
    {"pattern": "return foo(...)"},
]


@pytest.mark.parametrize("body", _RULES, ids=str)
def test_a_rule_finds_beside_others_what_it_finds_alone(body: dict[str, Any]) -> None:
    source = Source(_CODE.encode())
    alone = FileMatcher(source, [compile_body(body)]).matches(None)[0]
    compiled = [compile_body(other) for other in (*_RULES, body)]
    together = FileMatcher(source, compiled).matches(None)
    assert _places(together[-1]) == _places(alone)
    assert _places(together[_RULES.index(body)]) == _places(alone)


def _places(ranges: list[Any]) -> list[Any]:
    return [found[:2] for found in ranges]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (_RULES[1], [4, 10, 12, 13]),
        (_RULES[2], [16, 17]),
        (_RULES[3], [10, 12, 13]),
        (_RULES[7], [16, 17]),
        (_RULES[8], [4]),
        (_RULES[11], [13]),
    ],
    ids=["inside", "not-inside", "decorated", "class", "sequence", "lambda"],
)
def test_places_that_cannot_hold_a_match_are_left_out_and_no_others(
    body: dict[str, Any], lines: list[int]
) -> None:
    assert [match.start_line for match in find_matches(body, _CODE)] == lines


def test_an_inside_may_lie_between_two_plain_patterns() -> None:
    """It holds the inner one of both, not the outer one."""
    body = {"patterns": [{"pattern": "foo(...)"}, {"pattern": "x"}, {"pattern-inside": "bar(...)"}]}
    assert [match.text for match in find_matches(body, _CODE)] == ["x"]


def test_holding_tells_whether_a_range_begins_and_ends_on_lines() -> None:
    holding = Holding([((3, 0), (9, 0), {}, 0), ((5, 0), (6, 2), {}, 0)])
    assert holding.may_be_in(5, 6)
    assert holding.may_be_in(1, 9)
    assert not holding.may_be_in(3, 5)
    assert not holding.may_be_in(6, 20)
    assert not Holding([]).may_be_in(1, 100)


def test_an_alternative_is_found_whose_words_an_alias_or_an_import_spells() -> None:
    either = [{"pattern": "absent.call(...)"}, {"pattern": "os.path.join(...)"}]
    body = {"id": "r", "pattern-either": either}
    rule = Rule("r", "m", "ERROR", "block", None, ("python",), body)
    code = b"from os import path as p\np.join(a)\nabsent\n"
    report = check_targets(compile_rules([rule]), [Target("a.py", code, None)])
    assert [finding.start_line for finding in report.findings] == [2]
