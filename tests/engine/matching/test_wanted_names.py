"""What keeps a pattern from being tried in vain changes no finding."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.tree.source import Source
from tests.helpers_work import count_calls

_CODE = """\
import os.path as p
from os import system as run_it
from shop import *
a.is_ok()
a.is_ok
b.other(1)
run_it(2)
p.is_file(3)
is_free
class C:
    is_fine = x.is_y
"""


def _with_regex(variable: str, regex: str, *terms: dict[str, Any]) -> dict[str, Any]:
    condition = {"metavariable-regex": {"metavariable": variable, "regex": regex}}
    return {"patterns": [*terms, condition]}


def _lines(body: dict[str, Any], code: str = _CODE) -> list[int]:
    return [match.start_line for match in find_matches(body, code)]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (_with_regex("$F", "is_", {"pattern": "$X.$F(...)"}), [4, 8]),
        (_with_regex("$F", "is_", {"pattern": "$X.$F"}), [4, 5, 8, 11]),
        (_with_regex("$F", "sys", {"pattern": "$X.$F(...)"}), [7]),
        (_with_regex("$F", "sys", {"pattern-inside": "$X.$F(...)"}, {"pattern": "2"}), [7]),
        (_with_regex("$F", "nothing", {"pattern": "$X.$F(...)"}), []),
        (
            _with_regex("$F", "is_", {"pattern": "$X.$F(...)"}, {"pattern-not": "a.$F(...)"}),
            [8],
        ),
    ],
)  # fmt: skip
def test_a_regex_on_the_name_that_is_called_is_asked_first(
    body: dict[str, Any], lines: list[int]
) -> None:
    assert _lines(body) == lines


def _names_noted(body: dict[str, Any]) -> list[Any]:
    (leaves, _), _ = compile_body(body)
    return [leaf[5] for leaf in leaves]


def test_a_metavariable_that_two_terms_bind_is_left_to_the_end() -> None:
    alone = _with_regex("$F", "is_", {"pattern": "$X.$F(...)"})
    both = _with_regex("$F", "is_", {"pattern": "$X.$F(...)"}, {"pattern-inside": "$F = $Y\n..."})
    assert all(_names_noted(alone))
    assert not any(_names_noted(both))


def test_another_term_that_binds_other_metavariables_changes_nothing() -> None:
    terms = {"pattern": "$X.$F(...)"}, {"pattern-not": "g()"}, {"pattern-inside": "$G = $Y\n..."}
    assert any(_names_noted(_with_regex("$F", "is_", *terms)))


def test_a_focus_on_what_is_captured_in_the_content_of_a_text_is_refused() -> None:
    content = {"metavariable": "$X", "language": "generic", "pattern-regex": "a(?P<Y>b)"}
    terms = [{"pattern": "f('$X')"}, {"metavariable-pattern": content}]
    with pytest.raises(PatternError, match="a focus on"):
        compile_body({"patterns": [*terms, {"focus-metavariable": "$Y"}]})
    compile_body({"patterns": [*terms, {"focus-metavariable": "$X"}]})


def test_a_call_of_another_name_is_not_matched() -> None:
    def work(regex: str) -> int:
        rule = compile_body(_with_regex("$F", regex, {"pattern": "$X.$F($A, $B, ...)"}))
        matcher = FileMatcher(Source(b"a.b(1, 2, 3)\n" * 100), [rule])
        return count_calls(lambda: matcher.matches(None))

    assert work("is_") * 2 < work("b")


@pytest.mark.parametrize(
    ("pattern", "code", "lines"),
    [
        ("$X = f(...)", "a = f(1)\nb, c = f(2), g(3)\nd = e = f(4)\n", [1, 2, 3]),
        ("$X = a.f()", "from a import f as g\nx = g()\ny: int = g()\n(z := g())\n", [2, 3, 4]),
        ("$X[$I] = f(...)", "a[1] = f(1)\na = f(1)\na[1], b = f(2), 3\n", [1, 3]),
        ("$X[$I] = 1", "a[1] = 1\na = 1\nb[2], c = 1, 1\nb[3] = c = 1\n", [1, 3]),
        ("$X = $Y.z", "from m import z\nw = z\nw = q.z\nw, v = q.z, 1\n", [2, 3, 4]),
        ("$X = $Y[0]", "a = b[0]\na = b[1:]\na, c = b[0], d\na = b\n", [1, 3]),
        ("$A and $B", "x and y\nx or y\nnot x\n", [1]),
        ("$A == 1", "x == 1\nx != 1\n1 < x == 1\n", [1]),
        ("-$X", "-y\n3\n-4\nz = -5\n", [1, 2, 3, 4]),
        ("not $X", "not y\ny is not z\n", [1]),
        ("$X is not $Y", "not y\ny is not z\n", [2]),
    ],
)  # fmt: skip
def test_what_a_pattern_is_filed_under_hides_no_match(
    pattern: str, code: str, lines: list[int]
) -> None:
    found = find_matches(pattern, code)
    assert sorted({match.start_line for match in found}) == lines


@pytest.mark.parametrize(
    ("pattern", "code", "lines"),
    [
        ("if $X:\n    f()", "if a:\n    b\nelif c:\n    f()\n", [3]),
        ("def $F(): os.popen(...)", "from os import popen as p\ndef g(): p(1)\n", [2]),
        ("def $F(...):\n    ...\n    x.y(...)\n", "def g(): x.z(1)\ndef h(): x.y(1)\n", [2]),
        ("with $X:\n    f()", "with a, b:\n    f()\n", [1]),
        ("for $X in $Y:\n    f()", "for a in b:\n    f()\nelse:\n    c\n", [1]),
        ("@d\ndef $F(...): ...", "@d\ndef f(): pass\n@e\ndef g(): pass\n", [1]),
        ("def $F(...):\n    ...\n    \uff46()\n", "def g():\n    f()\n", [1]),
        ("def $F(...):\n    ...\n    f()\n", "def g():\n    \uff46()\n", [1]),
    ],
)  # fmt: skip
def test_the_words_of_a_body_hide_no_match(pattern: str, code: str, lines: list[int]) -> None:
    assert sorted({match.start_line for match in find_matches(pattern, code)}) == lines
