"""Parses the records of `--raw -z`, which diff and log share."""

from __future__ import annotations

import os
from collections.abc import Iterator

from devmatrix_guard.errors import GitError
from devmatrix_guard.model.diff import FileChange

ABSENT_MODE = "000000"
SYMLINK_MODE = "120000"
SUBMODULE_MODE = "160000"


def parse_raw_record(record: bytes, following: Iterator[bytes]) -> FileChange:
    """Return the change a record describes, taking its one or two paths from `following`.

    The path of a record is the new one; where the file has only been deleted it is the old one.

    Raises:
        GitError: a file without a name, which only a damaged index holds.
    """
    old_mode, new_mode, old_blob, new_blob, status = record[1:].decode("ascii").split(" ")
    first = _read_path(following)
    renamed = status[0] in "RC"
    path = _read_path(following) if renamed else first
    return FileChange(
        path=path,
        old_path=first if renamed else None,
        status=status[0],
        old_mode=old_mode,
        new_mode=new_mode,
        old_blob=None if old_mode == ABSENT_MODE else old_blob,
        new_blob=None if new_mode == ABSENT_MODE else new_blob,
    )


def _read_path(following: Iterator[bytes]) -> str:
    if path := next(following, b""):
        return os.fsdecode(path)
    raise GitError("git lists a file without a name.")
