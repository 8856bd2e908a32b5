"""Expressions that say the same in another order are one to what is remembered of fixes."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.parts import describe_python
from tests.mining.undo.test_index import LOAD, matches_of


def read_keys(code: str) -> tuple[int, int]:
    (parts,) = describe_python(code.encode())
    return parts.hash_exact(), parts.hash_loose()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > y", "y < x"),
        ("x >= 1", "1 <= x"),
        ("x == 1", "1 == x"),
        ("a == b", "b == a"),
        ("x is None", "None is x"),
        ("len(x) != y.size", "y.size != len(x)"),
        ("not x in y", "x not in y"),
        ("not (x == y)", "x != y"),
        ("x + 1", "1 + x"),
        ("2 * x.size", "x.size * 2"),
        ("f(a=1, b=2)", "f(b=2, a=1)"),
        ("while x > y:", "while y < x:"),
    ],
)
def test_the_same_in_another_order_has_the_same_keys(one: str, other: str) -> None:
    assert read_keys(one) == read_keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > y", "x < y"),
        ("x >= y", "x > y"),
        ("x - 1", "1 - x"),
        ("x + y", "y + x"),
        ("x and y", "y and x"),
        ("f(a, b)", "f(b, a)"),
        ("f(a=1, **b)", "f(**b, a=1)"),
        ("not x < y", "x >= y"),
        ("x in y", "y in x"),
        ("x < y < z", "z < y < x"),
    ],
)
def test_what_may_differ_keeps_its_order(one: str, other: str) -> None:
    assert read_keys(one)[0] != read_keys(other)[0]


@pytest.mark.parametrize(
    "text", ["400 < answer.status", "400 < answer.status and True"], ids=["swapped", "and more"]
)
def test_old_code_that_is_back_in_another_order_is_named(text: str) -> None:
    after = LOAD.replace("answer.status > 400", "answer.status >= 400")
    change = LOAD.replace("answer.status > 400", text)
    assert [match.kind for match in matches_of(LOAD, after, {"a.py": change})] == ["both"]


def test_a_fix_that_is_only_turned_round_stands() -> None:
    after = LOAD.replace("answer.status > 400", "answer.status >= 400")
    change = LOAD.replace("answer.status > 400", "400 <= answer.status")
    assert matches_of(LOAD, after, {"a.py": change}) == []


def test_a_pattern_is_read_without_its_layout() -> None:
    lines = "import re\n\n\ndef load(path):\n    return re.match({}, path{})\n"
    before, after = (lines.format(p, "") for p in (r"r'\d+-[a b]'", r"r'\d+-[a b]+$'"))
    laid_out = lines.format(r"r'''\d+ - [a b] # a code'''", ", re.VERBOSE")
    assert [match.kind for match in matches_of(before, after, {"a.py": laid_out})] == ["both"]
    for flags in ("re.X", "flags=re.VERBOSE"):
        same = lines.format(r"r'''\d+ - [a b]+ $ # a code'''", f", {flags}")
        assert matches_of(before, after, {"a.py": same}) == []


def test_taking_the_last_is_one_however_it_is_written() -> None:
    lines = "def load(rows, names):\n    check(rows)\n{}    return rows\n"
    before, after = lines.format("    rows.pop()\n    names.pop(3)\n"), lines.format("")
    change = {"a.py": lines.format("    del rows[-1]\n    del names[3]\n")}
    assert [match.kind for match in matches_of(before, after, change)] == ["put-back"]
    change = {"a.py": lines.format("    rows = rows[:-1]\n    del names[3]\n")}
    assert [match.kind for match in matches_of(before, after, change)] == ["put-back"]
    for other in ("del rows[0]", "rows = rows[:-2]", "rows = names[:-1]", "rows = rows[1:-1]"):
        assert matches_of(before, after, {"a.py": lines.format(f"    {other}\n")}) == []
