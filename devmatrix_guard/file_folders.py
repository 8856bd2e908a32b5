"""The part of `files` that works within a folder which is held while its links cannot be changed.

Where the system can open a folder and act within it by its descriptor, nothing between root and
file can be exchanged meanwhile. Elsewhere, as on Windows, a folder is held by its path and each
step looks whether a link stands there: who changes the tree at that very moment may win the race.
"""

from __future__ import annotations

import errno
import os

from devmatrix_guard.file_listing import FOLDER_FLAGS, NO_FOLLOW, TEMPORARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Place = str | os.PathLike[str]
    Folder = int | str

_DIGITS = 16
_STALE_SECONDS = 600  # what is younger may be what another process writes
_MAX_LOOKED_AT = 10_000
HAS_DESCRIPTORS = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY")


def open_folder(path: Place) -> Folder:
    """Hold a folder; links on the way to it are followed.

    Raises:
        OSError: there is none.
    """
    if HAS_DESCRIPTORS:
        return os.open(path, FOLDER_FLAGS)
    place = os.path.realpath(path)
    _require_folder(place)
    return place


def enter_folder(folder: Folder, name: str) -> Folder:
    """Hold a folder in another one; a link is not entered.

    Raises:
        OSError: there is none.
    """
    if isinstance(folder, int):
        return os.open(name, FOLDER_FLAGS | NO_FOLLOW, dir_fd=folder)
    place = _refuse_link(folder, name)
    _require_folder(place)
    return place


def close_folder(folder: Folder) -> None:
    """Let go of a folder."""
    if isinstance(folder, int):
        os.close(folder)


def make_in(folder: Folder, name: str) -> None:
    """Make a folder in another one."""
    if isinstance(folder, int):
        os.mkdir(name, dir_fd=folder)
    else:
        os.mkdir(os.path.join(folder, name))  # noqa: PTH102, PTH118


def open_in(folder: Folder, name: str, flags: int, mode: int = 0o666) -> int:
    """Open a file in a folder that is no link; return its descriptor."""
    if isinstance(folder, int):
        return os.open(name, flags, mode, dir_fd=folder)
    if HAS_DESCRIPTORS:  # the flags say that a link is refused
        return os.open(os.path.join(folder, name), flags, mode)  # noqa: PTH118
    place = _refuse_link(folder, name)
    if os.path.isdir(place):  # noqa: PTH112  # the error differs from system to system
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), place)
    return os.open(place, flags, mode)


def stat_in(folder: Folder, name: str) -> os.stat_result:
    """Return what stands under a name, a link itself."""
    if isinstance(folder, int):
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    return os.stat(os.path.join(folder, name), follow_symlinks=False)  # noqa: PTH116, PTH118


def unlink_in(folder: Folder, name: str) -> None:
    """Remove a file or a link."""
    if isinstance(folder, int):
        os.unlink(name, dir_fd=folder)
    else:
        os.unlink(os.path.join(folder, name))  # noqa: PTH108, PTH118


def replace_in(folder: Folder, name: str, target: str) -> None:
    """Rename a file within its folder, in the place of another."""
    if isinstance(folder, int):
        os.replace(name, target, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        os.replace(os.path.join(folder, name), os.path.join(folder, target))  # noqa: PTH105, PTH118


def make_temporary_name() -> str:
    """Return a name for something temporary, which nobody else will choose."""
    return f"{TEMPORARY}{os.urandom(_DIGITS // 2).hex()}"


def remove_stale(folder: Folder) -> None:
    """Remove the half-written files of processes that were killed, as far as that can be done."""
    try:
        for entry in _list_stale(folder):
            if entry.is_file(follow_symlinks=False):
                unlink_in(folder, entry.name)
    except OSError:
        return  # the next change in this folder tries again


def remove_stale_folders(path: Place) -> None:
    """Remove the half-made folders of processes that were killed, as far as that can be done."""
    from shutil import rmtree  # a hook makes no folder that way

    try:
        for entry in list(_list_stale(os.fspath(path))):
            if entry.is_dir(follow_symlinks=False):
                rmtree(entry.path, ignore_errors=True)
    except OSError:
        return


def _list_stale(folder: Folder) -> Iterator[os.DirEntry[str]]:
    """Yield what nobody writes any more of all that is written beside what it becomes."""
    import time

    oldest = time.time() - _STALE_SECONDS
    with os.scandir(folder) as entries:
        for _, entry in zip(range(_MAX_LOOKED_AT), entries, strict=False):
            if _is_temporary(entry.name) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                yield entry


def _is_temporary(name: str) -> bool:
    digits = name.removeprefix(TEMPORARY)
    return digits != name and len(digits) == _DIGITS and not digits.strip("0123456789abcdef")


def set_mode(descriptor: int, folder: Folder, name: str, mode: int) -> None:
    """Set the permissions of an open file, as far as the system has any."""
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, mode)
    elif isinstance(folder, str):
        os.chmod(os.path.join(folder, name), mode)  # noqa: PTH101, PTH118


def _refuse_link(folder: str, name: str) -> str:
    place = os.path.join(folder, name)  # noqa: PTH118
    if os.path.islink(place):  # noqa: PTH114
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), place)
    return place


def _require_folder(place: str) -> None:
    if not os.path.exists(place):  # noqa: PTH110
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place)
    if not os.path.isdir(place):  # noqa: PTH112
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), place)
