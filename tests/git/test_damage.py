"""Objects that git has lost are said to be lost, and nothing is taken for judged without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import commit, copy_repo, git, make_repo
from tests.helpers_fork import run_guard

OLD = "import yaml\n\n\ndef load(path):\n    return yaml.load(open(path))\n"
NEW = OLD.replace("yaml.load", "yaml.safe_load")


@pytest.fixture(scope="module")
def learned(isolated_module: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a fix that was learned from, and is undone in the index."""
    repo = make_repo(tmp_path_factory.mktemp("damage") / "repo", {"a.py": OLD})
    commit(repo, {"a.py": NEW}, "Fix a crash of load", day=3)
    commit(repo, {"b.py": "x = 1\n"}, "Add b", day=4)
    assert run_guard(repo, "learn").returncode == 0
    (repo / "a.py").write_text(OLD)
    git(repo, "add", "a.py")
    return repo


@pytest.fixture
def damaged(learned: Path, tmp_path: Path) -> Path:
    return copy_repo(learned, tmp_path / "repo")


def lose(repo: Path, name: str) -> None:
    found = git(repo, "rev-parse", name).strip()
    (repo / ".git/objects" / found[:2] / found[2:]).unlink()


def lose_index_of_pack(repo: Path) -> None:
    git(repo, "repack", "-adq")
    next((repo / ".git/objects/pack").glob("*.idx")).unlink()


def damage_pack(repo: Path) -> None:
    git(repo, "repack", "-adq")
    pack = next((repo / ".git/objects/pack").glob("*.pack"))
    pack.chmod(0o644)
    data = pack.read_bytes()
    pack.write_bytes(data[:14] + b"\x55" * (len(data) - 34) + data[-20:])


LOSSES: dict[str, Callable[[Path], None]] = {
    "commit": lambda repo: lose(repo, "HEAD"),
    "tree": lambda repo: lose(repo, "HEAD^{tree}"),
    "blob": lambda repo: lose(repo, "HEAD:a.py"),
    "index of the pack": lose_index_of_pack,
    "pack": damage_pack,
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("words", [("check",), ("tests",)], ids=" ".join)
def test_a_lost_object_ends_what_needs_it(damaged: Path, loss: str, words: tuple[str, ...]) -> None:
    LOSSES[loss](damaged)
    done = run_guard(damaged, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("guard: objects of this repository are missing or damaged (")
    assert "git fsck" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("loss", ["commit", "index of the pack", "pack"])
def test_a_history_that_cannot_be_read_is_not_one_without_commits(damaged: Path, loss: str) -> None:
    LOSSES[loss](damaged)
    for words in (("learn",), ("learn", "--fixes-only"), ("check", "--range", "HEAD~1..HEAD")):
        done = run_guard(damaged, *words)
        assert done.returncode == 2
        assert "missing or damaged" in done.stderr


def test_a_parent_that_is_lost_is_no_end_of_the_history(damaged: Path) -> None:
    lose(damaged, "HEAD~1")
    done = run_guard(damaged, "check", "--range", "HEAD~1..HEAD")
    assert done.returncode == 2
    assert "HEAD~1 is " in done.stderr


def test_a_staged_file_whose_content_is_lost_is_said_to_be_unchecked(damaged: Path) -> None:
    lose(damaged, ":a.py")
    done = run_guard(damaged, "check")
    assert "skipped a.py:\n  its content is missing or damaged in git's objects" in done.stdout
    assert "partial clone" not in done.stdout


@pytest.mark.parametrize("loss", LOSSES)
def test_doctor_names_what_is_lost(damaged: Path, loss: str) -> None:
    assert "the whole history is here" in run_guard(damaged, "doctor").stdout
    LOSSES[loss](damaged)
    done = run_guard(damaged, "doctor")
    assert done.returncode == 2
    assert "FAULT objects are missing or damaged" in done.stdout
    assert "git fsck" in done.stdout
