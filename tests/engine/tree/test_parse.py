"""What is read of code that may be anything, and the nodes of what could be read."""

import ast

import pytest

from devmatrix_guard.engine.tree.parse import list_levels, list_nodes, parse_code, parse_source

CODE = """
@cached
class Point(Base, key=1):
    x: int = -1
    async def move(self, *by, to=None, **rest):
        self.x += by[0] if by else not to
        return {**rest, 'a': [y async for y in to if y < 1 <= 2]}, f'{self.x!r}', lambda z: (z, *by)
"""


def test_the_nodes_are_those_of_a_walk_without_contexts() -> None:
    tree = ast.parse(CODE)
    walked = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    assert list_nodes(tree) == walked
    assert [node for level in list_levels(tree) for node in level] == walked


def test_a_level_is_what_stands_in_the_one_above() -> None:
    levels = list_levels(ast.parse("a = -b"))
    assert [[type(node).__name__ for node in level] for level in levels] == [
        ["Module"],
        ["Assign"],
        ["Name", "UnaryOp"],
        ["USub", "Name"],
    ]


@pytest.mark.parametrize("code", ["x = ", b"x = '\xff'", "\0", "(" * 10_000])
def test_what_cannot_be_read_has_no_tree(code: str | bytes) -> None:
    assert parse_source(code) is None
    assert parse_code(code, "eval") is None


def test_an_expression_is_no_file() -> None:
    assert isinstance(parse_code("a + 1", "eval"), ast.Expression)
    assert isinstance(parse_source("a + 1"), ast.Module)
