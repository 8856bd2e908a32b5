"""A fix changes the words that differ and leaves comments, spaces and line breaks between them."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.fixing.fixes import build_fixes
from devmatrix_guard.engine.matching.match import find_matches

AB = "a()  # x\nb()\n"
NESTED = "if x:\n  if y:  # n\n     a()  # x\n  b()\n"
INNER = "if $X:\n    if $Y:\n        a()\n    b()"


@pytest.mark.parametrize(
    ("pattern", "fix", "code", "edits"),
    [
        pytest.param(
            "a()\nb()", "c()\nd()", AB, ["1:1-1:2 c", "2:1-2:2 d"], id="each of its rows"
        ),
        pytest.param("a()\nb()", "a()\nd()", AB, ["2:1-2:2 d"], id="one of its rows"),
        pytest.param("a()\nb()", "b()\na()", AB, ["1:1-2:4 b()|a()"], id="rows change places"),
        pytest.param(
            "a()\nb()", "if x:\n    a()", AB, ["1:1-2:4 if x:|    a()"], id="another depth"
        ),
        pytest.param("a()\nb()", "c()", AB, ["1:1-2:4 c()"], id="fewer rows"),
        pytest.param(INNER, INNER.replace("a()", "c()"), NESTED, ["3:6-3:7 c"], id="an inner row"),
        pytest.param(INNER, INNER.replace("b()", "c()"), NESTED, ["4:3-4:4 c"], id="an outer row"),
        pytest.param(
            INNER, INNER.replace("    b()", "        b()"), NESTED,
            ["1:1-4:6 if x:|   if y:|      a()|      b()"], id="a row deeper than it was",
        ),
        pytest.param(
            "if $X:\n    a()\n    b()", "if $X:\n    a()\nb()", "if x:\n    a()  # x\n    b()\n",
            ["1:1-3:8 if x:|    a()|b()"], id="a row less deep than it was",
        ),
        pytest.param(
            "if $X:\n    a()\n    b()", "if $X:\n    a()\nb()", "if x:\n a()  # x\n b()\n",
            ["1:1-3:5 if x:| a()|b()"], id="less deep by one space",
        ),
        pytest.param("f($X)", "f($X, 1)", "f(a, # n\n  )\n", ["1:5-1:5  1,"], id="trailing comma"),
        pytest.param("f($X, 1)", "f($X)", "f(a, # n\n  1)\n", ["2:3-2:4 "], id="the last goes"),
        pytest.param(
            "f($X, 1, $Y)", "f($X, $Y)", "f(a, 1, # n\n  b)\n", ["1:5-1:8 "], id="one goes"
        ),
        pytest.param("f($X)", "g($X)", "f (a, )\n", ["1:1-1:3 g"], id="the function"),
        pytest.param("f($X)", "f()", "f(a, )\n", ["1:3-1:6 "], id="all go"),
        pytest.param("f($X)", "f($X, $X)", "f(a )\n", ["1:4-1:4 , a"], id="one comes"),
        pytest.param("f($...A)", "g($...A)", "f(a, # n\n  b)\n", ["1:1-1:2 g"], id="many stay"),
        pytest.param("$X == None", "$X is None", "(a) ==  None\n", ["1:5-1:7 is"], id="operator"),
        pytest.param(
            "$X.f($Y)", "f($X, $Y)", "a.f(b)\n", ["1:1-1:1 f(", "1:2-1:5 , "], id="copies stay"
        ),
        pytest.param(
            "not $X == $Y", "$X != $Y", "not  a == b\n", ["1:1-1:6 ", "1:8-1:10 !="], id="two"
        ),
    ],
)  # fmt: skip
def test_a_fix_changes_what_differs(pattern: str, fix: str, code: str, edits: list[str]) -> None:
    rule = {"id": "r", "pattern": pattern, "fix": fix}
    match, *_ = find_matches(rule, code)
    (built,) = build_fixes([(rule, match)], code.encode())
    assert built is not None
    assert [
        f"{e.start_line}:{e.start_col}-{e.end_line}:{e.end_col} " + e.text.replace("\n", "|")
        for e in built.edits
    ] == edits
