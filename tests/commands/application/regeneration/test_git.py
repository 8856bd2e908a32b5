"""What git does with regenerations: picked, reverted, stashed and carried elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.repair import run_repair
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.errors import GenerationError, SpecError
from tests.helpers import git
from tests.helpers_branches import ENTITY, Branches
from tests.specs import Spec

SECOND = "alembic/versions/0003_add_books_notes.py"


@pytest.fixture(params=[True, False], ids=["with the driver", "without it"])
def branches(request: pytest.FixtureRequest, tmp_path: Path) -> Branches:
    return Branches(tmp_path / "repo", driver=request.param)


def _isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


def _notes(spec: Spec) -> None:
    spec.add("notes", {"type": "string"})


def _both(spec: Spec) -> None:
    _isbn(spec)
    _notes(spec)


def _append(path: Path, name: str) -> None:
    path.write_text(
        f"{path.read_text()}\n    def {name}(self) -> str:\n        return self.title\n"
    )


def _write_method(app: Path) -> None:
    _append(app / ENTITY, "mine")


def _follow(branches: Branches, old: str, new: str) -> None:
    """Let a migration follow another one, as the message says."""
    path = branches.app / SECOND
    path.write_text(path.read_text().replace(f'"{old}"', f'"{new}"'))


def test_the_later_of_two_regenerations_is_picked(branches: Branches) -> None:
    """The migration that it follows is elsewhere; nobody but people knows what has run."""
    branches.branch("a", _isbn)
    assert branches.regenerate(_both).written
    branches.commit("second")
    git(branches.root, "checkout", "-q", "start")
    _write_method(branches.app)
    branches.commit("mine")
    git(branches.root, "cherry-pick", "a", check=False)
    with pytest.raises(GenerationError, match='let its `down_revision` be "0001_initial"'):
        branches.regenerate(_notes)
    _follow(branches, "0002_add_books_isbn", "0001_initial")
    result = branches.regenerate(_notes)
    assert result.written, result.blockers
    text = (branches.app / ENTITY).read_text()
    assert "isbn" not in text
    assert "notes" in text
    assert text.count("def mine") == 1
    assert [(d.kind, d.path) for d in run_drift(branches.app)] == [
        ("edited", SECOND),
        ("edited", ENTITY),
    ]


def test_the_earlier_of_two_regenerations_is_reverted(branches: Branches) -> None:
    branches.branch("a", _isbn, _write_method)
    assert branches.regenerate(_both).written
    branches.commit("second")
    git(branches.root, "revert", "--no-edit", "HEAD~1", check=False)
    with pytest.raises(GenerationError, match='let its `down_revision` be "0001_initial"'):
        branches.regenerate(_notes)
    _follow(branches, "0002_add_books_isbn", "0001_initial")
    assert branches.regenerate(_notes).written
    assert "isbn" not in (branches.app / ENTITY).read_text()


def test_a_regeneration_is_stashed_and_taken_to_another_branch(branches: Branches) -> None:
    branches.branch("a", _isbn)
    branches.branch("b", _isbn)
    git(branches.root, "checkout", "-q", "a")
    assert branches.regenerate(_both).written
    _write_method(branches.app)
    git(branches.root, "stash", "-qu")
    git(branches.root, "checkout", "-q", "b")
    git(branches.root, "stash", "pop", check=False)
    assert branches.regenerate(_both).migration is None
    assert (branches.app / ENTITY).read_text().count("def mine") == 1


def test_what_a_sparse_checkout_leaves_out_is_neither_missing_nor_written(tmp_path: Path) -> None:
    branches = Branches(tmp_path / "repo", driver=False)
    git(branches.root, "sparse-checkout", "set", "--no-cone", "/*", "!/app/tests/")
    assert not (branches.app / "tests").exists()
    verification = run_verify(branches.app, static=True)
    assert verification.complies
    assert not verification.decisions
    assert not run_repair(branches.app, dry_run=True).files


def test_a_spec_in_conflict_is_named_by_its_file(branches: Branches) -> None:
    branches.branch("a", _isbn)
    branches.branch("b", _notes)
    branches.merge("a")
    with pytest.raises(SpecError, match=r"spec\.yaml: has conflict markers"):
        run_verify(branches.app, static=True)


def _tome(spec: Spec) -> None:
    spec.rename_books("Tome")


def _volume(spec: Spec) -> None:
    spec.rename_books("Volume")


def test_one_entity_that_two_teams_renamed_needs_a_word_of_theirs(branches: Branches) -> None:
    branches.branch("a", _tome, lambda app: _append(app / "src/models/entities/tome.py", "left"))
    branches.branch("b", _volume, lambda app: _append(app / "src/models/entities/volume.py", "me"))
    branches.merge("a")
    with pytest.raises(GenerationError, match=r"finds no table books .* no database can run both"):
        branches.regenerate(_tome)
    for path in (branches.app / "alembic/versions").glob("0002_*"):
        if "volumes" in path.read_text():
            path.unlink()
    result = branches.regenerate(_tome)
    assert not result.written
    assert {blocker.partition(" ")[2] for blocker in result.blockers} == {
        "has conflict markers that nobody has settled: settle them first"
    }
    texts = [path.read_text() for path in (branches.app / "src/models/entities").glob("*.py")]
    assert all(any(f"def {name}(" in text for text in texts) for name in ("left", "me"))


def test_a_field_that_both_added_is_not_added_twice(branches: Branches) -> None:
    """Running both migrations fails on every database, whichever of them it has seen."""
    branches.branch("a", _isbn, _write_method)
    branches.branch("b", _both)
    branches.merge("a")
    with pytest.raises(GenerationError, match=r"adds the column books\.isbn again"):
        branches.regenerate(_both)
    next((branches.app / "alembic/versions").glob("0002_change_tables_*")).unlink()
    result = branches.regenerate(_both)
    assert result.written, result.blockers
    assert result.migration is not None
    assert result.migration.text.count("add_column") == 1
    assert (branches.app / ENTITY).read_text().count("def mine") == 1
    assert branches.regenerate(_both).migration is None


def test_a_renamed_entity_that_the_other_branch_edited(branches: Branches) -> None:
    def both(spec: Spec) -> None:
        spec.add("notes", {"type": "string"})
        spec.rename_books("Tome")

    branches.branch("a", _tome)
    branches.branch("b", _notes, _write_method)
    branches.merge("a")
    with pytest.raises(GenerationError, match="finds no table books"):
        branches.regenerate(both)
    (branches.app / "alembic/versions/0002_add_books_notes.py").unlink()
    result = branches.regenerate(both)
    assert result.written, result.blockers
    assert result.migration is not None
    assert "notes" in result.migration.text
    assert not (branches.app / ENTITY).exists()
    assert (branches.app / "src/models/entities/tome.py").read_text().count("def mine") == 1
    assert branches.regenerate(both).migration is None
