"""What a rule file says of its evidence is what was counted, and its id says what it is about."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.candidates.learned_rules import (
    build_rule_id,
    read_evidence,
    write_evidence,
    write_rule,
)
from devmatrix_guard.model.knowledge.pattern import Evidence
from tests.contract.build import fix_pattern


def test_evidence_is_read_as_it_was_written() -> None:
    pattern = fix_pattern()
    record = write_evidence(pattern)
    assert read_evidence(record) == pattern.evidence
    assert record["stage"] == "advise"
    assert (record["confidence"], record["wilson_low"]) == ("0.6000", "0.2000")
    assert "also" not in write_evidence(fix_pattern(evidence=Evidence()))


@pytest.mark.parametrize(
    ("record", "evidence"),
    [
        ({"commits": 3}, Evidence(commits=3)),
        ({"commits": "3"}, Evidence(commits=3)),
        ({"commits": "many", "files": None}, Evidence()),
        ({"commits": float("inf"), "confidence": "nan"}, Evidence()),
        ({"replay": {"commits": 4, "alarms": ["a", 1]}},
         Evidence(replay_commits=4, replay_alarms=2, alarms=("a", "1"))),
        ({"replay": 7, "also": "ruff"}, Evidence()),
        ({"not_higher_because": ["few"]}, Evidence(reasons=("few",))),
    ],
)  # fmt: skip
def test_what_a_rule_file_does_not_hold_was_not_counted(
    record: dict[str, Any], evidence: Evidence
) -> None:
    assert read_evidence(record) == evidence


@pytest.mark.parametrize("record", [None, {}, [], "a", 7])
def test_a_rule_without_evidence_has_none(record: Any) -> None:
    assert read_evidence(record) is None


@pytest.mark.parametrize(
    ("before", "after", "anchors", "named"),
    [
        ("json.loads($X)", "json.load($X)", ("json.loads",), "json-loads"),
        ("json.load($X)", "json.load($X, strict=True)", ("json.load",), "json-load-strict"),
        ("json.load($X)", "read($X, strict=True)", ("json.load",), "json-load"),
        ("json.load($X)", "json.load($X, a=1, b=2)", ("json.load",), "json-load"),
        ("json.load($X)", None, ("json.load",), "json-load"),
        ("a.b($X)", "longest.of_all($X)", ("a.b", "much.longer.name"), "much-longer-name"),
    ],
)
def test_an_id_says_what_goes_or_what_is_added(
    before: str, after: str | None, anchors: tuple[str, ...], named: str
) -> None:
    pattern = fix_pattern("0123456789abcdef", before=before, after=after, anchors=anchors)
    assert build_rule_id(pattern).endswith(f"{named}-01234567")


def test_code_stands_in_blocks_and_lists_below_their_keys() -> None:
    assert write_rule({"id": "a", "languages": ["python"], "pattern": "f()\ng()\n"}) == (
        "rules:\n  - id: a\n    languages:\n      - python\n    pattern: |\n      f()\n      g()\n"
    )


@pytest.mark.parametrize(
    ("fixed", "followed", "left", "share"),
    [(0, 0, 5, 0.0), (3, 0, 1, 0.75), (3, 9, 1, 0.9), (3, 3, 0, 1.0)],
)
def test_the_share_that_is_written_the_new_way(
    fixed: int, followed: int, left: int, share: float
) -> None:
    evidence = Evidence(sites_fixed=fixed, followed=followed, left_alone=left)
    assert evidence.share_done == share


@pytest.mark.parametrize(
    ("commits", "bulk", "is_migration"),
    [(1, 0, False), (1, 1, True), (2, 1, True), (3, 1, False), (3, 2, True)],
)
def test_bulk_edits_without_two_fixes_are_a_migration(
    commits: int, bulk: int, is_migration: bool
) -> None:
    assert Evidence(commits=commits, bulk_commits=bulk).is_migration is is_migration
