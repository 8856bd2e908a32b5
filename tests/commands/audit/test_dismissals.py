from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.commands.check.arguments.request import STAGED, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.memory.recall import recall
from devmatrix_guard.commands.rules.rules import approve_rule
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.report import CheckReport
from tests.helpers import commit, make_repo, stage, write_tree

_CALL = "import wire\n\n\ndef {0}(url):\n    return wire.get(url)\n"
_FIXED = _CALL.replace("get(url)", "get(url, timeout=3)")
NAMES = ("pay", "mail", "seat", "news")


def make_history(root: Path, names: tuple[str, ...] = NAMES) -> Path:
    """A repository that fixed one mistake again and again, so that its rule blocks."""
    repo = make_repo(root, {f"{name}.py": _CALL.format(name) for name in names})
    for day, name in enumerate(names, 1):
        commit(repo, {f"{name}.py": _FIXED.format(name)}, f"Fix {name}: it hung", day=day)
    return repo


def judge(repo: Path, rule_id: str, verdict: str, *numbers: int) -> None:
    for number in numbers:
        record = {"schema_version": 1, "rule_id": rule_id, "verdict": verdict, "reason": "why"}
        write_tree(repo, {f".guard/feedback/{number:026}.json": json.dumps(record)})


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return make_history(tmp_path / "shop")


def stage_of(repo: Path) -> str:
    (learned,) = learn(repo, again=True).rules
    return learned.stage


def test_feedback_makes_a_learned_rule_quieter_and_useful_ones_louder(history: Path) -> None:
    (learned,) = learn(history).rules
    assert learned.stage == "block"
    judge(history, learned.rule_id, "false-positive", 1, 2)
    assert stage_of(history) == "warn"
    judge(history, learned.rule_id, "false-positive", 3, 4)
    assert stage_of(history) == "candidate"
    judge(history, learned.rule_id, "useful", 5, 6, 7)
    assert stage_of(history) == "block"


def test_comments_count_if_they_say_that_it_is_wrong(history: Path) -> None:
    (learned,) = learn(history).rules
    call = "import wire\n\n\ndef {0}(url):\n    return wire.head(url)  # guard: ignore[{1}] {2}\n"
    kinds = ("reason=r kind=false-positive", "reason=r kind=wont-fix", "reason=r")
    files = {
        f"x{n}.py": call.format(f"f{n}", learned.rule_id, kind) for n, kind in enumerate(kinds)
    }
    commit(history, files, "Add", day=9)
    learn(history)
    with open_memory(".guard/memory.db", history) as memory:
        kept = memory.reviews.list_dismissals()
    assert [(one.source, one.verdict) for one in kept] == [
        ("x0.py:5", "false-positive"),
        ("x1.py:5", "wont-fix"),
    ]


def test_verdicts_of_other_repositories_count(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", str(tmp_path / "shared.db"))
    (learned,) = learn(history).rules
    other = make_history(tmp_path / "other", ("a", "b", "c", "d"))
    judge(other, learned.rule_id, "false-positive", 1, 2)
    learn(other)
    assert stage_of(history) == "warn"


def test_a_rule_that_somebody_edited_keeps_its_stage(history: Path) -> None:
    (learned,) = learn(history).rules
    approve_rule(history, learned.rule_id, stage="warn")
    judge(history, learned.rule_id, "false-positive", 1, 2, 3, 4)
    assert stage_of(history) == "warn"


def test_a_rule_that_learning_does_not_own_is_named(history: Path) -> None:
    judge(history, "ours", "false-positive", 1, 2, 3, 4)
    notes = learn(history).notes
    assert [note for note in notes if "guard rules retire ours" in note]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"rule_id": 3, "verdict": "useful"}', '{"rule_id": "", "verdict": "x"}']
)
def test_broken_feedback_is_left_out(history: Path, text: str) -> None:
    write_tree(history, {".guard/feedback/x.json": text})
    learn(history)
    with open_memory(".guard/memory.db", history) as memory:
        assert memory.reviews.list_dismissals() == ()


def check(repo: Path, files: dict[str, str]) -> CheckReport:
    stage(repo, files)
    return examine_request(CheckRequest(scope=STAGED), repo)


def test_a_dismissed_finding_is_silent_in_other_files_and_repositories(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", str(tmp_path / "shared.db"))
    learn(history)
    (found,) = check(history, {"new.py": _CALL.format("again")}).findings
    record = {"rule_id": found.rule_id, "verdict": "false-positive", "reason": "why"}
    record |= {"fingerprint": found.fingerprint, "path": found.path}
    write_tree(history, {".guard/feedback/1.json": json.dumps(record)})
    learn(history, again=True)
    other = make_history(tmp_path / "other", ("a", "b", "c", "d"))
    learn(other)
    for repo in (history, other):
        report = check(repo, {"else.py": _CALL.format("again"), "new.py": "x = 1\n"})
        assert [(one.finding.path, one.how) for one in report.suppressed] == [
            ("else.py", "feedback")
        ]
        assert report.findings == ()
        assert check(repo, {"else.py": _CALL.format("other"), "new.py": "x = 1\n"}).findings


def test_a_dismissed_undone_fix_is_silent(history: Path) -> None:
    learn(history)
    found = [
        f for f in check(history, {"pay.py": _CALL.format("pay")}).findings if f.kind == "undo"
    ]
    record = {"rule_id": "undo-of-fix", "verdict": "false-positive", "reason": "why"}
    record |= {"fingerprint": found[0].fingerprint}
    write_tree(history, {".guard/feedback/1.json": json.dumps(record)})
    learn(history, again=True)
    report = check(history, {"pay.py": _CALL.format("pay")})
    assert [f for f in report.findings if f.kind == "undo"] == []
    assert "undo-of-fix" in {one.finding.rule_id for one in report.suppressed}


def test_recall_leaves_out_a_rule_that_many_contradict(history: Path) -> None:
    rule = (
        "rules:\n  - id: ours\n    languages: [python]\n    severity: ERROR\n    message: No.\n"
        "    pattern: wire.get(...)\n    metadata: {guard: {stage: block}}\n"
    )
    write_tree(history, {".guard/rules/ours.yml": rule})
    learn(history)
    assert "ours" in {lesson.place for lesson in recall(history, "pay.py").lessons}
    judge(history, "ours", "false-positive", 1, 2, 3, 4)
    learn(history, again=True)
    assert "ours" not in {lesson.place for lesson in recall(history, "pay.py").lessons}
