"""Generated and vendored files are known by git's attributes, of the right commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.git.attributes import find_generated
from devmatrix_guard.git.repository import find_repository
from tests.helpers import commit, git, stage

PATHS = ["gen/a.py", "third/b.py", "own/c.py", "new\nline.py"]


def test_attributes_are_read_from_the_index(repo: Path) -> None:
    commit(repo, {"x": "1"}, "Start")
    rules = "gen/** linguist-generated\nthird/** linguist-vendored=true\nown/** -linguist-generated"
    stage(repo, {".gitattributes": f"{rules}\n"})
    assert find_generated(find_repository(repo), PATHS) == {
        "gen/a.py": "linguist-generated in .gitattributes",
        "third/b.py": "linguist-vendored in .gitattributes",
    }


def test_a_commit_answers_for_itself_and_the_index_stays_as_it_is(repo: Path) -> None:
    base = commit(repo, {".gitattributes": "gen/** linguist-generated\n"}, "Start")
    commit(repo, {".gitattributes": "* linguist-generated\n"}, "Silence everything")
    index = (repo / ".git" / "index").read_bytes()
    here = find_repository(repo)
    assert list(find_generated(here, PATHS, commit=base)) == ["gen/a.py"]
    assert sorted(find_generated(here, PATHS)) == sorted(PATHS)
    assert (repo / ".git" / "index").read_bytes() == index


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_commit_answers_alike_in_every_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, object_format: str
) -> None:
    """What `info/attributes` and the settings of one clone or user say is nobody else's."""
    repo = tmp_path / "repo"
    git(tmp_path, "init", "-q", f"--object-format={object_format}", "repo")
    base = commit(repo, {".gitattributes": "gen/** linguist-generated\n"}, "Start")
    for place in ("repo/.git/info/attributes", "own", "home/git/attributes"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("* linguist-generated\ngen/** -linguist-generated\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    git(tmp_path, "-C", "repo", "worktree", "add", "-q", str(tmp_path / "linked"))
    for place in ("repo", "linked"):
        here = find_repository(tmp_path / place)
        assert list(find_generated(here, PATHS, commit=base)) == ["gen/a.py"]
    git(repo, "config", "core.attributesFile", str(tmp_path / "own"))
    assert list(find_generated(find_repository(repo), PATHS, commit=base)) == ["gen/a.py"]
