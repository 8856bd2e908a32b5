"""What repaired an error once is tried first when a similar one is met."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.regeneration.interrupted import run_undo
from devmatrix_guard.commands.application.repair import run_repair
from devmatrix_guard.generator.repairs import REPAIRS
from devmatrix_guard.model.knowledge.learning import CheckOutcome
from tests.commands.loop.helpers import (
    edit,
    failed,
    generate,
    judge,
    open_repo_memory,
    passed,
)
from tests.helpers import tree_bytes

PYTHON = Path(sys.executable)
IMPORT = "from sqlalchemy import ColumnElement\n"


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests share their machine."""
    monkeypatch.setenv("GUARD_LOOK_BACK_MS", "60000")


def service(noun: str) -> str:
    return f"src/services/{noun}_service.py"


def lint_error(noun: str) -> CheckOutcome:
    return failed("lint", "Found 1 error.", f"{service(noun)}: F401 [*] `os` imported but unused")


def make_mistake(repo: Path, noun: str) -> None:
    """Generate an application, and leave an import behind that nothing uses."""
    generate(repo, noun.title())
    edit(repo / f"{noun}s" / service(noun), IMPORT, f"import os\n\n{IMPORT}")
    judge(repo, f"{noun}s", lint_error(noun))


def teach(repo: Path) -> None:
    """Make the mistake, and repair it as a person."""
    make_mistake(repo, "note")
    edit(repo / "notes" / service("note"), f"import os\n\n{IMPORT}", IMPORT)
    (learned,) = judge(repo, "notes", *passed("lint")).learned
    assert (learned.cause, learned.fix_origin) == ("person", "person")


def test_a_mistake_that_was_repaired_once_is_repaired_by_the_same_edit(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    result = run_repair(repo / "memos", python=PYTHON)
    assert list(result.files) == [service("memo")]
    assert "import os" not in (repo / "memos" / service("memo")).read_text()
    (said,) = result.past
    assert said.startswith("lint: ")
    assert said.endswith("a person's fix in notes, repaired it")


def test_what_became_of_a_past_fix_is_remembered(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    run_repair(repo / "memos", python=PYTHON)
    with open_repo_memory(repo) as memory:
        known = {e.fix_origin: e for e in memory.experience.list_errors(fixed=True)}
    assert (known["person"].tried, known["person"].helped) == (1, 1)


def test_a_past_fix_that_does_not_help_is_dropped(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    edit(repo / "memos" / service("memo"), "class MemoService", "class  MemoService")
    before = tree_bytes(repo / "memos")
    result = run_repair(repo / "memos", python=PYTHON)
    assert result.past[0].endswith("did not help and was dropped")
    assert tree_bytes(repo / "memos") == before


def test_a_dry_run_says_what_a_past_fix_would_do_and_writes_nothing(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    before = tree_bytes(repo / "memos")
    assert run_repair(repo / "memos", python=PYTHON, dry_run=True).past
    assert tree_bytes(repo / "memos") == before


def test_without_the_memory_no_past_fix_is_tried(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    assert run_repair(repo / "memos", python=PYTHON, memory=False).past == ()


def test_a_past_fix_is_undone_like_any_repair(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    run_repair(repo / "memos", python=PYTHON)
    run_undo(repo / "memos")
    assert "import os" in (repo / "memos" / service("memo")).read_text()


def test_what_guard_repaired_is_not_taken_for_a_person_s_edit(repo: Path) -> None:
    teach(repo)
    make_mistake(repo, "memo")
    run_repair(repo / "memos", python=PYTHON)
    assert judge(repo, "memos", *passed("lint")).learned == ()


def test_generated_code_is_generated_again_with_the_fix(repo: Path) -> None:
    generate(repo, "Memo")
    wrong = "order: list[OrderBy] = [{}Entity.id]"
    judge(repo, "memos", lint_error("memo"))
    generate(repo)
    judge(repo, "notes", lint_error("note"))
    edit(
        repo / "notes" / service("note"),
        wrong.format("Note"),
        wrong.format("Note")[:-1] + ", NoteEntity.title]",
    )
    (learned,) = judge(repo, "notes", *passed("lint")).learned
    assert learned.cause == "emitter"
    run_repair(repo / "memos", python=PYTHON)
    application = read_generated(repo / "memos")
    assert "[MemoEntity.id, MemoEntity.title]" in application.files[service("memo")]
    assert application.files == application.reference
    assert (repo / "memos" / REPAIRS).exists()
    assert run_drift(repo / "memos") == []


def test_the_repair_on_the_syntax_tree_is_remembered_as_a_fix(repo: Path) -> None:
    generate(repo)
    edit(repo / "notes/src/api/routes/note.py", "status_code=201", "status_code=200")
    result = run_repair(repo / "notes")
    assert result.repaired
    with open_repo_memory(repo) as memory:
        (known, *_) = memory.experience.list_errors(fixed=True)
    assert (known.check, known.fix_origin, known.iterations) == ("compliance", "repair", 1)
    assert known.compliance_before is not None
    assert known.compliance_before < 1.0 == known.compliance_after
