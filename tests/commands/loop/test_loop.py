"""The loop as a whole: what fails once is avoided, and what a person repaired stays repaired."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.generator.bank.change import freeze_text
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.repairs import REPAIRS
from tests.commands.loop.helpers import (
    edit,
    failed,
    generate,
    judge,
    open_repo_memory,
    passed,
)
from tests.helpers import make_repo, tree_bytes

SERVICE = "src/services/note_service.py"
WRONG, RIGHT = "values = given(data, _NOTE_INPUT)", "values = dict(given(data, _NOTE_INPUT))"
BROKEN = failed("tests", f'File "/app/{SERVICE}", line 38\nTypeError: not a dict')
HANDLER = "src/api/errors.py"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests share their machine."""
    monkeypatch.setenv("GUARD_LOOK_BACK_MS", "60000")


def break_errors(repo: Path) -> None:
    """Bring a second version of the pattern `errors` into the bank, which cannot be imported."""
    with open_repo_memory(repo) as memory:
        body = PatternBank().get("errors").body + "\n\nRULES = undefined_name\n"
        freeze_text(memory.infra, PatternBank(bank=memory.infra), "errors", body, "2026-11-30")


def version_of(repo: Path, folder: str, path: str = HANDLER) -> int:
    return read_generated(repo / folder).patterns[path][1]


def repair_as_a_person(repo: Path) -> None:
    generate(repo)
    judge(repo, "notes", BROKEN)
    edit(repo / "notes" / SERVICE, WRONG, RIGHT)
    learned = judge(repo, "notes", *passed("tests")).learned
    assert [one.cause for one in learned] == ["emitter"]


def test_what_a_person_repaired_is_repaired_at_once_for_another_entity(repo: Path) -> None:
    repair_as_a_person(repo)
    generated = generate(repo, "Memo")
    assert any(line.startswith("repaired at once: tests: TypeError") for line in generated.memory)
    service = (repo / "memos/src/services/memo_service.py").read_text()
    assert "values = dict(given(data, _MEMO_INPUT))" in service


def test_repairs_are_pinned_so_that_the_application_is_true_to_its_spec(repo: Path) -> None:
    repair_as_a_person(repo)
    generate(repo, "Memo")
    with open_repo_memory(repo) as memory:
        memory.database.run("DELETE FROM error_patterns")
    verification = run_verify(repo / "memos", static=True)
    assert verification.passed
    assert not verification.compliance.deviations
    assert (repo / "memos" / REPAIRS).exists()


def test_a_repair_that_does_not_help_is_not_applied_any_more(repo: Path) -> None:
    repair_as_a_person(repo)
    for noun in ("Memo", "Task"):
        generate(repo, noun)
        detail = BROKEN.detail.replace("note", noun.lower())
        judge(repo, f"{noun.lower()}s", BROKEN._replace(detail=detail))
    generate(repo, "Plan")
    assert "dict(given" not in (repo / "plans/src/services/plan_service.py").read_text()


def test_a_version_that_fails_is_avoided_after_two_failures(repo: Path) -> None:
    generate(repo)
    break_errors(repo)
    detail = f"File \"/app/{HANDLER}\", line 99\nNameError: name 'undefined_name' is not defined"
    for noun in ("Memo", "Task"):
        generate(repo, noun)
        folder = f"{noun.lower()}s"
        assert version_of(repo, folder) == 2
        assert judge(repo, folder, failed("imports", detail)).charged == ("errors@2",)
    generated = generate(repo, "Plan")
    assert version_of(repo, "plans") == 1
    assert generated.memory[0].startswith("errors@1 instead of @2, which failed 2 of 2")


def test_a_person_s_mistakes_demote_no_version(repo: Path) -> None:
    generate(repo)
    break_errors(repo)
    generate(repo, "Memo")
    edit(repo / "memos" / HANDLER, "RULES = undefined_name", "RULES = another_name")
    for _ in range(4):
        detail = f"File \"/app/{HANDLER}\", line 99\nNameError: name 'another_name' is not defined"
        outcome = judge(repo, "memos", failed("imports", detail))
        assert outcome.charged == ()
        assert outcome.met[0].cause == "person"
    generate(repo, "Task")
    assert version_of(repo, "tasks") == 2


def test_without_the_memory_the_bytes_are_those_of_a_folder_that_has_none(
    repo: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = make_repo(tmp_path_factory.mktemp("elsewhere"))
    generate(elsewhere, "Memo")
    repair_as_a_person(repo)
    assert generate(repo, "Memo", memory=False).memory == ()
    assert tree_bytes(repo / "memos") == tree_bytes(elsewhere / "memos")
