"""The work of one rule in one file has an end, and what ran out of it is said."""

from __future__ import annotations

import time

import pytest

from devmatrix_guard.engine.budget import Effort, TooMuchWorkError
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.errors import RuleError


def test_steps_can_be_spent_until_none_are_left() -> None:
    effort = Effort(3)
    effort.spend(2)
    effort.spend(1)
    with pytest.raises(TooMuchWorkError, match="too many ways"):
        effort.spend(1)


EVERYTHING_MATCHES = "a = 1\nfoo(a)\n" * 1_000


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        pytest.param("...\n$X = 1\n...\nfoo($X)\n...", EVERYTHING_MATCHES, id="statements"),
        pytest.param("$...A\nfoo($X)\n$...B", EVERYTHING_MATCHES, id="bound statements"),
        pytest.param("f(..., $A, ..., $B, ..., $C, ...)", f"f({'a, ' * 400})", id="arguments"),
        pytest.param("[..., $A, ..., $B, ..., $C, ...]", f"[{'a, ' * 400}]", id="items"),
        pytest.param("$A and $B and $C and $D", " and ".join("a" * 400), id="operands"),
        pytest.param("f($...A, $...B, $...C)", f"f({'a, ' * 400})", id="bound arguments"),
    ],
)
def test_a_pattern_that_matches_in_too_many_ways_is_stopped(pattern: str, source: str) -> None:
    started = time.process_time()
    with pytest.raises(RuleError, match="too many ways"):
        find_matches(pattern, source)
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        pytest.param("...\n$X = 1\n...\nfoo($X)", "v{0} = 2\nbar(v{0})\n", id="leading ellipsis"),
        pytest.param("$X = 1\n...\nfoo($X)", "v{0} = 1\nfoo(v{0})\n", id="shared metavariable"),
        pytest.param(
            "def $F(...):\n    ...\n    $X = 1\n    ...\n    foo($X)\n    ...",
            "def f{0}(a):\n    v = 1\n    if a:\n        foo(v)\n    bar(v)\n",
            id="bodies",
        ),
        pytest.param("if <... foo(...) ...>: ...", "if a.b(foo({0})).c:\n    d()\n", id="deep"),
    ],
)
def test_time_grows_with_the_file_and_not_with_its_square(pattern: str, unit: str) -> None:
    times = []
    for count in (300, 2_400):
        source = "".join(unit.format(number) for number in range(count))
        started = time.process_time()
        find_matches(pattern, source)
        times.append(time.process_time() - started)
    assert times[1] < 8 * 3 * times[0]
