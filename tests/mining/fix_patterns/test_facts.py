from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.fix_patterns.facts import describe_pattern
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.knowledge import PatternNotes
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern
from devmatrix_guard.model.knowledge.pattern_facts import PatternFacts, PatternHistory
from tests.contract.build import fix_pattern, pair

LAYERS = {"3": ("app/routes/**",), "4": ("app/**",), "6": ("web/**",)}


def make(*subjects: str, paths: tuple[str, ...] = (), **facts: Any) -> FixPattern:
    """A pattern learned from one site for each subject, of nothing in particular."""
    pairs = tuple(
        pair(
            number,
            source=Source(f"{number:040x}", f"2026-01-{number:02}", subject),
            path=paths[number - 1] if paths else f"lib/part_{number}.py",
            before=f"x = go({number})",
        )
        for number, subject in enumerate(subjects or ("Fix it",), 1)
    )
    values: dict[str, Any] = {
        "before": "go($X)", "after": "run($X)", "anchors": ("lib.go",), "pairs": pairs,
        "layer": None, "severity": "WARNING", "constraints": {}, "stage": "warn",
        "evidence": Evidence(commits=len(pairs), files=1, sites_fixed=len(pairs)),
    }  # fmt: skip
    return fix_pattern(**(values | facts))


def describe(pattern: FixPattern, notes: PatternNotes | None = None, **known: Any) -> PatternFacts:
    return describe_pattern(pattern, PatternHistory(**known), layers=LAYERS, notes=notes)


BULK = Evidence(commits=1, sites_fixed=30, files=9, bulk_commits=1, followed=30, left_alone=10)


@pytest.mark.parametrize(
    ("pattern", "problem_type"),
    [
        pytest.param(make("Fix it"), None, id="a plain mistake"),
        pytest.param(make("Fix CVE-2024-1"), "Security", id="an advisory"),
        pytest.param(make("Prevent SQL injection"), "Security", id="the subject"),
        pytest.param(make(before="yaml.unsafe_load($X)"), "Security", id="the name"),
        pytest.param(make(before="eval($X)"), "Security", id="a builtin"),
        pytest.param(make(paths=("web/a.py",)), "UI-UX", id="the layer"),
        pytest.param(make(paths=("lib/a.html",)), "UI-UX", id="the suffix"),
        pytest.param(
            make("a", "b", paths=("app/routes/a.py", "app/b.py")), "Architecture", id="two layers"
        ),
        pytest.param(make(evidence=BULK), "Architecture", id="a call replaced everywhere"),
        pytest.param(
            make(evidence=BULK, after="go($X, 1)"), "Standards", id="an argument everywhere"
        ),
        pytest.param(
            make(evidence=Evidence(commits=2, also=("ruff F821",))), "Standards", id="ruff"
        ),
    ],
)
def test_the_problem_is_one_of_four_or_none(pattern: FixPattern, problem_type: str | None) -> None:
    assert describe(pattern).problem_type == problem_type


@pytest.mark.parametrize(
    ("severity", "subject", "word"),
    [
        ("INFO", "Fix it", "LOW"),
        ("WARNING", "Fix it", "MEDIUM"),
        ("ERROR", "Fix it", "HIGH"),
        ("ERROR", "Fix CVE-2024-1", "CRITICAL"),
        ("INFO", "Fix CVE-2024-1", "MEDIUM"),
    ],
)
def test_severity_is_in_the_words_of_the_notes(severity: str, subject: str, word: str) -> None:
    assert describe(make(subject, severity=severity)).severity == word


def test_tags_come_from_the_edit_the_subjects_and_the_api() -> None:
    facts = describe(make("Fix hang", "Avoid a timeout", "Fix encoding, no change"))
    assert facts.tags == ("call-replaced", "timeout", "encoding", "go")
    assert "migration" in describe(make(evidence=BULK)).tags


def test_places_give_layers_file_types_and_workflows() -> None:
    pattern = make("a", "b", paths=("app/routes/a.py", "app/x.pyi"))
    facts = describe(pattern, workflows=("WF1",), related=("p2",), tasks=("#3",))
    assert (facts.layers, facts.file_types) == ((3, 4), (".py", ".pyi"))
    assert (facts.workflows, facts.related_patterns, facts.tasks) == (("WF1",), ("p2",), ("#3",))


def test_the_steps_say_what_to_write_and_where_not() -> None:
    facts = describe(
        make(
            after="lib.run($X)",
            constraints={"pattern-not-inside": "def run(...):\n    ..."},
            evidence=Evidence(commits=1, sites_fixed=1, left_alone=2),
        )
    )
    text = "\n".join(facts.solution_steps)
    assert "Leave it where it stands in `def run(...): ...`." in text
    assert "Write `lib.run($X)` instead." in text
    assert "See that `lib` is defined or imported there." in text
    assert "Look at the 2 places" in text
    assert "Decide for each place" in describe(make(after=None)).solution_steps[-1]


def test_the_tests_of_the_fixes_verify_it() -> None:
    facts = describe(make(), tests=("tests/test_a.py::test_go",))
    assert facts.verification_steps[1:] == ("`pytest tests/test_a.py::test_go` passes.",)
    assert "write one that fails" in describe(make()).verification_steps[-1]


def test_learnings_are_counts() -> None:
    evidence = Evidence(commits=2, sites_fixed=2, left_alone=1, replay_alarms=3, reverse_edits=1)
    facts = describe(make("a", "b", evidence=evidence), days=(2, 4, 90))
    assert facts.learnings == (
        "It came back: 2 fixes from 2026-01-01 to 2026-01-02.",
        "It stood 4 days until it was fixed (the median of 3).",
        "1 places were left as they were.",
        "Written again by 3 later commits that no fix followed.",
        "1 edits went the other way.",
    )
    assert describe(make()).learnings == ()
    assert describe(make(evidence=BULK)).learnings[-1].startswith("75%")


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("block", "is stopped."),
        ("warn", "is stopped once."),
        ("advise", "advise against it."),
        ("candidate", "guard rules approve"),
    ],
)
def test_prevention_says_what_the_stage_does(stage: str, said: str) -> None:
    facts = describe(make(stage=stage))
    assert facts.prevention.startswith("In new code write `run($X)`. ")
    assert said in facts.prevention


def test_anti_patterns_are_the_form_and_the_shortest_that_were_written() -> None:
    assert describe(make("a", "b")).anti_patterns == ("go($X)", "x = go(1)", "x = go(2)")


def test_what_people_say_stands_in_the_place_of_what_was_found() -> None:
    notes = PatternNotes(
        problem_type="Security", code_type="auth_missing", problem="Anyone can read it",
        solution_steps="Ask\nThen write", tags=("auth",), anti_patterns=("go()",),
    )  # fmt: skip
    facts = describe(make(), notes)
    assert (facts.problem_type, facts.code_type) == ("Security", "auth_missing")
    assert facts.problem == "Anyone can read it"
    assert facts.solution_steps == ("Ask", "Then write")
    assert facts.tags == ("auth", "call-replaced", "go")
    assert facts.anti_patterns[0] == "go()"
    assert facts.severity == "HIGH"
    assert "problem" in facts.said
    assert "learnings" not in facts.said
