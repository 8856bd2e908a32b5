"""A patch of changed files: git applies it to what was there and gets what there is to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.generator.regenerate.patch import render_patch
from tests.helpers import git, make_repo

TEXTS: list[str | None] = [
    None, "", "one\n", "one", "one\ntwo\n", "one\r\ntwo\r\n", "a\x0cb\n", "zwei ümlaut\n", "\n\n",
]  # fmt: skip


@pytest.mark.parametrize("before", TEXTS, ids=repr)
@pytest.mark.parametrize("after", TEXTS, ids=repr)
def test_git_applies_it(tmp_path: Path, before: str | None, after: str | None) -> None:
    _apply(tmp_path, "a.txt", before, after)


@pytest.mark.parametrize("path", ["with space/ä.txt", 'odd"\\\tname.txt', "new\nline"])
def test_a_file_may_have_any_name(tmp_path: Path, path: str) -> None:
    _apply(tmp_path, path, "one\n", "two\n")


def _apply(tmp_path: Path, path: str, before: str | None, after: str | None) -> None:
    if before == after:
        assert render_patch({path: (before, after)}) == ""
        return
    repo = make_repo(tmp_path / "repo")
    file = repo / path
    file.parent.mkdir(exist_ok=True)
    if before is not None:
        file.write_bytes(before.encode())
    patch = tmp_path / "patch"
    patch.write_bytes(render_patch({path: (before, after)}).encode())
    git(repo, "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", str(patch))
    assert (file.read_bytes() if file.exists() else None) == (
        None if after is None else after.encode()
    )


def test_files_stand_in_the_order_of_their_names() -> None:
    patch = render_patch({"b": ("1\n", "2\n"), "a": (None, "1\n"), "c": ("1\n", "1\n")})
    assert [line for line in patch.splitlines() if line.startswith("diff")] == [
        "diff --git a/a b/a",
        "diff --git a/b b/b",
    ]
