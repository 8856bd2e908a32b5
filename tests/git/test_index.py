"""A damaged index is one sentence with its remedy, whatever git itself makes of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from devmatrix_guard.git.process import describe_damaged_index
from tests.helpers import git, make_repo
from tests.helpers_fork import run_entry, run_guard

FILES = {"m.py": "def f(x):\n    return x\n", "n.py": "y = 1\n", "pkg/o.py": "z = 2\n"}
ENTRY = 12  # bytes of the header; the first entry stands behind it
NAME = ENTRY + 62  # its name, behind times, mode, size, object and flags


def _replace(at: int, with_: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content[:at] + with_ + content[at + len(with_) :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty name": lambda content: content[:ENTRY] + content[ENTRY : NAME - 2] + bytes(120) + b"sum",
    "first half": lambda content: content[: len(content) // 2],
    "other bytes": lambda content: b"x" * len(content),
    "no entry at all": lambda content: content[:ENTRY],
    "zeros inside": _replace(ENTRY + 24, bytes(40)),
    "other object": _replace(ENTRY + 40, b"\1" * 20),
    "other format of entries": _replace(NAME - 2, b"\xff\xff"),
}


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    repo = make_repo(tmp_path / "repo", FILES)
    (repo / "m.py").write_text("def f(x):\n    return x + 1\n")
    git(repo, "add", ".")
    return repo


@pytest.mark.parametrize("damage", sorted(DAMAGES))
@pytest.mark.parametrize("command", [("guard-hook", "m.py"), ("guard", "check")])
def test_a_damaged_index_is_told_with_its_remedy(
    staged: Path, damage: str, command: tuple[str, ...]
) -> None:
    index = staged / ".git" / "index"
    index.write_bytes(DAMAGES[damage](index.read_bytes()))
    done = run_entry(*command, cwd=staged, environment=os.environ)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"guard: the index, {index}, is damaged; ")
    index.unlink()
    git(staged, "reset")
    git(staged, "add", ".")
    assert run_entry(*command, cwd=staged, environment=os.environ).returncode == 0


def test_the_index_that_the_environment_names_is_the_one_that_is_read(
    staged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = staged.parent / "other"
    other.write_bytes(b"damaged")
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    assert f"the index, {other}, is damaged" in run_guard(staged, "check").stderr


@pytest.mark.parametrize("settings", [(), ("index.skipHash",), ("feature.manyFiles",)])
def test_an_index_that_git_wrote_is_whole(tmp_path: Path, settings: tuple[str, ...]) -> None:
    repo = make_repo(tmp_path / "repo", FILES)
    for name in settings:
        git(repo, "config", name, "true")
    git(repo, "add", "--renormalize", ".")
    assert describe_damaged_index(repo) is None


def test_an_index_of_longer_object_names_is_whole(tmp_path: Path) -> None:
    git(tmp_path, "init", "--object-format=sha256", "repo")
    (tmp_path / "repo" / "m.py").write_text("x = 1\n")
    git(tmp_path / "repo", "add", ".")
    assert describe_damaged_index(tmp_path / "repo") is None


def test_where_there_is_no_index_nothing_is_damaged(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", FILES)
    (repo / ".git" / "index").unlink()
    assert describe_damaged_index(repo) is None
    assert describe_damaged_index(tmp_path) is None
