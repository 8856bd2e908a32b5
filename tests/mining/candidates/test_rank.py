"""What is worth a rule, by the counts alone, and what is left to mend elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.candidates.proof import Proven
from devmatrix_guard.mining.candidates.rank import (
    Judged,
    find_siblings,
    is_seen_twice,
    is_worth_a_rule,
    rate,
    represent,
)
from devmatrix_guard.mining.candidates.survey import Place
from devmatrix_guard.mining.edits.step_forms import LEFT_OUT
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.mining.candidates.test_bulk_edits import fixed
from tests.mining.edits.terms_of import form


def judged(
    left: int = 0, kind: str = "exact", name: str = "f", fix: str | None = "x", **counts: int
) -> Judged:
    known = {"commits": 3, "files": 2, "sites_fixed": 3, "followed": 2, "replay_added_lines": 2000}
    made = form(f"json.{name}($X)", "json.g($X)", kind)
    sites = (fixed("a.py", "f"), fixed("b.py", "f", day=2))
    proven = Proven(made, sites, 0, {"pattern": f"json.{name}($X)"}, "json.g($X)", fix, (), None)
    evidence = Evidence(**{**known, **counts})  # type: ignore[arg-type]  # all of these are counts
    return Judged(proven, evidence, tuple(Place("a.py", n + 1) for n in range(left)), ())


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, True),
        ({"left_alone": 3}, True),
        ({"left_alone": 4}, False),
        ({"followed": 0}, False),
        ({"replay_alarms": 3}, True),
        ({"replay_alarms": 4, "sites_fixed": 9}, True),
        ({"replay_alarms": 5, "sites_fixed": 9}, False),
        ({"replay_alarms": 4}, False),
        ({"replay_alarms": 1, "replay_added_lines": 0}, True),
        ({"replay_alarms": 2, "replay_added_lines": 0}, False),
    ],
)
def test_repository_agrees_with_the_fix_more_often_than_not(
    counts: dict[str, Any], expected: bool
) -> None:
    assert is_worth_a_rule(judged(**counts)) is expected


def test_call_that_was_left_out_is_followed_by_nothing() -> None:
    assert is_worth_a_rule(judged(followed=0, kind=LEFT_OUT))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"sites_fixed": 1, "followed": 1}, False),
        ({"sites_fixed": 2, "followed": 1}, True),
        ({"sites_fixed": 1, "followed": 2}, True),
        ({"sites_fixed": 1, "followed": 1, "left_alone": 1}, True),
    ],
)
def test_one_place_alone_is_not_seen_twice(counts: dict[str, Any], expected: bool) -> None:
    assert is_seen_twice(judged(**counts)) is expected


@pytest.mark.parametrize(("left", "count"), [(0, 0), (1, 1), (5, 1), (6, 0)])
def test_siblings_are_left_in_a_few_places(left: int, count: int) -> None:
    assert len(find_siblings([judged(left)])) == count


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"sites_fixed": 4}, {}),
        ({"commits": 4}, {}),
        ({"files": 3}, {}),
        ({"followed": 9}, {}),
        ({}, {"left_alone": 1}),
        ({}, {"replay_alarms": 1}),
    ],
)
def test_more_evidence_is_worth_more(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert rate(judged(**better)) > rate(judged(**worse))


def test_fix_that_is_proven_is_worth_more() -> None:
    assert rate(judged()) > rate(judged(fix=None))


def test_following_in_thirty_places_is_as_good_as_in_more() -> None:
    assert rate(judged(followed=30)) == rate(judged(followed=300)) > rate(judged(followed=29))


def test_every_site_is_spoken_for_once_by_the_best_form() -> None:
    best, other = judged(sites_fixed=9), judged(name="h")
    assert represent([other, best]) == [best]
