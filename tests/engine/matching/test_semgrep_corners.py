"""What Semgrep 1.185 finds in corners that no public rule had shown; the lines are its answers."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.errors import RuleError

_ENCODED = "a = b'x' b'y'\na = b'x'\na = (r'x'\n     'y')\na = 'x'\na = f'x' r'y'\n"
_FOLLOWED = (
    "def h(z):\n    s = {}\n    f(s)\n",
    "def h(z):\n    s = 'a'\n    s += {}\n    f(s)\n",
)
_BOUNDS = "def h(b):\n    t = 1\n    a[t:b]\n    a[b:t + b]\n    a[g(t):]\n    a[t]\n    a[b:, t]\n"
_WRITTEN = "def h(b):\n    t = 'a'\n    t += b\n    u = 'a'\n    del u\n    t = 'a'\n"
_STARRED = "try:\n    a()\nexcept* E:\n    b()\ntry:\n    a()\nexcept* (E, F) as e:\n    raise\n"
_WALRUS = "if (x := f()):\n    pass\nwhile (y := g()) > 1:\n    pass\nx = 1\nlambda: (q := 1)\n"
_SHIFTED = "x = 1 << 3\nx = 1 << 16\n"


def _compare(comparison: str) -> dict[str, Any]:
    condition = {"metavariable": "$N", "comparison": comparison}
    return {"patterns": [{"pattern": "$X << $N"}, {"metavariable-comparison": condition}]}


@pytest.mark.parametrize(
    ("body", "code", "lines"),
    [
        pytest.param({"pattern": 'b"..."'}, _ENCODED, [1, 1, 2], id="adjacent bytes"),
        pytest.param({"pattern": 'r"..."'}, _ENCODED, [3, 6], id="adjacent raw text"),
        pytest.param({"pattern": "1"}, _BOUNDS, [2, 6, 7], id="bounds of a slice"),
        pytest.param({"pattern": '"a"'}, _WRITTEN, [2, 3, 4, 6], id="added to, and deleted"),
        pytest.param(
            {"pattern": "try:\n    ...\nexcept $E:\n    ..."}, _STARRED, [1], id="group"
        ),
        pytest.param(
            {"pattern": "try:\n    ...\nexcept $E as $N:\n    ..."}, _STARRED, [5], id="named group"
        ),
        pytest.param({"pattern": "($X := $Y)"}, _WALRUS, [1, 3, 5, 6], id="walrus"),
        pytest.param({"pattern": "if ($X := $Y):\n    ..."}, _WALRUS, [1], id="walrus in if"),
        pytest.param(
            {"pattern": "class $C:\n    (w := 1)"},
            "class A:\n    (w := 1)\nclass B:\n    w = 1\nclass C:\n    (v := 1)\n",
            [1, 3],
            id="walrus in a class",
        ),
        pytest.param({"pattern": "return ($X := $Y)"}, _WALRUS, [], id="walrus in lambda"),
        pytest.param(_compare("1 << $N > 100"), _SHIFTED, [2], id="shifted to the left"),
        pytest.param(_compare("$N >> 1 > 5"), _SHIFTED, [2], id="shifted to the right"),
    ],
)  # fmt: skip
def test_a_corner_is_found_as_semgrep_finds_it(
    body: dict[str, Any], code: str, lines: list[int]
) -> None:
    found = find_matches({"id": "r", **body}, code)
    assert [match.start_line for match in found] == lines


def test_a_shift_that_would_fill_the_memory_is_not_worked_out() -> None:
    body = {"id": "r", **_compare("1 << ($N * 99999999) > 5")}
    assert find_matches(body, _SHIFTED) == []


@pytest.mark.parametrize("function", _FOLLOWED, ids=["assigned", "added"])
@pytest.mark.parametrize(
    ("value", "is_known"),
    [
        ("'a'", True),
        ("'a' 'b'", True),
        ("'a' + 'b'", True),
        ("f'a'", True),
        ("f'a{s}'", True),
        ("b'a'", False),
        ("r'a'", False),
        ("u'a'", False),
        ("'a' + r'b'", False),
        ("f'a{1}'", False),
    ],
)
def test_a_name_stands_for_a_literal_without_a_prefix(
    function: str, value: str, is_known: bool
) -> None:
    code = function.format(value if "s +=" in function else value.replace("{s}", '{"s"}'))
    assert bool(find_matches({"id": "r", "pattern": 'f("...")'}, code)) is is_known


@pytest.mark.parametrize("pattern", ["($X: int)", "f(($X: str), a)", 'f"{$X:...}"'])
def test_what_semgrep_reads_otherwise_or_not_at_all_is_left_to_it(pattern: str) -> None:

    with pytest.raises(RuleError, match=r"needs semgrep: .+"):
        find_matches({"id": "r", "pattern": pattern}, "a\n")
