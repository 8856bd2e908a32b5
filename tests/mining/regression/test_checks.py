"""What an assertion of Python asks for: when another asks for less, and when for as much."""

from __future__ import annotations

import pytest

from tests.mining.regression.test_change import kinds, lose

TEST = "def test_a():\n    assert {}\n"
# (before, after): what the second lets pass and the first does not.
WEAKER = [
    ("f() == pytest.approx(3, 0.01)", "f() == pytest.approx(3, 0.5)"),
    ("f() == pytest.approx(3, 0, 0.01)", "f() == pytest.approx(3, 0, 0.5)"),
    ("math.isclose(f(), 3, rel_tol=0.01)", "math.isclose(f(), 3, rel_tol=0.5)"),
    ("abs(f() - 3) < 0.1", "abs(f() - 3) < 1"),
    ("f() == 3", "abs(f() - 3) < 1"),
    ("f() == 3", "math.isclose(f(), 3)"),
    ("f() == 3", "f() != 4"),
    ("f() == 'ab'", "f().startswith('a')"),
    ("f().startswith('ab')", "f().startswith('a')"),
    ("f() == [1, 2]", "1 in f()"),
    ("f() > 3", "f() >= 3"),
    ("f() > 3", "f() > 2"),
    ("f() is None", "not f()"),
    ("isinstance(f(), int)", "f()"),
]
AS_STRONG = [
    ("bool(f())", "f()"),
    ("f()", "bool(f())"),
    ("bool(f() == 3)", "f() == 3"),
    ("not bool(f())", "not f()"),
    ("not f()", "f() == False"),
    ("f() == False", "not f()"),
    ("not f() == 3", "f() != 3"),
    ("3 == f()", "f() == 3"),
    ("f() != None", "f() is not None"),
    ("f() == 1, 'why'", "f() == 1"),
    ("f() and g()", "g() and f()"),
    ("not (f() or g())", "not f() and not g()"),
    ("abs(f() - 3) < 0.1", "f() == pytest.approx(3, abs=0.1)"),
]
STRONGER = [
    ("f() == pytest.approx(3, 0.5)", "f() == pytest.approx(3, 0.01)"),
    ("math.isclose(f(), 3, rel_tol=0.5)", "math.isclose(f(), 3, rel_tol=0.1)"),
    ("abs(f() - 3) < 1", "f() == 3"),
    ("f() >= 3", "f() > 3"),
    ("f() > 2", "f() > 3"),
    ("1 in f()", "f() == [1]"),
    ("f() is not None", "f() == 3"),
]
OTHERWISE = [
    ("not f()", "f()"),
    ("isinstance(f(), bool)", "isinstance(f(), int)"),
    ("f() == 1", "f() == 1 or g()"),
]


def compare(before: str, after: str) -> list[str]:
    return kinds(lose(TEST.format(before), TEST.format(after)))


@pytest.mark.parametrize(("before", "after"), WEAKER)
def test_what_asks_for_less_is_weakened(before: str, after: str) -> None:
    assert compare(before, after) == ["weakened"]


@pytest.mark.parametrize(("before", "after"), [*AS_STRONG, *STRONGER])
def test_what_asks_for_as_much_or_more_takes_nothing(before: str, after: str) -> None:
    assert compare(before, after) == []


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_what_asks_for_something_else_is_said_to(before: str, after: str) -> None:
    assert compare(before, after) == ["different"]


def test_one_of_two_that_is_gone_is_removed() -> None:
    assert compare("f() == 1 and g() == 2", "f() == 1") == ["removed"]
