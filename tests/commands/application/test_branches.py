"""Two branches regenerate and are merged: regenerating settles it, whoever merged the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.merge_driver import run_merge_driver
from devmatrix_guard.generator.manifest import PATH, read_manifest
from tests.helpers_branches import ENTITY, Branches
from tests.specs import Spec

MANIFEST = f"app/{PATH}"


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


def test_two_branches_that_add_something_each_end_in_what_a_fresh_generation_gives(
    branches: Branches, tmp_path: Path
) -> None:
    branches.branch("a", _isbn)
    branches.branch("b", _notes)
    unmerged = branches.merge("a")
    assert "base" not in unmerged
    result = branches.regenerate(_both)
    assert (result.written, result.conflicts) == (True, [])
    run_generate(branches.root / "books.yaml", tmp_path / "fresh")
    for path in sorted((tmp_path / "fresh/src").rglob("*.py")):
        name = path.relative_to(tmp_path / "fresh")
        assert (branches.app / name).read_text() == path.read_text(), name
    assert run_drift(branches.app) == []


def test_the_migrations_of_both_end_in_one_head_and_add_nothing_twice(branches: Branches) -> None:
    branches.branch("a", _isbn)
    branches.branch("b", _notes)
    branches.merge("a")
    migration = branches.regenerate(_both).migration
    assert migration is not None
    assert '("0002_add_books_isbn", "0002_add_books_notes")' in migration.text
    assert "add_column" not in migration.text


def test_what_people_wrote_in_either_branch_stays(branches: Branches) -> None:
    def write(name: str) -> Callable[[Path], None]:
        method = f'\n    def {name}(self) -> str:\n        return "{name}"\n'
        return lambda app: (app / ENTITY).write_text((app / ENTITY).read_text() + method) and None

    branches.branch("a", _isbn, write("left"))
    branches.branch("b", _notes, write("right"))
    branches.merge("a")
    result = branches.regenerate(_both)
    assert result.written, result.blockers
    text = (branches.app / ENTITY).read_text()
    assert all(word in text for word in ("def left", "def right", "isbn:", "notes:"))
    assert "<<<<<<<" not in text


def test_what_both_changed_differently_is_a_conflict_and_nothing_is_written(
    branches: Branches,
) -> None:
    def write(size: int) -> Callable[[Path], None]:
        new = f"String({size})"
        return lambda app: (
            (app / ENTITY).write_text((app / ENTITY).read_text().replace("String(100)", new))
            and None
        )

    branches.branch("a", _isbn, write(150))
    branches.branch("b", _notes, write(160))
    branches.merge("a")
    result = branches.regenerate(_both)
    assert not result.written
    assert result.blockers == (
        f"{ENTITY} has conflict markers that nobody has settled: settle them first",
    )


def test_until_then_drift_says_what_to_do(branches: Branches) -> None:
    branches.branch("a", _isbn)
    branches.branch("b", _notes)
    branches.merge("a")
    assert "merged" in {drift.kind for drift in run_drift(branches.app)}


def test_a_file_that_one_branch_deleted_stays_deleted(branches: Branches) -> None:
    branches.branch("a", _isbn, lambda app: (app / "docker/Dockerfile").unlink())
    branches.branch("b", _notes)
    branches.merge("a")
    assert branches.regenerate(_both).written
    assert not (branches.app / "docker/Dockerfile").exists()


def test_the_driver_leaves_a_manifest_of_both(tmp_path: Path) -> None:
    branches = Branches(tmp_path / "repo", driver=True)
    branches.branch("a", _isbn)
    branches.branch("b", _notes)
    assert MANIFEST not in branches.merge("a")
    assert len(read_manifest(branches.app).others) == 1
    branches.regenerate(_both)
    assert read_manifest(branches.app).others == ()


def test_the_driver_merges_python_by_symbol(tmp_path: Path) -> None:
    texts = ("a = 1\n\nb = 1\n", "a = 1\nmine = 1\n\nb = 1\n", "a = 2\n\nb = 1\n")
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    assert run_merge_driver(*paths, "src/a.py")
    assert paths[1].read_text() == "a = 2\nmine = 1\n\nb = 1\n"


def test_the_driver_marks_what_it_cannot_settle(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("base", "ours", "theirs")]
    for path, text in zip(paths, ("a = 1\n", "a = 2\n", "a = 3\n"), strict=True):
        path.write_text(text)
    assert not run_merge_driver(*paths, "src/a.py")
    assert paths[1].read_text() == "<<<<<<< ours\na = 2\n=======\na = 3\n>>>>>>> theirs\n"
