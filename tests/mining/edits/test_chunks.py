"""Only what changed is parsed, and every line keeps its number."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.edits.chunks import parse_changed
from devmatrix_guard.mining.edits.sites import find_sites


@pytest.mark.parametrize(
    "start", ["", "\n", "\n\n", "# -*- coding: utf-8 -*-\n\n", "\f\n", "  \n\t\n"]
)
def test_lines_keep_their_numbers_whatever_a_file_begins_with(start: str) -> None:
    old = f"{start}def one():\n    return 1\n\n\ndef two(x):\n    return net.get(x)\n"
    new = old.replace("get(x)", "get(x, 5)")
    versions = parse_changed(old.encode(), new.encode())
    assert versions is not None
    returned = [node for node in ast.walk(versions[1].tree) if isinstance(node, ast.Return)]
    assert [new.split("\n")[node.lineno - 1].strip() for node in returned] == [
        "return net.get(x, 5)"
    ]
    assert find_sites("a.py", old.encode(), new.encode()) is not None
