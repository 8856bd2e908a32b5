"""The part of `files` that keeps other processes away: a lock the system ends with its holder."""

from __future__ import annotations

import importlib
import os
from typing import Any

try:
    fcntl: Any = importlib.import_module("fcntl")
except ImportError:  # Windows has another module for it
    fcntl = None

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


def open_lock(path: str | os.PathLike[str]) -> int:
    """Open a file that is there to be locked, made if need be; return its descriptor.

    Raises:
        OSError: it cannot be opened.
    """
    return os.open(path, _FLAGS, 0o600)


def open_folder_lock(folder: str | os.PathLike[str]) -> int:
    """Return a descriptor that stands for a folder: of itself, or of a file named after it.

    Raises:
        OSError: there is no such folder.
    """
    if fcntl is not None:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    import hashlib
    import tempfile

    os.stat(folder)  # noqa: PTH116 - a folder that is not there cannot be locked
    place = os.path.normcase(os.path.realpath(folder))
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()[:16]
    return open_lock(os.path.join(tempfile.gettempdir(), f"guard-{digest}.lock"))  # noqa: PTH118


def lock_descriptor(descriptor: int, *, wait: bool) -> None:
    """Lock an open file until it is closed.

    Args:
        descriptor: the open file.
        wait: whether to wait for another holder.

    Raises:
        BlockingIOError: another process holds it, and nobody wants to wait.
    """
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return
    _lock_first_byte(descriptor, wait=wait)


def _lock_first_byte(descriptor: int, *, wait: bool) -> None:
    import errno

    msvcrt = importlib.import_module("msvcrt")
    while True:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:  # it waits for ten seconds by itself
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            return
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK, errno.EDEADLOCK):
                raise
            if not wait:
                raise BlockingIOError(errno.EAGAIN, "it is locked") from error
