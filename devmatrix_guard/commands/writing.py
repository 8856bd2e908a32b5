"""Writes a file whole or not at all."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import replace_file


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file in one step: a kill leaves the old content or the new.

    Raises:
        UsageError: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data, mode=0o644)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); make it writable and run again."
        ) from error
