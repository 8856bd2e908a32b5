"""Whether a check of a test still asks for as much as it did before."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from devmatrix_guard.mining.regression.checks import CLOSE, RAISES, Check
from devmatrix_guard.mining.regression.strength import (
    compare_strength,
    is_rewritten,
    measure_similarity,
    shares_subject,
)

WEAKER, CHANGED, SAME = "weaker", "changed", ""


def _check(text: str, extra: str = "") -> Check:
    """Return a check written as `subject OPERATOR expected`."""
    match = re.fullmatch(r"(\S+) (not in|is not|not isinstance|\S+) ?(.*)", text)
    assert match
    return Check(match[2], match[1], match[3], extra)


COMPARED = [
    # the same operator
    ("a == 1", "a == 1", SAME),
    ("a == 1", "a == 2", CHANGED),
    ("a != 1", "a != 2", CHANGED),
    ("a is None", "a is None", SAME),
    ("a is None", "a is b", CHANGED),
    # sides of a comparison may change places
    ("a == 1", "1 == a", SAME),
    ("1 == a", "a == 1", SAME),
    ("1 == a", "b == 1", CHANGED),
    ("a == b", "c == a", CHANGED),
    ("b == a", "a != b", WEAKER),
    ("a == 1", "b == 1", CHANGED),
    ("x == a", "y == a", CHANGED),
    # another operator
    ("a == 1", "a in (1, 2)", WEAKER),
    ("a == 1", "a is 1", CHANGED),
    ("a == 1", "a < 2", WEAKER),
    ("a == 1", "a != 2", WEAKER),
    ("a == 1", "a is not None", WEAKER),
    ("a == 1", "a isinstance int", WEAKER),
    ("a in (1, 2)", "a == 1", SAME),
    ("a != 2", "a == 1", SAME),
    ("a contains 'x'", "a startswith 'x'", CHANGED),
    ("a in (1, 2)", "a < 2", WEAKER),
    ("a < 2", "a isinstance int", CHANGED),
    ("a not in b", "a != 1", WEAKER),
    # truth
    ("a true", "a == 1", SAME),
    ("a true", "a contains 1", SAME),
    ("a true", "a in b", CHANGED),
    ("a true", "a != None", CHANGED),
    ("a false", "a isinstance int", CHANGED),
    ("a == 1", "a true", WEAKER),
    # bounds
    ("a < 5", "a < 5", SAME),
    ("a < 5", "a < 6", WEAKER),
    ("a < 5", "a < 4", SAME),
    ("a < 5", "a <= 5", WEAKER),
    ("a <= 5", "a < 5", SAME),
    ("a <= 5", "a < 6", WEAKER),
    ("a > 5", "a > 4", WEAKER),
    ("a > 5", "a > 6", SAME),
    ("a > 5", "a >= 5", WEAKER),
    ("a >= 5", "a >= 5", SAME),
    ("a < 5", "a > 5", CHANGED),
    ("a >= 5", "a <= 5", CHANGED),
    ("a < n", "a < n", SAME),
    ("a < n", "a <= n", WEAKER),
    ("a < n", "a < m", CHANGED),
    ("a < 5", "a < n", CHANGED),
    ("a < -1", "a < 0", WEAKER),
    # parts of a text
    ("a contains 'xy'", "a contains 'xy'", SAME),
    ("a contains 'xy'", "a contains 'x'", WEAKER),
    ("a contains 'x'", "a contains 'xy'", SAME),
    ("a contains 'x'", "a contains 'z'", CHANGED),
    ("a startswith 'xy'", "a startswith 'x'", WEAKER),
    ("a contains x", "a contains y", CHANGED),
    ("a contains x", "a contains 'x'", CHANGED),
    ("a contains 1", "a contains 11", CHANGED),
    ("a contains b'xy'", "a contains b'x'", WEAKER),
    ("a lacks 'x'", "a lacks 'xy'", WEAKER),
    ("a lacks 'xy'", "a lacks 'x'", SAME),
    ("a lacks 'x'", "a lacks 'z'", CHANGED),
    # choices
    ("a in (1, 2)", "a in (1, 2)", SAME),
    ("a in (1, 2)", "a in (1, 2, 3)", WEAKER),
    ("a in (1, 2, 3)", "a in [1, 2]", SAME),
    ("a in (1, 2)", "a in {1, 3}", CHANGED),
    ("a in b", "a in c", CHANGED),
    ("a isinstance int", "a isinstance (int, str)", WEAKER),
    ("a isinstance int", "a isinstance int | str", WEAKER),
    ("a isinstance int | str", "a isinstance int", SAME),
    ("a isinstance int", "a isinstance object", WEAKER),
    ("a isinstance int", "a isinstance str", CHANGED),
    ("a not in (1, 2)", "a not in (1,)", WEAKER),
    ("a not in (1,)", "a not in (1, 2)", SAME),
    ("a not isinstance (int, str)", "a not isinstance int", WEAKER),
    # exceptions
    ("f() raises KeyError", "f() raises KeyError", SAME),
    ("f() raises KeyError", "f() raises LookupError", WEAKER),
    ("f() raises KeyError", "f() raises Exception", WEAKER),
    ("f() raises MyError", "f() raises BaseException", WEAKER),
    ("f() raises LookupError", "f() raises KeyError", SAME),
    ("f() raises KeyError", "f() raises ValueError", CHANGED),
    ("f() raises MyError", "f() raises OtherError", CHANGED),
    ("f() raises KeyError", "f() raises (KeyError, ValueError)", WEAKER),
    ("f() raises (KeyError, ValueError)", "f() raises KeyError", SAME),
    ("f() raises KeyError", "f() raises print", CHANGED),
    # methods of other languages
    ("a toBe 1", "a toBeTruthy", WEAKER),
    ("a toBeTruthy", "a toBe 1", SAME),
    ("a toBe 1", "a toEqual 1", CHANGED),
    ("a ok", "a unknown", SAME),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "outcome"), COMPARED)
def test_a_check_is_as_strong_weaker_or_another(old: str, new: str, outcome: str) -> None:
    assert compare_strength(_check(old), _check(new)) == outcome


# Each asks for less than the one before it.
WANING = [
    "toBe 1; toContain 1; toBeTruthy; toBeDefined",
    "strictEqual 1; toMatch 1; ok; notEqual 1",
    "== 1; ==~ 1; in b; < 1; not in b; != 1",
    "== 1; startswith 1; isinstance int; lacks 1; is not 1",
    "assert_called_with 1; assert_any_call 1; assert_called_once; assert_called",
    "assert_awaited_once_with 1; assert_awaited_with 1; unknown 1; assert_awaited",
    "== 1; assert_called_once_with 1; assert_called_with 1",
    "toBe 1; assert_awaited_once_with 1; toContainEqual 1; assert_has_calls 1",
    "assert_called_with 1; assert_has_calls 1; assertTrue; assertNotNull",
    "raises A; ==~ 1; contains 1; not isinstance int",
]


@pytest.mark.parametrize("row", WANING)
def test_some_ways_to_ask_are_weaker_than_others(row: str) -> None:
    checks = [_check(f"a {way}") for way in row.split("; ")]
    for stronger, weaker in pairwise(checks):
        assert compare_strength(stronger, weaker) == WEAKER
        assert compare_strength(weaker, stronger) in (SAME, CHANGED)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("", "", SAME),
        ("places=7", "places=7", SAME),
        ("places=7", "places=6", WEAKER),
        ("places=6", "places=7", SAME),
        ("", "places=6", WEAKER),
        ("", "places=8", SAME),
        ("places=8", "", WEAKER),
        ("abs=0.1", "abs=0.2", WEAKER),
        ("abs=0.2", "abs=0.1", SAME),
        ("abs=0.1", "", SAME),
        ("", "rel=0.1", WEAKER),
        ("", "rel=1e-9", SAME),
        ("rel=0.1,abs=1", "rel=0.1,abs=2", WEAKER),
        ("rel=x", "rel=y", SAME),
    ],
)
def test_a_wider_tolerance_is_weaker(old: str, new: str, outcome: str) -> None:
    one, other = (Check(CLOSE, "a", "1.0", extra) for extra in (old, new))
    assert compare_strength(one, other) == outcome
    assert compare_strength(one, other._replace(expected="2.0")) == CHANGED


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("'no key'", "'no key'", SAME),
        ("'no key'", "", WEAKER),
        ("", "'no key'", SAME),
        ("'no key'", "'key'", WEAKER),
        ("'key'", "'no key'", SAME),
        ("'key'", "'lock'", CHANGED),
    ],
)
def test_less_of_a_message_is_weaker(old: str, new: str, outcome: str) -> None:
    one, other = (Check(RAISES, "f()", "KeyError", extra) for extra in (old, new))
    assert compare_strength(one, other) == outcome


def test_what_is_asked_beside_the_value_counts() -> None:
    one, other = (Check("==", "a", "1", extra) for extra in ("x", "y"))
    assert compare_strength(one, other) == CHANGED


@pytest.mark.parametrize(
    ("old", "new", "shared"),
    [
        ("a == 1", "a == 2", True),
        ("a == 1", "2 == a", True),
        ("1 == a", "a < 2", True),
        ("a == 1", "b == 1", False),
        ("a < b", "b < a", False),
        ("a < b", "b == 1", False),
        ("a == b", "c == b", True),
        ("f() raises A", "f() raises B", True),
        ("f() raises A", "g() raises A", False),
        ("f() raises A", "f() == A", False),
        ("f() == A", "f() raises A", False),
        ("1 == 2", "1 == 2", False),
    ],
)
def test_two_checks_look_at_the_same_thing(old: str, new: str, shared: bool) -> None:
    assert shares_subject(_check(old), _check(new)) is shared


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("r.status == 200", "r.code == 200", True),
        ("a == 200", "200 == 200", False),
        ("a(b,c) true", "a(b,d) true", True),
        ("a(b,c) true", "x(y,z) true", True),
        ("abc true", "xyz true", False),
        ("a(b,1) true", "a(b,2) true", False),
        ("a(b,'x') true", "a(b,'y') true", False),
        ("a(b,c) == d(e)", "a(b,c) is d(e)", True),
        ("a(b,c) == d(e)", "a(b,c) != d(e)", False),
        ("a(b) == c(d)", "x(y) is c(d)", True),
        ("a == b", "c is d", False),
        ("a == 1", "b == 2", False),
    ],
)
def test_a_check_that_is_written_in_another_way_asks_for_the_same(
    old: str, new: str, same: bool
) -> None:
    assert is_rewritten(_check(old), _check(new)) is same


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        ("a == b", "a == b", 1.0),
        ("a == b", "c == d", 0.0),
        ("a == b", "a == d", 0.5),
        ("a == a", "a == b", 0.5),
        ("f(a) == b", "f(c) == b", 0.8),
    ],
)
def test_likeness_is_the_share_of_common_words(old: str, new: str, share: float) -> None:
    assert measure_similarity(_check(old), _check(new)) == pytest.approx(share)
    empty = Check("true", "", "")
    assert measure_similarity(empty, empty) == 0.0
