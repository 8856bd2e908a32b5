"""Statements that a fix copies are whole, though a finding leaves out some of their words."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fixes
from devmatrix_guard.engine.matching.match import find_matches

BODIES = {
    "del": "del y",
    "del of several": "del (y), z[0]",
    "del over two lines": "del \\\n        y",
    "with": "with y: pass",
    "with in parentheses": "with (\n        y as z, q): pass",
    "import in parentheses": "from m import (a,\n        b,  # note\n    )",
    "import in parentheses last": "c()\n    from m import (a)",
    "global": "global y",
    "after a comment": "# with (\n    y()",
    "several": "del y\n    c()\n    with y: c()",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("form", ["{}", "def f():\n{}", "async def f():\n{}"])
def test_what_a_fix_copies_means_what_it_meant(form: str, body: str) -> None:
    code = f"try:\n    {body}\nexcept:\n    pass\n"
    if form != "{}":
        code = "\n".join(f"    {line}" for line in code.splitlines())
    source = f"{form.format(code)}\nx = 1\n".encode()
    rule = {
        "id": "r",
        "pattern": "try:\n    $...B\nexcept:\n    $...H",
        "fix": "try:\n    $...B\nexcept Exception:\n    $...H",
        "metadata": {"guard": {"examples": [{
            "invalid": "try:\n    a\nexcept:\n    b\n",
            "fixed": "try:\n    a\nexcept Exception:\n    b\n",
        }]}},
    }  # fmt: skip
    (fix,) = build_fixes([(rule, match) for match in find_matches(rule, source)], source)
    assert fix is not None
    assert fix.safe, fix.doubt
    before, after = (ast.unparse(ast.parse(s)) for s in (source, apply_edits(source, fix.edits)))
    assert after == before.replace("except:", "except Exception:")


@pytest.mark.parametrize("loop", ["async for i in y: pass", "async with y: pass"])
def test_what_is_asynchronous_stays_so(loop: str) -> None:
    source = f"async def f():\n    if a:\n        {loop}\n".encode()
    rule = {"id": "r", "pattern": "if $X:\n    $...B", "fix": "while $X:\n    $...B\n    break"}
    (fix,) = build_fixes([(rule, match) for match in find_matches(rule, source)], source)
    assert fix is not None and fix.doubt is not None
    assert fix.lacks_example
    fixed = apply_edits(source, fix.edits).decode()
    assert fixed == f"async def f():\n    while a:\n        {loop}\n        break\n"


def _fix(pattern: str, fix: str, code: str) -> str:
    rule = {"id": "r", "pattern": pattern, "fix": fix}
    (match,) = find_matches(rule, code)
    (built,) = build_fixes([(rule, match)], code.encode())
    assert built is not None
    return apply_edits(code.encode(), built.edits).decode()


@pytest.mark.parametrize(
    ("body", "copied"),
    [
        pytest.param("a()\n    del b", "del b", id="a del"),
        pytest.param("a()\n    b()", "b()", id="a call"),
        pytest.param("a()\n    f(a, (b))", "f(a, (b))", id="in parentheses"),
        pytest.param(
            "a()\n    from m import (b)\n    c()",
            "from m import (b)\n    c()",
            id="parentheses",
        ),
        pytest.param("a()\n    from m import b", "from m import b", id="no parentheses"),
        pytest.param("a(); del b", "del b", id="in one row"),
    ],
)
def test_what_follows_is_copied_whole(body: str, copied: str) -> None:
    pattern = "if $X:\n    a()\n    $...B"
    fixed = _fix(pattern, "if not $X:\n    $...B", f"if x:\n    {body}\n")
    assert fixed == f"if not x:\n    {copied}\n"


def test_where_no_statement_follows_none_is_copied() -> None:
    fixed = _fix("if $X:\n    a()\n    $...B", "if $X:\n    c()\n    $...B", "if x:\n    a()\n")
    assert fixed.split() == ["if", "x:", "c()"]


@pytest.mark.parametrize("chain", ["a < b < c", "a < b", "a in b", "a is not b", "a == b != c"])
def test_a_chain_of_comparisons_is_copied_from_its_first_operand(chain: str) -> None:
    assert _fix("f($X)", "g($X)", f"f({chain})\n") == f"g({chain})\n"
    assert _fix("f($X, $Y)", "g($Y, $X)", f"f(k, {chain})\n") == f"g({chain}, k)\n"
