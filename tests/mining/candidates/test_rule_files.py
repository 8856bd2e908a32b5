"""Learning owns a rule file until a person edits it; then only its evidence is renewed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from devmatrix_guard.mining.candidates.learned_rules import read_evidence
from devmatrix_guard.mining.candidates.rule_files import (
    CHANGED,
    KEPT,
    NEW,
    SAME,
    is_untouched,
    merge_rule,
    read_stage,
)


def mapping(commits: int = 3, message: str = "m") -> dict[str, Any]:
    guard = {"origin": "mined", "stage": "warn", "evidence": {"commits": commits, "files": 2}}
    return {"id": "r", "message": message, "pattern": "f()", "metadata": {"guard": guard}}


def test_new_file_is_sealed_and_comes_back_the_same() -> None:
    first = merge_rule(None, mapping())
    assert first.status == NEW
    assert is_untouched(first.text)
    assert merge_rule(first.text, mapping()) == (first.text, SAME)


def test_file_nobody_edited_is_written_anew() -> None:
    first = merge_rule(None, mapping()).text
    second = merge_rule(first, mapping(message="other"))
    assert second.status == CHANGED
    assert second.text == merge_rule(None, mapping(message="other")).text


def test_file_a_person_edited_keeps_all_but_its_evidence() -> None:
    edited = merge_rule(None, mapping()).text.replace("message: m", "message: mine  # so there")
    assert not is_untouched(edited)
    found = merge_rule(edited, mapping(commits=9, message="other"))
    assert found.status == KEPT
    assert found.text == edited.replace("commits: 3", "commits: 9")


def test_file_whose_evidence_a_person_took_out_stays() -> None:
    text = "rules:\n  - id: r\n"
    assert merge_rule(text, mapping()) == (text, KEPT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rules: []",
        "rules: 1",
        "- a",
        "a: [",
        "rules: [{id: r}]",
        "rules: [{metadata: {guard: {}}}]",
    ],
)
def test_file_that_is_no_rule_of_ours_is_a_persons(text: str) -> None:
    assert not is_untouched(text)
    assert read_stage(text) == ""


def test_stage_is_read_from_the_file() -> None:
    assert read_stage(merge_rule(None, mapping()).text) == "warn"


@pytest.mark.parametrize(
    ("record", "values"),
    [
        ({"commits": 3, "confidence": "0.5000"}, {"commits": 3, "confidence": 0.5}),
        ({"commits": "many", "files": None}, {"commits": 0, "files": 0}),
        ({"commits": float("inf"), "wilson_low": "nan"}, {"commits": 0, "wilson_low": 0.0}),
        ({"replay": {"commits": 4, "alarms": ["a", 1]}}, {"replay_commits": 4, "replay_alarms": 2}),
        ({"replay": 7, "files": 2}, {"replay_commits": 0, "files": 2}),
        ({"not_higher_because": ["x"]}, {"reasons": ("x",)}),
        ({"not_higher_because": "x"}, {"reasons": ()}),
    ],
)
def test_evidence_is_read_as_far_as_it_goes(record: dict[str, Any], values: dict[str, Any]) -> None:
    found = read_evidence(record)
    assert {name: getattr(found, name) for name in values} == values


@pytest.mark.parametrize("record", [None, {}, [], "text", 3])
def test_no_evidence_is_none(record: object) -> None:
    assert read_evidence(record) is None


def test_rule_text_is_yaml_with_blocks() -> None:
    text = merge_rule(None, mapping() | {"pattern": "if a:\n    b\n"}).text
    assert "pattern: |\n" in text
    assert yaml.safe_load(text)["rules"][0]["pattern"] == "if a:\n    b\n"
