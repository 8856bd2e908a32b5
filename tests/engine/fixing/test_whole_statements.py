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
