"""Regenerating what a range of commits made due, and only some areas of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from devmatrix_guard.cli.generate.regenerate import command
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.regenerate_range import run_regenerate_range
from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.manifest import PATH
from tests.helpers import commit, git, make_repo, tree_bytes
from tests.specs import BOOKS, Spec, edited

QUICK = RegenerateOptions(verify=False)


def _isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


NEW = yaml.safe_dump(edited(_isbn), sort_keys=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two applications, of one spec each; the last commit changes one of the specs."""
    other = BOOKS.replace("title: Books", "title: Others")
    repo = make_repo(
        tmp_path_factory.mktemp("made") / "repo", {"books.yaml": BOOKS, "other.yaml": other}
    )
    run_generate(repo / "books.yaml", repo / "apps/books")
    run_generate(repo / "other.yaml", repo / "apps/other")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Generate")
    commit(repo, {"books.yaml": NEW}, "Add isbn")
    return repo


@pytest.fixture
def repo(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "repo")


def test_only_what_follows_a_changed_spec_is_regenerated(repo: Path) -> None:
    before = tree_bytes(repo / "apps/other")
    ((folder, result),) = run_regenerate_range(repo, "HEAD~1...HEAD", QUICK)
    assert (folder, result.written) == ("apps/books", True)
    assert run_drift(repo / "apps/books", spec=repo / "books.yaml") == []
    assert tree_bytes(repo / "apps/other") == before


@pytest.mark.parametrize(
    ("start", "range_text"),
    [("apps/other", "HEAD~1...HEAD"), (".", "HEAD...HEAD"), (".", "HEAD~1...HEAD~1")],
)
def test_nothing_elsewhere_is(repo: Path, start: str, range_text: str) -> None:
    before = tree_bytes(repo)
    assert run_regenerate_range(repo / start, range_text, QUICK) == []
    assert tree_bytes(repo) == before


def test_a_copy_of_the_spec_that_was_changed_counts_as_well(repo: Path) -> None:
    commit(repo, {"apps/other/.guard/spec.yaml": NEW}, "Change the copy")
    ((folder, _),) = run_regenerate_range(repo, "HEAD~1..HEAD", QUICK)
    assert folder == "apps/other"


def test_a_range_names_the_specs_itself(repo: Path) -> None:
    with pytest.raises(UsageError, match="finds the specs itself"):
        run_regenerate_range(repo, "HEAD~1..HEAD", QUICK._replace(spec=repo / "books.yaml"))


def test_the_patch_is_what_would_be_written(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    file = repo / "apps/books/README.md"
    file.write_text(file.read_text() + "\nOurs, without an end")
    before = tree_bytes(repo)
    patch = tmp_path / "it.patch"
    wishes = ["--range", "HEAD~1...HEAD", "--patch", str(patch)]
    assert CliRunner().invoke(command, wishes, standalone_mode=False).return_value == 0
    assert tree_bytes(repo) == before
    git(repo, "apply", str(patch))
    applied = tree_bytes(repo / "apps")
    git(repo, "apply", "-R", str(patch))
    assert tree_bytes(repo) == before
    run_regenerate_range(repo, "HEAD~1...HEAD", QUICK)
    shutil.rmtree(repo / "apps/books/.guard/undo")
    assert tree_bytes(repo / "apps") == applied


def test_files_of_other_areas_wait(repo: Path) -> None:
    app = repo / "apps/books"
    options = QUICK._replace(spec=repo / "books.yaml", areas=("domain",))
    result = run_regenerate(app, options)
    assert result.written
    assert "isbn" in (app / "src/models/entities/book.py").read_text()
    assert "isbn" not in (app / "src/models/schemas/book.py").read_text()
    assert "src/models/schemas/book.py" in result.held_back
    assert [drift.kind for drift in run_drift(app)] == ["spec-changed"]


def test_what_waited_follows_as_if_nothing_had_waited(repo: Path, tmp_path: Path) -> None:
    whole = shutil.copytree(repo / "apps/books", tmp_path / "whole")
    spec = repo / "books.yaml"
    run_regenerate(whole, QUICK._replace(spec=spec))
    app = repo / "apps/books"
    for areas in (("api",), ("domain", "validation"), ()):
        assert run_regenerate(app, QUICK._replace(spec=spec, areas=areas)).written
    for folder in (whole, app):
        shutil.rmtree(folder / ".guard/undo")
    assert tree_bytes(app) == tree_bytes(whole)
    assert run_drift(app) == []


def test_the_database_waits_for_the_domain(repo: Path) -> None:
    app = repo / "apps/books"
    result = run_regenerate(app, QUICK._replace(spec=repo / "books.yaml", areas=("api",)))
    assert result.migration is None
    assert [path.name for path in (app / "alembic/versions").glob("*.py")] == ["0001_initial.py"]


def test_edits_in_files_that_wait_stay_edits(repo: Path) -> None:
    app = repo / "apps/books"
    entity = app / "src/models/entities/book.py"
    entity.write_text(entity.read_text() + "\n# ours\n")
    spec = repo / "books.yaml"
    run_regenerate(app, QUICK._replace(spec=spec, areas=("api",)))
    run_regenerate(app, QUICK._replace(spec=spec))
    assert "# ours" in entity.read_text()
    assert "isbn" in entity.read_text()


def test_there_are_five_areas(repo: Path) -> None:
    before = tree_bytes(repo)
    with pytest.raises(UsageError, match="there is no area web; the areas are domain, api"):
        run_regenerate(
            repo / "apps/books", QUICK._replace(spec=repo / "books.yaml", areas=("web",))
        )
    assert (repo / "apps/books" / PATH).read_bytes() == before[f"apps/books/{PATH}"]
