"""One pattern or rule against one source; the oracle tests compare with semgrep."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.tree.source import SourceError
from devmatrix_guard.errors import RuleError

MUST_MATCH = [
    pytest.param("requests.get(...)", "import requests as r\nr.get(1)", 1, id="module alias"),
    pytest.param("requests.get(...)", "from requests import get as g\ng()", 1, id="name alias"),
    pytest.param("a.b.f()", "from a.b import *\nf()", 1, id="wildcard import"),
    pytest.param("f(..., k=$V, ...)", "f(1, k=2, j=3)", 1, id="keyword anywhere"),
    pytest.param("f($...ARGS)", "f(1, 2)", 1, id="many arguments"),
    pytest.param("$X == $X", "a == a\na == b", 1, id="the same metavariable twice"),
    pytest.param("f(True)", "on = True\nf(on)", 1, id="propagated constant"),
    pytest.param('f("...")', 'f("a" + "b")', 1, id="folded string"),
    pytest.param("a and $X", "a and b and c", 1, id="flat boolean operands"),
    pytest.param("c | a", "a | b | c", 1, id="operands of | in any order"),
    pytest.param("$X. ... .end()", "q.filter(1).all().end()", 1, id="chain of calls"),
    pytest.param("if <... risky() ...>: ...", "if not risky():\n    pass", 1, id="deep expression"),
    pytest.param("f($X: int)", "def g(n: int):\n    f(n)\n    f('')", 1, id="written type"),
    pytest.param("$A\n$B", "for i in x:\n    a()\nelse:\n    b()\ny()", 2, id="else of a loop"),
    pytest.param("a()\n...\nb()", "a()\nif x:\n    b()", 1, id="sequence into a nested block"),
    pytest.param(
        "@d\ndef $F(...): ...", "@d\n@e\ndef g(a): return 1", 1, id="one of two decorators"
    ),
    pytest.param("class $C:\n  x = 1", "class K(B):\n    y = 2\n    x = 1", 1, id="class member"),
    pytest.param("try: ...\nexcept $E: ...", "try:\n    a\nexcept E:\n    b", 1, id="handler"),
    pytest.param("with open(...) as $F: ...", "with a, open('') as f:\n    x", 1, id="second item"),
    pytest.param("import a.b", "from a import b", 1, id="either import form"),
    pytest.param('f"...{$X}..."', 'f"a{b}c"', 1, id="f-string"),
    pytest.param("return $X", "def f():\n    return 1", 1, id="return"),
]
MUST_NOT_MATCH = [
    pytest.param("requests.get(...)", "def f(requests):\n    get()", id="unrelated name"),
    pytest.param("f(x)", "f(x, y)", id="one argument too many"),
    pytest.param("$X == $X", "def f(a):\n    a\ndef g(a, b):\n    a == b", id="different names"),
    pytest.param("f(True)", "on = True\non = g()\nf(on)", id="assigned again"),
    pytest.param("except_($E)", "try:\n    a\nexcept E:\n    b", id="keyword is no call"),
]


@pytest.mark.parametrize(("pattern", "source", "count"), MUST_MATCH)
def test_pattern_matches(pattern: str, source: str, count: int) -> None:
    assert len({match[:4] for match in find_matches(pattern, source)}) == count


@pytest.mark.parametrize(("pattern", "source"), MUST_NOT_MATCH)
def test_pattern_leaves_alone(pattern: str, source: str) -> None:
    assert find_matches(pattern, source) == []


def test_columns_count_code_points_and_brackets_belong_to_the_expression() -> None:
    (match,) = find_matches("f($X)", "é = (f('ü'))\n")
    assert match[:4] == (1, 5, 1, 13)
    assert match.text == "(f('ü'))"
    assert match.metavariables["$X"][:5] == ("'ü'", 1, 8, 1, 11)


def test_metavariable_over_no_arguments_is_empty() -> None:
    (match,) = find_matches("f($...ARGS)", "f()")
    assert tuple(match.metavariables["$...ARGS"]) == ("", 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("terms", "lines"),
    [
        pytest.param([{"pattern-inside": "def g(): ..."}], [3], id="inside"),
        pytest.param([{"pattern-not-inside": "def g(): ..."}], [1, 4], id="not inside"),
        pytest.param([{"pattern-not": "f(2)"}], [1, 4], id="not"),
        pytest.param([{"pattern-regex": r"f\(\d\)"}], [3], id="regex"),
        pytest.param(
            [{"metavariable-regex": {"metavariable": "$A", "regex": "a|2"}}], [1, 3], id="text"
        ),
        pytest.param(
            [{"metavariable-comparison": {"metavariable": "$A", "comparison": "$A > 1"}}],
            [3],
            id="comparison",
        ),
        pytest.param(
            [{"metavariable-pattern": {"metavariable": "$A", "pattern": "h(...)"}}],
            [4],
            id="nested pattern",
        ),
    ],
)
def test_conditions_narrow_a_pattern(terms: list[dict[str, Any]], lines: list[int]) -> None:
    source = "f(a)\ndef g():\n    f(2)\nf(h(1))\n"
    rule = {"patterns": [{"pattern": "f($A)"}, *terms]}
    assert [match.start_line for match in find_matches(rule, source)] == lines


def test_focus_narrows_to_the_metavariable() -> None:
    rule = {"patterns": [{"pattern": "f($A)"}, {"focus-metavariable": "$A"}]}
    (match,) = find_matches(rule, "f(abc)")
    assert match.text == "abc"


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("foo(", id="not Python"),
        pytest.param({"mode": "taint", "pattern-sources": []}, id="taint"),
        pytest.param({"patterns": [{"pattern": "$X"}, {"metavariable-type": {}}]}, id="condition"),
        pytest.param({"pattern": "f()", "options": {"odd": True}}, id="option"),
        pytest.param({"pattern-regex": "[[:alpha:]]"}, id="PCRE only"),
    ],
)
def test_what_cannot_run_in_process_is_refused_with_a_reason(rule: Any) -> None:
    with pytest.raises(RuleError, match=r"needs semgrep: .+"):
        find_matches(rule, "f()")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("print 'x'", id="Python 2"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param("a = 1\x00", id="NUL byte"),
        pytest.param("(" * 5000, id="deep nesting"),
    ],
)
def test_source_that_cannot_be_read_says_why(source: str | bytes) -> None:
    with pytest.raises(SourceError):
        find_matches("f()", source)


@pytest.mark.parametrize(
    ("pattern", "code", "lines"),
    [
        ("... = f($X)", "a = f(1)\nb.c = f(2)\nf(3)\n", [1, 2]),
        ("(..., $X, ...) = $V", "a, b = 1, 2\nc = 1\n", [1, 1]),
        ("for ... in $V: ...", "for a in v:\n    pass\nwhile v: pass\n", [1]),
        ("[... for ... in $V]", "[a.b for a in v]\n[a, v]\n", [1]),
        ("with ... as ...: ...", "with a as b:\n    pass\nwith a:\n    pass\n", [1]),
        ("f(..., **$P, ...)", "f(1, **p)\nf(**p, a=1)\nf(1)\n", [1, 2]),
        ("$X(...) = ...", "x = f()\nf()\n", []),
        ("a[f($X)] = ...", "a[f(1)] = 2\n", [1]),
    ],
)
def test_ellipsis_stands_for_what_is_bound(pattern: str, code: str, lines: list[int]) -> None:
    assert [found.start_line for found in find_matches(pattern, code)] == lines


@pytest.mark.parametrize("pattern", ["import $X as ...", "f(**$...P)"])
def test_ellipsis_stands_for_no_name_of_an_import(pattern: str) -> None:
    with pytest.raises(RuleError):
        find_matches(pattern, "import x as y\n")


def test_lambda_among_parameters_returns_nothing() -> None:
    code = (
        "def f(a=[lambda: 1], *, b=lambda: 2):\n    return lambda: 3\nx = lambda p=lambda: 4: p\n"
    )
    assert sorted(m.start_line for m in find_matches("return $X", code)) == [2, 2, 3, 3]
