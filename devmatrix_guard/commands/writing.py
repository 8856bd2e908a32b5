"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from devmatrix_guard.errors import UsageError

# How the names of files begin that are being written; a kill may leave one behind.
TEMPORARY = ".guard-"


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file in one step: a kill leaves the old content or the new.

    Raises:
        UsageError: the place cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); make it writable and run again."
        ) from error
