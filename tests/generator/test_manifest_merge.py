"""Conflicts that git leaves in a manifest or a generated file are read in every style it has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.generator.manifest_merge import (
    MERGED,
    has_marks,
    load_manifest,
    split_sides,
)
from tests.helpers import git, make_repo

STYLES = ["merge", "diff3", "zdiff3"]
NUMBERS = "".join(f"{number}\n" for number in range(1, 8))


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("style", STYLES)
def test_both_sides_of_a_conflict_are_read(tmp_path: Path, style: str, ends: str) -> None:
    sides = {"base": "a\nb\nc\n", "ours": "a\nx\ny\nc\n", "theirs": "a\nx\nz\nc\n"}
    for name, text in sides.items():
        (tmp_path / name).write_bytes(text.replace("\n", ends).encode())
    flags = [] if style == "merge" else [f"--{style}"]
    merged = git(tmp_path, "merge-file", "-p", *flags, "ours", "base", "theirs", check=False)
    text = merged.replace("\r\n", "\n").replace("\n", ends)
    assert has_marks(text)
    ours, theirs = (side.replace("\r\n", "\n").rstrip("\n") for side in split_sides(text))
    assert (ours, theirs) == (sides["ours"].rstrip("\n"), sides["theirs"].rstrip("\n"))


@pytest.fixture(params=STYLES)
def criss_crossed(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file that two branches changed after each merged the other: its base is a conflict."""
    repo = make_repo(tmp_path / "repo")
    git(repo, "config", "merge.conflictStyle", request.param)

    def commit(line: str) -> None:
        (repo / "f").write_text(NUMBERS.replace("4\n", f"{line}\n"))
        git(repo, "add", "f")
        git(repo, "commit", "-qm", line)

    commit("start")
    for branch in ("a", "b"):
        git(repo, "checkout", "-qb", branch, "main")
        commit(f"first of {branch}")
        git(repo, "tag", f"{branch}-first")
    for branch, other in (("a", "b-first"), ("b", "a-first")):
        git(repo, "checkout", "-q", branch)
        git(repo, "merge", "-q", other, check=False)
        commit(f"both in {branch}")
    git(repo, "checkout", "-q", "a")
    git(repo, "merge", "-q", "b", check=False)
    return (repo / "f").read_text()


def test_a_base_that_is_a_conflict_itself_is_no_side(criss_crossed: str) -> None:
    assert has_marks(criss_crossed)
    assert split_sides(criss_crossed) == (
        NUMBERS.replace("4\n", "both in a\n"),
        NUMBERS.replace("4\n", "both in b\n"),
    )


def test_a_conflict_within_a_side_is_settled_for_that_side() -> None:
    text = (
        "<<<<<<< ours\n<<<<<<<< inner\na\n========\nb\n>>>>>>>> inner\n=======\nc\n>>>>>>> theirs\n"
    )
    assert split_sides(text) == ("a\n", "c\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = 1 << 7\n", id="no mark"),
        pytest.param("Title\n=======\n\n>>>>>>> quoted\n", id="headings and quotations"),
        pytest.param("<<<<<<< ours\na\n=======\nb\n", id="no end"),
        pytest.param("<<<<<<< ours\na\n>>>>>>> theirs\n", id="one side"),
        pytest.param("<<<<<<<<ours\na\n=======\nb\n>>>>>>> theirs\n", id="other lengths"),
    ],
)
def test_what_only_looks_like_a_mark_is_none(text: str) -> None:
    assert not has_marks(text)
    assert split_sides(text) == (text, text)


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("style", STYLES)
def test_a_manifest_in_conflict_is_that_of_both(tmp_path: Path, style: str, ends: str) -> None:
    shared = {
        "spec": {},
        "infra_patterns": {},
        "files": {"a.py": {"sha256": "1"}, "z.py": {"sha256": "1"}},
    }
    ours = {**shared, "files": {**shared["files"], "b.py": {"sha256": "2"}}}
    theirs = {**shared, "files": {**shared["files"], "c.py": {"sha256": "3"}}}
    for name, values in {"base": shared, "ours": ours, "theirs": theirs}.items():
        text = json.dumps(values, indent=1) + "\n"
        (tmp_path / name).write_bytes(text.replace("\n", ends).encode())
    flags = [] if style == "merge" else [f"--{style}"]
    git(tmp_path, "merge-file", *flags, "ours", "base", "theirs", check=False)
    found = load_manifest((tmp_path / "ours").read_bytes())
    (other,) = found[MERGED]
    assert other["files"] == theirs["files"]
    assert found["files"] == {**theirs["files"], **ours["files"]}
