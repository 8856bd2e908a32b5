"""Writes files so that whoever looks finds the old content or the new, and never half of it.

Any part may use it, the hook too: nothing is imported that Python has not imported itself.
"""

from __future__ import annotations

import os

TEMPORARY = ".guard-"  # how the names of files begin that are being written


def replace_file(
    path: str | os.PathLike[str], content: bytes, *, mode: int | None = None, sync: bool = False
) -> None:
    """Put `content` in the place of a file, or make the file, in one step.

    Args:
        path: the file; its folder exists.
        content: all of it.
        mode: its permissions; None leaves what the umask leaves.
        sync: have it on the disk before the old content is given up.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    temporary = name_beside(path)
    try:
        write_new(temporary, content, mode=mode, sync=sync)
        os.replace(temporary, path)  # noqa: PTH105 - pathlib costs the hook more than all of this
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)  # noqa: PTH108
        raise


def name_beside(path: str | os.PathLike[str]) -> str:
    """Return a name for something temporary in the same folder, which nobody else will choose."""
    folder = os.path.dirname(os.fspath(path))  # noqa: PTH120
    return os.path.join(folder, f"{TEMPORARY}{os.urandom(8).hex()}")  # noqa: PTH118


def write_new(path: str, content: bytes, *, mode: int | None = None, sync: bool = False) -> None:
    """Write a file that does not exist yet; see `replace_file`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if mode is not None:
            os.fchmod(descriptor, mode)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
