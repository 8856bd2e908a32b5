"""A git whose errors nobody asks for answers as any other does."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.git.process import GitProcess


@pytest.mark.parametrize("keep_errors", [True, False])
def test_errors_are_kept_only_if_they_are_asked_for(tmp_path: Path, keep_errors: bool) -> None:
    fine = GitProcess(tmp_path, ("version",), keep_errors=keep_errors)
    assert b"".join(fine.read_chunks()).startswith(b"git version")
    assert fine.code == 0
    failed = GitProcess(tmp_path, ("rev-parse", "--verify", "nothing"), keep_errors=keep_errors)
    assert not b"".join(failed.read_chunks())
    assert failed.code
    assert bool(failed.errors) is keep_errors
