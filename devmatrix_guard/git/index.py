"""Tells whether git's index is whole, once git has failed: git names no cure, and not every harm."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from devmatrix_guard.errors import GitError

_SUMS = ("sha1", "sha256")  # by the repository's object format


def describe_damaged_index(cwd: str | os.PathLike[str]) -> GitError | None:
    """Return the error for an index that is not what git wrote, and None for any other.

    An index ends with the checksum of what stands before it; git leaves zeros there where
    `index.skipHash` is set, and checks it only in `git fsck`.
    """
    from devmatrix_guard.git.process import run_git

    code, output, _ = run_git(cwd, "rev-parse", "--git-path", "index")
    if code:
        return None
    path = Path(cwd, os.fsdecode(output.removesuffix(b"\n")))
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if any(_ends_with_its_sum(content, name) for name in _SUMS):
        return None
    return GitError(
        f"the index, {path}, is damaged; remove it and run `git reset`, which makes it anew from "
        "HEAD: the files in the work tree stay, what was staged has to be added again."
    )


def _ends_with_its_sum(content: bytes, name: str) -> bool:
    size = hashlib.new(name, usedforsecurity=False).digest_size
    found = hashlib.new(name, content[:-size], usedforsecurity=False).digest()
    return len(content) > size and content[-size:] in (found, bytes(size))
