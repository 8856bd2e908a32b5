"""What a candidate is worth in numbers, and when it is a mere exception of a refuted one."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.candidates.proof import Proven
from devmatrix_guard.mining.candidates.rank import Judged, drop_overfitted, rate, represent
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.mining.candidates.test_bulk_edits import fixed
from tests.mining.edits.terms_of import form

GENERAL, EXACT = "json.f($...ARGS)", "json.f($X, 1, 2)"
ONCE, TWICE = ((1,), (1, 2))


def judged(
    before: str = GENERAL,
    days: tuple[int, ...] = ONCE,
    *,
    kind: str = "exact",
    fix: str | None = None,
    path: str = "a.py",
    **counts: Any,
) -> Judged:
    """Return a candidate of one file that was mended on some days."""
    known = {"commits": 1, "files": 1, "sites_fixed": 1} | counts
    made = form(before, "json.g($X)", kind)
    sites = tuple(fixed(path, "f", day=day) for day in days)
    proven = Proven(made, sites, 0, {"pattern": before}, "json.g($X)", fix, (), None)
    return Judged(proven, Evidence(**known), (), ())


@pytest.mark.parametrize(
    ("left_alone", "days", "path", "is_kept"),
    [
        (2, ONCE, "a.py", False),
        (1, ONCE, "a.py", True),  # the tree does not disagree
        (0, ONCE, "a.py", True),
        (2, TWICE, "a.py", True),  # it was made again
        (2, ONCE, "b.py", True),  # it is another edit
    ],
)
def test_the_exact_form_of_what_most_calls_go_without_is_dropped(
    left_alone: int, days: tuple[int, ...], path: str, is_kept: bool
) -> None:
    refuted = judged(left_alone=left_alone)
    exact = judged(EXACT, days, path=path)
    assert drop_overfitted([refuted, exact]) == ([refuted, exact] if is_kept else [refuted])
    assert drop_overfitted([exact]) == [exact]


def test_the_general_form_is_not_dropped_for_the_exact_one() -> None:
    refuted, general = judged(EXACT, left_alone=2), judged()
    assert drop_overfitted([refuted, general]) == [refuted, general]


def test_more_left_alone_than_mended_refutes() -> None:
    for left_alone, count in ((3, 2), (4, 1)):
        refuted = judged(left_alone=left_alone, sites_fixed=3)
        assert len(drop_overfitted([refuted, judged(EXACT)])) == count


@pytest.mark.parametrize(
    ("counts", "worth"),
    [
        ({}, 3.0 + 1.0),  # one site, and an imported name
        ({"sites_fixed": 3}, 6.0 + 1.0),
        ({"commits": 4}, 3.0 + 4.0 + 1.0),
        ({"files": 4}, 3.0 + 2.0 + 1.0),
        ({"followed": 1}, 3.0 + 0.7 + 1.0),
        ({"left_alone": 3}, 3.0 + 1.0 - 4.0),
        ({"replay_alarms": 3}, 3.0 + 1.0 - 6.0),
        ({"fix": "x"}, 3.0 + 1.0 + 1.0),
        ({"before": "helper($X)"}, 3.0),
    ],
)
def test_a_candidate_is_worth_what_its_counts_say(counts: dict[str, Any], worth: float) -> None:
    assert rate(judged(**counts)) == pytest.approx(worth)


def test_of_equal_ones_a_forgotten_argument_comes_first_and_then_the_general() -> None:
    exact, general = judged(EXACT, path="a.py"), judged(path="b.py")
    keyword = judged("json.f($X, 1, 2, 3)", kind="keyword", path="c.py")
    assert represent([exact, keyword, general]) == [keyword, general, exact]


def test_two_that_look_for_the_same_are_one() -> None:
    first, second = judged(path="a.py", commits=2), judged(path="b.py")
    assert represent([second, first]) == [first]


@pytest.mark.parametrize(("own", "is_kept"), [(1, False), (2, True)])
def test_one_that_repeats_half_of_a_better_one_adds_nothing(own: int, is_kept: bool) -> None:
    better = judged(days=(1,), commits=9)
    other = judged("json.f($X, 1)", days=tuple(range(1, 2 + own)))
    assert (other in represent([better, other])) is is_kept
