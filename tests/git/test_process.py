"""A git whose errors nobody asks for answers as any other does."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import GitError
from devmatrix_guard.git.process import GitProcess, read_git_output
from tests.helpers import make_repo


@pytest.mark.parametrize("keep_errors", [True, False])
def test_errors_are_kept_only_if_they_are_asked_for(tmp_path: Path, keep_errors: bool) -> None:
    fine = GitProcess(tmp_path, ("version",), keep_errors=keep_errors)
    assert b"".join(fine.read_chunks()).startswith(b"git version")
    assert fine.code == 0
    failed = GitProcess(tmp_path, ("rev-parse", "--verify", "nothing"), keep_errors=keep_errors)
    assert not b"".join(failed.read_chunks())
    assert failed.code
    assert bool(failed.errors) is keep_errors


def test_why_git_refused_is_told_without_its_advice(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    with pytest.raises(GitError) as caught:
        read_git_output(repo, "branch", "--set-upstream-to=nowhere")
    assert "'nowhere' does not exist" in str(caught.value)
    assert "hint" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
