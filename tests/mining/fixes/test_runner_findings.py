"""What is said of settings, hooks and stand-ins that keep tests of fixes from proving them."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.removed_proof import (
    Unselected,
    make_hook_finding,
    make_patch_finding,
    make_unselected,
)
from devmatrix_guard.mining.regression.runner import Exclusion
from devmatrix_guard.mining.regression.stand_ins import StandIn
from devmatrix_guard.model.knowledge.fix import FixUnit

FIRST = FixUnit("1" * 40, "2024-01-02", "Fix the sum", issue="#7")
SECOND = FixUnit("2" * 40, "2024-02-03", "Fix the tax")
WHY = Exclusion("tox.ini", "addopts", "`-k add`")
ONE = Unselected("tests/test_a.py", "test_sum", (FIRST,))
TWO = Unselected("tests/test_b.py", "test_tax", (SECOND, FIRST))


@pytest.mark.parametrize(
    ("tests", "said", "commits"),
    [
        ([ONE], "`test_sum` of tests/test_a.py proves the fix", 1),
        ([ONE, TWO], "`test_sum` of tests/test_a.py and 1 more prove the fix", 2),
        ([TWO, ONE, ONE], "`test_tax` of tests/test_b.py and 2 more prove the fix", 2),
    ],
)
def test_settings_that_leave_tests_out_are_warned_of(
    tests: list[Unselected], said: str, commits: int
) -> None:
    made = make_unselected(WHY, tests, 3)
    assert (made.path, made.start_line, made.stage) == ("tox.ini", 3, "warn")
    assert "leave out a regression test: `-k add`. The test " + said in made.message
    assert len(made.sources) == commits


def test_what_is_left_out_makes_the_fingerprint_and_its_line_does_not() -> None:
    one, other = make_unselected(WHY, [ONE, TWO], 3), make_unselected(WHY, [TWO, ONE], 9)
    assert one.fingerprint == other.fingerprint
    assert make_unselected(WHY, [ONE], 3).fingerprint != one.fingerprint


@pytest.mark.parametrize(("count", "files"), [(1, "; a file with"), (2, "; 2 files with")])
def test_a_hook_that_chooses_is_advice(count: int, files: str) -> None:
    made = make_hook_finding("tests/conftest.py", "pytest_ignore_collect", 4, count)
    assert (made.path, made.start_line, made.stage) == ("tests/conftest.py", 4, "advise")
    assert f"lets `pytest_ignore_collect` take tests out of those that run{files}" in made.message
    assert made.sources == ()


@pytest.mark.parametrize(
    ("path", "patch", "tests", "said"),
    [
        ("tests/unit/conftest.py", StandIn("shop", "total", 5), ["a.py"],
         "every test below tests/unit. The tests of a.py prove"),
        ("conftest.py", StandIn("shop", "total", 5), ["a.py", "b.py", "c.py"],
         "every test below the top. The tests of a.py and 2 more prove"),
    ],
)  # fmt: skip
def test_a_stand_in_for_every_test_is_warned_of(
    path: str, patch: StandIn, tests: list[str], said: str
) -> None:
    made = make_patch_finding(path, patch, [FIRST], tests)
    assert (made.path, made.start_line, made.stage) == (path, 5, "warn")
    assert "`total`" in made.message
    assert said in made.message


def test_a_stand_in_without_a_name_goes_by_what_it_is_of() -> None:
    made = make_patch_finding("conftest.py", StandIn("shop", "", 5), [FIRST], ["a.py"])
    assert "`shop`" in made.message
