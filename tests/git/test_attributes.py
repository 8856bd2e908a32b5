"""Generated and vendored files are known by git's attributes, of the right commit."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.git.attributes import find_generated
from devmatrix_guard.git.repository import find_repository
from tests.helpers import commit, stage

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
