"""One command at a time changes an application."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.file_lock import lock_descriptor, open_folder_lock


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Keep other processes from changing the same application; the system ends it with ours.

    Nothing is written for it: the folder itself is locked.

    Raises:
        GenerationError: another command changes it, or it cannot be opened.
    """
    try:
        descriptor = open_folder_lock(root)
    except OSError as error:
        raise GenerationError(f"{root} cannot be opened: {error.strerror}.") from error
    try:
        lock_descriptor(descriptor, wait=False)
        yield
    except BlockingIOError as error:
        raise GenerationError(
            f"another command is changing {root}; wait for it and try again."
        ) from error
    finally:
        os.close(descriptor)
