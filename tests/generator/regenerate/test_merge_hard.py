"""Texts that nobody would write: the merge neither fails nor loses a line."""

from __future__ import annotations

import ast
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts
from tests.generator.regenerate.test_merge import merged

PIECES = [
    "x = 1\n",
    "x: int = 1  # why\n",
    "y = [1, 2]\n",
    "y = [1, 2, 3]\n",
    "from a import b\n",
    "from a import b, c\n",
    "import os, sys\n",
    "class A:\n    pass\n",
    "class A(B):\n    x: int\n\n    y: str = ''\n",
    "def f(a, *, b=1): return a\n",
    "def f(a, b=1):\n    if a:\n        return b\n    else:\n        return a\n",
    "@d(1)\n@e\ndef f(a):\n    '''Doc.\n    more\n    '''\n    return a  # end\n    # tail\n",
    "match x:\n    case 1:\n        pass\n",
    "try:\n    x()\nexcept (A, B) as error:\n    raise\nfinally:\n    y()\n",
    "z = lambda a, b: (a, b)\n",
    "s = f'{x!r:>{y}}' \\\n    'more'\n",
    "t = (1,)\n",
    "d = {'a': 1, **e, 'b': [i for i, j in k if i]}\n",
    "if x: y = 1; z = 2\n",
    "# only a comment\n",
    "\n",
    "\ufeff",
    "\r\n",
    "\f\n",
    "    indented = 1\n",
    "(\n",
    '"""open\n',
    "\x00\n",
    "no end",
    '{"a": 1, "b": [1, {"c": null}]}\n',
    '{"a": 2, "b": [1, {"c": true}], "d": 1e5}\n',
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
PATHS = st.sampled_from(["a.py", "a.json", "a.toml", "requirements.txt"])


@given(PATHS, TEXTS, TEXTS, TEXTS)
def test_any_texts_can_be_merged(path: str, base: str, ours: str, theirs: str) -> None:
    result = merge_texts(path, base, ours, theirs)
    assert ("<<<<<<< yours" in render_conflicts(result)) == bool(result.conflicts)
    if path == "a.py" and not result.conflicts and _parses(ours) and _parses(theirs):
        assert _parses(result.text)
    if path == "a.json" and not result.conflicts and _is_json(ours) and _is_json(theirs):
        assert _is_json(result.text)


@given(PATHS, TEXTS, TEXTS)
def test_without_a_change_of_one_side_the_other_is_the_result(
    path: str, base: str, changed: str
) -> None:
    assert merge_texts(path, base, changed, base).text == changed
    assert merge_texts(path, base, changed, changed).text == changed


@given(TEXTS, TEXTS, TEXTS)
def test_no_word_of_people_is_lost(base: str, ours: str, theirs: str) -> None:
    result = merge_texts("a.py", base, ours, theirs)
    shown = render_conflicts(result)
    assert _words(ours) - _words(base) - _words(shown) == set()


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("base", ["", "# Generated.\n"])
def test_files_of_both_without_a_common_past_are_put_together(base: str) -> None:
    ours = "import os\n\n\ndef mine() -> str:\n    return os.name\n"
    theirs = "import sys\n\n\ndef other() -> str:\n    return sys.platform\n"
    result = merged(ours, theirs, base=base)
    assert result.conflicts == ()
    assert {node.name for node in ast.parse(result.text).body if hasattr(node, "name")} == {
        "mine",
        "other",
    }


def _parses(text: str) -> bool:
    try:
        ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except ValueError:
        return False
    return True
