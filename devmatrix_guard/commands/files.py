"""Writes a file of the project in one step, so that it is old or new and never half."""

from __future__ import annotations

import stat
from pathlib import Path

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import replace_file


def write_project_file(root: Path, name: str, content: bytes) -> None:
    """Write `name` below `root`, making its folder; an existing file keeps its mode.

    Raises:
        UsageError: it cannot be written, or a symbolic link leads out of the project.
    """
    path = root / name
    if not path.parent.resolve().is_relative_to(root.resolve()) or path.is_symlink():
        raise UsageError(f"{name} is reached through a symbolic link and was not written.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
        if not mode & 0o222:
            raise UsageError(f"{name} is read-only and was left as it is; make it writable.")
        replace_file(path, content, mode=mode, sync=True)
    except OSError as error:
        raise UsageError(
            f"{name} cannot be written: {error.strerror}; nothing was changed."
        ) from error
