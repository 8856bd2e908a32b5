"""A proof reads only the statements that matter to it, and all of those."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from devmatrix_guard.engine.fixing.binding import Change
from devmatrix_guard.engine.fixing.expected import TreeIndex
from devmatrix_guard.engine.fixing.fixes import build_fixes
from devmatrix_guard.engine.fixing.partial import PartialScan
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.tree.source_text import encode_source

FIXED = "def near(value):\n    return order(value)\n"
EXAMPLE = {"invalid": "order(a)\n", "fixed": "sorted(a)\n"}
RULE: dict[str, Any] = {
    "id": "r",
    "pattern": "order($X)",
    "fix": "sorted($X)",
    "metadata": {"guard": {"examples": [EXAMPLE]}},
}


@pytest.mark.parametrize(
    "far",
    [
        "def far():\n    global sorted\n    sorted = 1\n",
        "class Far:\n    def go(self):\n        global sorted\n        import a as sorted\n",
        "try:\n    from a import *\nexcept E:\n    pass\n",
        "if a:\n    from a import \\\n        *\n",
        "ſorted = 1\n",
        "def far():\n    global ｓorted\n    ｓorted = 1\n",
        "a = 1; sorted = 2\n",
    ],
)
@pytest.mark.parametrize("is_above", [True, False])
def test_a_statement_far_away_that_binds_the_name_is_seen(far: str, is_above: bool) -> None:
    code = far + FIXED if is_above else FIXED + far
    (fix,) = build_fixes([(RULE, match) for match in find_matches(RULE, code)], code.encode())
    assert fix is not None and fix.doubt and "sorted" in fix.doubt.sentence


def test_a_statement_that_names_nothing_of_the_fix_is_not_read() -> None:
    code = FIXED + "def far():\n    return sort(value)\nunsorted = sorted_too = 1\n"
    tree = ast.parse(code)
    index = TreeIndex(tree, encode_source(code))
    index.cover(tree.body[:1])
    change = Change(frozenset(), 2, {"sorted": "a.sorted"})
    for analysis in PartialScan(index, encode_source(code)).analyse([change]):
        assert {"near", "value", "order"} <= {o.name for o in analysis.occurrences}
        assert not {"far", "unsorted"} & {o.name for o in analysis.occurrences}


@pytest.mark.parametrize("before", ["", "é = '\N{SNOWMAN}'; "])
def test_only_the_same_text_at_the_same_columns_counts_as_copied(before: str) -> None:
    code = f"{before}a = 1; b = 2\n@c\ndef d(): pass\n"
    old, same, other = (ast.parse(text) for text in (code, "\n" + code, code.replace("@c", "@e")))
    compare = PartialScan(TreeIndex(old, encode_source(code)), encode_source(code)).compare_with
    is_same, is_other = compare("\n" + code), compare(code.replace("@c", "@e"))
    assert all(is_same(*pair) for pair in zip(old.body, same.body, strict=True))
    assert not is_same(old.body[-2], same.body[-3])
    assert not is_other(old.body[-1], other.body[-1])
