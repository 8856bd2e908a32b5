"""A name is certain where every way to the place binds it, and nowhere else."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.engine.fixing.assignment import binds_before


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1\nHERE", True),
        ("HERE\nx = 1", False),
        ("y = 1\nHERE", False),
        ("x: int = 1\nHERE", True),
        ("x: int\nHERE", False),
        ("x += 1\nHERE", False),
        ("x.y = 1\nHERE", False),
        ("(x, y), *z = a\nHERE", True),
        ("y = x = 1\nHERE", True),
        ("import x\nHERE", True),
        ("import x.y\nHERE", True),
        ("import y as x\nHERE", True),
        ("from y import x\nHERE", True),
        ("from y import *\nHERE", False),
        ("def x(): ...\nHERE", True),
        ("class x: ...\nHERE", True),
        ("def f():\n    x = 1\nHERE", False),
        ("if a:\n    x = 1\nHERE", False),
        ("if a:\n    x = 1\nelse:\n    x = 2\nHERE", True),
        ("if a:\n    x = 1\nelif b:\n    x = 2\nHERE", False),
        ("if a:\n    x = 1\nelse:\n    raise E\nHERE", True),
        ("if a:\n    x = 1\nelse:\n    pass\nHERE", False),
        ("if TYPE_CHECKING:\n    import x\nelse:\n    x = 1\nHERE", False),
        ("if a:\n    x = 1\n    HERE", True),
        ("if a:\n    x = 1\nelse:\n    HERE", False),
        ("for a in b:\n    x = 1\nHERE", False),
        ("for x in b:\n    HERE", True),
        ("for x in b: ...\nelse:\n    HERE", False),
        ("for x in b: ...\nHERE", False),
        ("while a:\n    x = 1\nHERE", False),
        ("with a as x:\n    HERE", True),
        ("with a as x: ...\nHERE", True),
        ("with a:\n    x = 1\nHERE", False),
        ("with a:\n    HERE\n    x = 1", False),
        ("try:\n    x = 1\nexcept E: ...\nHERE", False),
        ("try:\n    x = 1\nexcept E:\n    x = 2\nHERE", True),
        ("try:\n    x = 1\nexcept E:\n    raise\nHERE", True),
        ("try:\n    x = 1\nexcept E:\n    x = 2\nexcept F: ...\nHERE", False),
        ("try: ...\nexcept E: ...\nelse:\n    x = 1\nHERE", False),
        ("try: ...\nexcept E:\n    raise\nelse:\n    x = 1\nHERE", True),
        ("try: ...\nfinally:\n    x = 1\nHERE", True),
        ("try:\n    x = 1\nfinally:\n    HERE", False),
        ("x = 1\ntry:\n    HERE\nfinally: ...", True),
        ("x = 1\nif a:\n    if b:\n        HERE", True),
        ("class C:\n    x = 1\n    HERE", False),
        ("x = 1; HERE", False),
        ("match a:\n    case x:\n        HERE", False),
        ("match a:\n    case 1:\n        x = 1\n        HERE", True),
        ("@d\ndef x(): ...\nHERE", True),
    ],
)
def test_name_is_bound_on_every_way(code: str, expected: bool) -> None:
    line = code[: code.index("HERE")].count("\n") + 1
    assert binds_before(ast.parse(code).body, "x", line) is expected


@pytest.mark.parametrize(
    ("code", "expected"), [("a\nx = 1", True), ("if a: x = 1", False), ("", False)]
)
def test_without_a_line_the_whole_body_counts(code: str, expected: bool) -> None:
    assert binds_before(ast.parse(code).body, "x", None) is expected
