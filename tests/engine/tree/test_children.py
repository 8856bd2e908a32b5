"""The nodes below a node: all that hold code, in the order of the tree's own fields."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from devmatrix_guard.engine.tree.children import (
    list_all_nodes,
    list_children,
    list_statement_nodes,
)

_WITHOUT_CODE = (
    ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop, ast.alias, ast.type_ignore,
)  # fmt: skip
_FILES = sorted(Path(__file__).parent.parent.rglob("*.py"))
_ODD = """\
match x:
    case [None, {"a": 1, **rest}, C(2, y=3), *_] if z: pass
    case True | "a" as b: pass
def f(a, /, b: int = 1, *c, d, e=2, **g) -> {**h}: global i, j
async def k():
    async with l as (m, n): yield await o
    return [p async for q, *r in s if t], lambda u=f"{v!r:{w}}": 0
try: del x.y[1:2, ...]
except* E as z: raise F from G
class H(I, metaclass=J): k: L = (m := 1)
"""


def _walk_all_fields(tree: ast.AST) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if not isinstance(node, _WITHOUT_CODE)]


@pytest.mark.parametrize("code", [_ODD, *(file.read_text("utf-8") for file in _FILES[:12])])
def test_nothing_that_holds_code_is_passed_over(code: str) -> None:
    tree = ast.parse(code)
    found = [node for node in list_all_nodes(tree) if not isinstance(node, _WITHOUT_CODE)]
    assert found == _walk_all_fields(tree)
    assert all(isinstance(node, ast.AST) for node in list_all_nodes(tree))


def test_children_stand_in_the_order_of_the_fields() -> None:
    call = ast.parse("f(a, *b, c=d)", mode="eval").body
    assert [type(node).__name__ for node in list_children(call)] == [
        "Name", "Name", "Starred", "keyword",
    ]  # fmt: skip


def test_statements_are_found_without_going_into_expressions() -> None:
    tree = ast.parse(_ODD)
    wanted = (ast.stmt, ast.ExceptHandler, ast.match_case)
    found = list_statement_nodes(tree)
    assert found[1:] == [node for node in ast.walk(tree) if isinstance(node, wanted)]
