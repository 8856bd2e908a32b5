"""Reads the code that candidates are validated on: today's tree and what later commits added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devmatrix_guard.commands.learn.fixes import MAX_BLOB
from devmatrix_guard.commands.learn.paths import is_excluded
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import FileChange, Target


def read_added_lines(change: FileChange, blobs: BlobReader) -> Iterator[Target]:
    """Yield the lines of Python that a change of a file adds, where it adds any."""
    if change.status not in ("M", "R", "A") or not change.path.endswith(".py"):
        return
    if not change.new_mode.startswith("100"):
        return
    old = blobs.read(change.old_blob, MAX_BLOB) if change.old_blob else b""
    new = blobs.read(change.new_blob, MAX_BLOB) if change.new_blob else None
    if old is None or new is None:
        return
    lines = tuple(
        (hunk.new_start, hunk.new_start + hunk.new_count - 1)
        for hunk in diff_lines(old, new)
        if hunk.new_count
    )
    if lines:
        yield Target(change.path, new, lines)


def read_tree(
    repo: Repository, blobs: BlobReader, head: str, exclude: Sequence[str] = ()
) -> Iterator[Target]:
    """Yield every Python file of a commit's tree, whole."""
    for path, mode, blob_id in list_tree(repo, head):
        if path.endswith(".py") and mode.startswith("100") and not is_excluded(path, exclude):
            source = blobs.read(blob_id, MAX_BLOB)
            if source is not None:
                yield Target(path, source, None)
