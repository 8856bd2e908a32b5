"""Finishes a regeneration that was interrupted, and goes back to before the last one."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.generator.manifest import read_manifest
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.swap import (
    interrupted_paths,
    paths_to_undo,
    recover,
    undo,
)
from devmatrix_guard.reports.escape import make_visible


def find_interrupted(root: Path) -> list[str]:
    """Return the files that a change which was interrupted has still to write.

    Raises:
        UsageError: what it left is not what this program leaves, or a file changed since.
    """
    read_manifest(root)
    return [make_visible(path) for path in interrupted_paths(root)]


def find_undoable(root: Path) -> list[str]:
    """Return the files that `run_undo` would write or remove.

    Raises:
        UsageError: there is nothing to undo.
    """
    read_manifest(root)
    return [make_visible(path) for path in paths_to_undo(root)]


def run_recover(root: Path) -> None:
    """Carry a change that was interrupted to its end.

    Raises:
        UsageError: a file changed since.
        GenerationError: it cannot be finished.
    """
    with lock(root):
        recover(root)


def run_undo(root: Path) -> list[str]:
    """Go back to how the application was before the last regeneration; return the paths.

    Raises:
        UsageError: there is nothing to undo, or a file was edited since.
    """
    read_manifest(root)
    with lock(root):
        return undo(root)
