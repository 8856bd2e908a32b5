"""Writes a file into the checkout without going through a link that the checkout holds."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class PlaceError(Exception):
    """The file cannot be written there; the text is one sentence with the remedy."""


def write_without_links(root: Path, wanted: str, data: bytes | None) -> None:
    """Put bytes at a path that is absolute or relative to `root`; None removes what is there.

    Below `root` no folder on the way may be a link, and a file that is there is replaced, not
    written through. A path that leads elsewhere is the workflow's own choice.

    Raises:
        PlaceError: there is a link on the way, or it cannot be written.
    """
    root, path = Path(os.path.normpath(root)), Path(os.path.normpath(root / wanted))
    try:
        if path.is_relative_to(root):
            *folders, name = path.relative_to(root).parts or (".",)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            root, folders, name = path.parent, [], path.name
        _replace_below(root, folders, name, data)
    except OSError as error:
        raise PlaceError(
            f"The SARIF report cannot be written to {wanted} ({error.strerror}); "
            "choose a path for sarif-file that has no links."
        ) from error


def _replace_below(root: Path, folders: list[str], name: str, data: bytes | None) -> None:
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            inner = _open_folder(folder, current)
            os.close(current)
            current = inner
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=current)
        if data is None:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(name, flags, 0o644, dir_fd=current), "wb") as stream:
            stream.write(data)
    finally:
        os.close(current)


def _open_folder(name: str, parent: int) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
