"""The walk of a tree gives what `ast.walk` gives."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from devmatrix_guard.mining.nodes import iterate_nodes

_MINING = Path(__file__).parents[2] / "devmatrix_guard" / "mining"
SOURCES = sorted(_MINING.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(_MINING).as_posix())
def test_every_node_is_given_in_the_same_order(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    assert iterate_nodes(tree) == [*ast.walk(tree)]


def test_what_is_kept_on_a_node_is_no_part_of_the_tree() -> None:
    tree = ast.parse("a = f(b)")
    before = iterate_nodes(tree)
    tree.body[0].note = ("kept", 1)  # type: ignore[attr-defined]  # as caches on trees are
    assert iterate_nodes(tree) == before
