"""What people do with git while a regeneration runs: nothing is lost, and it is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.standing import read_standing, refuse_moved
from devmatrix_guard.errors import UsageError
from tests.helpers import git
from tests.specs import BOOKS, Spec

ENTITY = "app/src/models/entities/book.py"
MINE = "\n# mine\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a spec, an application of it, a branch `other` and a spec that changed."""
    root = tmp_path_factory.mktemp("made")
    git(root, "init", "-q", "-b", "main")
    (root / "books.yaml").write_text(BOOKS)
    run_generate(root / "books.yaml", root / "app", memory=False)
    _commit(root, "generate")
    git(root, "branch", "same")
    git(root, "switch", "-q", "-c", "other")
    (root / ENTITY).write_text((root / ENTITY).read_text() + "\n# other\n")
    _commit(root, "other")
    git(root, "switch", "-q", "main")
    spec = Spec()
    spec.add("isbn", {"type": "string", "maxLength": 13})
    (root / "books.yaml").write_text(yaml.safe_dump(spec.data, sort_keys=False))
    _commit(root, "isbn")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "repo"))


def _commit(root: Path, message: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


def _read(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }


def _edit_spec(root: Path) -> None:
    (root / "books.yaml").write_text(BOOKS)


def _git(*words: str) -> Callable[[Path], object]:
    return lambda root: git(root, *words)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        pytest.param(_git("switch", "-q", "same"), "from main to same", id="the old spec"),
        pytest.param(_git("switch", "-q", "other"), "from main to other", id="other edits"),
        pytest.param(_git("switch", "-q", "-c", "new"), "from main to new", id="a new branch"),
        pytest.param(_git("checkout", "-q", "--detach"), "from main to", id="no branch"),
        pytest.param(_git("reset", "-q", "--hard", "HEAD~1"), "books.yaml was ch", id="a reset"),
        pytest.param(_edit_spec, "books.yaml was changed", id="the spec saved"),
    ],
)  # fmt: skip
def test_what_moves_under_a_regeneration_stops_it(
    root: Path, act: Callable[[Path], object], said: str
) -> None:
    after = {}

    def move(stage: str) -> None:
        if stage == "merging":
            act(root)
            after.update(_read(root))

    options = RegenerateOptions(verify=False, memory=False)
    with pytest.raises(UsageError, match=said):
        run_regenerate(root / "app", options, progress=move)
    assert _read(root) == after


def test_an_edit_that_is_stashed_meanwhile_is_in_the_stash_and_nothing_is_written(
    root: Path,
) -> None:
    (root / ENTITY).write_text((root / ENTITY).read_text() + MINE)

    def stash(stage: str) -> None:
        if stage == "compliance":
            git(root, "stash", "-q")

    with pytest.raises(UsageError, match=r"book.py was changed meanwhile"):
        run_regenerate(root / "app", RegenerateOptions(memory=False), progress=stash)
    assert git(root, "status", "--porcelain") == ""
    git(root, "stash", "pop", "-q")
    assert (root / ENTITY).read_text().endswith(MINE)
    assert run_regenerate(root / "app", RegenerateOptions(verify=False)).written
    assert (root / ENTITY).read_text().endswith(MINE)


def test_a_commit_meanwhile_is_no_move(root: Path) -> None:
    (root / "notes.txt").write_text("notes\n")

    def commit(stage: str) -> None:
        if stage == "merging":
            _commit(root, "notes")

    options = RegenerateOptions(verify=False, memory=False)
    assert run_regenerate(root / "app", options, progress=commit).written


def test_outside_of_git_no_branch_moves(tmp_path: Path) -> None:
    standing = read_standing(tmp_path)
    assert standing.branch == ""
    refuse_moved(tmp_path, standing)


def test_a_lost_text_of_the_spec_is_found_in_the_commit(root: Path) -> None:
    """As in a shallow clone whose `.guard/base` somebody removed, with the copy edited since."""
    (root / ENTITY).write_text((root / ENTITY).read_text() + MINE)
    shutil.rmtree(root / "app/.guard/base")
    _commit(root, "lost")
    (copy,) = (root / "app/.guard").glob("spec.*")
    copy.write_bytes((root / "books.yaml").read_bytes())
    (root / "books.yaml").unlink()
    assert run_regenerate(root / "app", RegenerateOptions(verify=False, memory=False)).written
    text = (root / ENTITY).read_text()
    assert "isbn" in text
    assert text.endswith(MINE)
