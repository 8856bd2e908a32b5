"""One command at a time changes an application."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devmatrix_guard.errors import GenerationError


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Keep other processes from changing the same application; the system ends it with ours.

    Nothing is written for it: the folder itself is locked.

    Raises:
        GenerationError: another command changes it, or it cannot be opened.
    """
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise GenerationError(f"{root} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise GenerationError(
            f"another command is changing {root}; wait for it and try again."
        ) from error
    finally:
        os.close(descriptor)
