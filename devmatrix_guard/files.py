"""The one way to read and to write what lies in a work tree, which belongs to somebody else.

A name in a work tree may stand for anything: a link out of the repository, a pipe that never ends,
a file of a terabyte. Reading takes regular files of a bounded size, reached without leaving the
root; writing stays inside the root and follows no link at all. Folders are entered one by one, each
by its descriptor, so that nothing between root and file can be a link that was not looked at.

Any part may use it. What a hook needs at its start is in `file_listing`, and is found here, too.
"""

from __future__ import annotations

import errno
import os
import stat

from devmatrix_guard.file_errors import (
    AbsentFileError,
    ChangedFileError,
    FileError,
    IrregularFileError,
    LargeFileError,
    LinkedFileError,
    explain_error,
    refuse_crowded,
    refuse_folder,
    refuse_irregular,
    refuse_link,
    refuse_way,
)
from devmatrix_guard.file_folders import (
    close_folder,
    enter_folder,
    make_in,
    make_temporary_name,
    open_folder,
    open_in,
    remove_stale,
    remove_stale_folders,
    replace_in,
    set_mode,
    stat_in,
    unlink_in,
)
from devmatrix_guard.file_listing import (
    BINARY,
    CLOSE,
    MAX_BYTES,
    MAX_ENTRIES,
    NO_FOLLOW,
    READ_FLAGS,
    TEMPORARY,
    anchor,
    describe_kind,
    list_files,
    read_chosen,
    read_descriptor,
    resolve_inside,
    split_path,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

TYPE_CHECKING = False
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from devmatrix_guard.file_folders import Folder

    Place = str | os.PathLike[str]

__all__ = [
    "ANY",
    "MAX_BYTES",
    "MAX_ENTRIES",
    "TEMPORARY",
    "AbsentFileError",
    "ChangedFileError",
    "FileError",
    "IrregularFileError",
    "LargeFileError",
    "LinkedFileError",
    "anchor",
    "check_place",
    "find_work_tree",
    "is_inside",
    "list_files",
    "list_folder",
    "make_folder",
    "name_beside",
    "read_chosen",
    "read_descriptor",
    "read_file",
    "read_if_present",
    "remove_file",
    "remove_stale_folders",
    "replace_file",
    "write_file",
    "write_new",
    "write_output",
]

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW | CLOSE | BINARY
_LINK_ERRORS = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)


class _Any:
    """Stands for whatever a file holds."""


ANY: Final = _Any()


def read_file(root: Place, path: Place, limit: int = MAX_BYTES) -> bytes:
    """Return what a regular file below `root` holds.

    Args:
        root: the folder nothing leads out of.
        path: the file from there, or its absolute path.
        limit: bytes; a larger file is not read.

    Raises:
        FileError: one of its kinds; the sentence names the file and the remedy.
    """
    parts = _split_file_path(root, path)
    shown = "/".join(parts)
    try:
        descriptor = _open_within(root, parts, shown)
    except OSError as error:
        raise explain_error(error, shown, "read", _find_obstacle(root, parts)) from error
    try:
        return read_descriptor(descriptor, shown, limit)
    finally:
        os.close(descriptor)


def read_if_present(root: Place, path: Place, limit: int = MAX_BYTES) -> bytes | None:
    """Return what a file holds, None where there is none or a folder; see `read_file`."""
    try:
        return read_file(root, path, limit)
    except AbsentFileError:
        return None


def list_folder(root: Place, folder: Place, limit: int = MAX_ENTRIES) -> list[str]:
    """Return the names of what lies in a folder, sorted; none where it is absent or leads out.

    Raises:
        LargeFileError: more lies there than is looked at.
    """
    parts = split_path(root, folder)
    if describe_kind(root, parts) != "folder":
        return []
    names: list[str] = []
    place = os.path.join(root, *parts)  # noqa: PTH118
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                if len(names) == limit:
                    raise refuse_crowded(place, limit)
                names.append(entry.name)
    except OSError as error:
        raise explain_error(error, "/".join(parts), "read", _find_obstacle(root, parts)) from error
    return sorted(names)


def is_inside(root: Place, path: Place) -> bool:
    """Tell whether a path lies below `root` and no link on the way leads out, existing or not."""
    try:
        parts = split_path(root, path)
    except LinkedFileError:
        return False
    return resolve_inside(root, parts) is not None


def write_file(
    root: Place,
    path: Place,
    content: bytes,
    *,
    mode: int | None = None,
    expected: bytes | _Any | None = ANY,
    sync: bool = False,
) -> None:
    """Put `content` in the place of a file below `root`, or make it with its folders, in one step.

    Args:
        root: the folder nothing leads out of.
        path: the file from there, or its absolute path; no part of it may be a link.
        content: all of it.
        mode: its permissions; None keeps those it has, and gives a new one what the umask leaves.
        expected: what it must hold now, None for no file; otherwise nothing is written.
        sync: have it on the disk before the old content is given up.

    Raises:
        FileError: one of its kinds; nothing was changed.
    """
    parts = _split_file_path(root, path)
    shown = "/".join(parts)
    try:
        folder = _open_folder(root, parts[:-1], make=True)
        try:
            status = _check_target(folder, parts[-1], shown)
            _check_content(folder, parts[-1], shown, expected)
            if mode is None and status is not None:
                mode = stat.S_IMODE(status.st_mode)
            _replace_in(folder, parts[-1], content, mode, sync=sync)
        finally:
            close_folder(folder)
    except OSError as error:
        raise explain_error(error, shown, "written", _find_obstacle(root, parts)) from error


def remove_file(root: Place, path: Place, *, expected: bytes | _Any | None = ANY) -> bool:
    """Remove a file below `root`, or the link that stands there; tell whether there was one.

    Raises:
        FileError: it is a folder, it is reached through a link, or holds something else.
    """
    parts = _split_file_path(root, path)
    shown = "/".join(parts)
    try:
        folder = _open_folder(root, parts[:-1])
        try:
            if not isinstance(expected, _Any):
                _check_target(folder, parts[-1], shown)
                _check_content(folder, parts[-1], shown, expected)
            unlink_in(folder, parts[-1])
            remove_stale(folder)
        finally:
            close_folder(folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise explain_error(error, shown, "removed", _find_obstacle(root, parts)) from error
    return True


def make_folder(root: Place, path: Place) -> None:
    """Make a folder below `root` with those above it; none of them may be a link.

    Raises:
        FileError: it cannot be made.
    """
    parts = split_path(root, path)
    try:
        close_folder(_open_folder(root, parts, make=True))
    except OSError as error:
        shown, obstacle = "/".join(parts), _find_obstacle(root, [*parts, ""])
        raise explain_error(error, shown, "made", obstacle) from error


def check_place(root: Place, path: Place) -> None:
    """Refuse a path below `root` whose folders, as far as there are any, or itself are links.

    For what another library opens by its name.

    Raises:
        FileError: it is reached through a link, or is no regular file.
    """
    parts = _split_file_path(root, path)
    shown = "/".join(parts)
    try:
        folder = _open_folder(root, parts[:-1])
        try:
            _check_target(folder, parts[-1], shown)
        finally:
            close_folder(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise explain_error(error, shown, "used", _find_obstacle(root, parts)) from error


def follow_links(path: Path) -> Path:
    """Return where a path leads, absolute; links that lead in a circle lead to themselves.

    `Path.resolve` raises for those, before Python 3.13 something that is no OSError.
    """
    from pathlib import Path

    return Path(os.path.realpath(path))


def write_output(path: Place, content: bytes) -> None:
    """Write where the user asked for it: anywhere, but through no link of the work tree.

    Raises:
        FileError: it cannot be written, or a link in the work tree is on the way.
    """
    try:
        _write_output(os.fspath(path), content)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}; choose another.") from error


def _write_output(place: str, content: bytes) -> None:
    root = find_work_tree()
    if root is not None:
        try:
            split_path(root, os.path.abspath(place))  # noqa: PTH100
        except LinkedFileError:
            pass
        else:
            write_file(root, os.path.abspath(place), content)  # noqa: PTH100
            return
    if os.path.exists(place) and not os.path.isfile(place):  # noqa: PTH110, PTH113
        with open(place, "wb") as stream:  # noqa: PTH123  # a pipe or terminal cannot be replaced
            stream.write(content)
        return
    place = os.path.realpath(place)
    os.makedirs(os.path.dirname(place) or ".", exist_ok=True)  # noqa: PTH103, PTH120
    replace_file(place, content)


def find_work_tree() -> str | None:
    """Return the work tree the user stands in, whose links no output goes through."""
    folder = os.getcwd()  # noqa: PTH109
    while not os.path.exists(os.path.join(folder, ".git")):  # noqa: PTH110, PTH118
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    return folder


def replace_file(
    path: Place, content: bytes, *, mode: int | None = None, sync: bool = False
) -> None:
    """Put `content` in the place of a file outside of any work tree, in one step.

    Args:
        path: the file; its folder exists.
        content: all of it.
        mode: its permissions; None leaves what the umask leaves.
        sync: have it on the disk before the old content is given up.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    place = os.fspath(path)
    folder = open_folder(os.path.dirname(place) or ".")  # noqa: PTH120
    try:
        _replace_in(folder, os.path.basename(place), content, mode, sync=sync)  # noqa: PTH119
    except OSError as error:  # it names the temporary file, and no folder
        raise OSError(error.errno, error.strerror, place) from error
    finally:
        close_folder(folder)


def name_beside(path: Place) -> str:
    """Return a name for something temporary in the same folder, which nobody else will choose."""
    return os.path.join(os.path.dirname(os.fspath(path)), make_temporary_name())  # noqa: PTH118, PTH120


def write_new(
    path: str,
    content: bytes,
    *,
    mode: int | None = None,
    sync: bool = False,
    folder: Folder = "",
) -> None:
    """Write a file that does not exist yet, in the open `folder` or the current one.

    Raises:
        OSError: it exists, or cannot be written.
    """
    descriptor = open_in(folder, path, _NEW)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if mode is not None:
            set_mode(descriptor, folder, path, mode)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace_in(folder: Folder, name: str, content: bytes, mode: int | None, *, sync: bool) -> None:
    temporary = make_temporary_name()
    try:
        write_new(temporary, content, mode=mode, sync=sync, folder=folder)
        replace_in(folder, temporary, name)
    except BaseException:
        try:  # noqa: SIM105 - contextlib would be one more import of the hook
            unlink_in(folder, temporary)
        except OSError:
            pass
        raise
    remove_stale(folder)


def _split_file_path(root: Place, path: Place) -> list[str]:
    """Return the parts of a path to a file; no parts where the root is the file."""
    parts = split_path(root, path)
    if not parts and os.path.isdir(root):  # noqa: PTH112
        raise refuse_folder(os.fspath(root))
    return parts


def _find_obstacle(root: Place, parts: list[str]) -> str:
    """Return what stands where a folder above the last part should, and what to do about it."""
    for count in range(1, len(parts)):
        place = os.path.join(root, *parts[:count])  # noqa: PTH118
        try:
            mode = os.lstat(place).st_mode
        except OSError:
            return ""
        shown = "/".join(parts[:count])
        if stat.S_ISLNK(mode):
            return f"{shown} is a symbolic link; put a folder in its place."
        if not stat.S_ISDIR(mode):
            return f"{shown} is no folder; move it away, as a folder belongs there."
    return ""


def _open_within(root: Place, parts: list[str], shown: str) -> int:
    """Open a file for reading; links are followed as long as they stay inside."""
    try:
        return _open_strictly(root, parts)
    except OSError as error:
        if error.errno not in _LINK_ERRORS:
            raise
        inside = resolve_inside(root, parts)
        if inside is None:
            raise refuse_way(shown, _find_obstacle(root, parts)) from error
        if inside == parts:
            raise
    return _open_strictly(root, inside)


def _open_strictly(root: Place, parts: list[str]) -> int:
    if len(parts) < 2:
        return open_in("", os.path.join(root, *parts), READ_FLAGS)  # noqa: PTH118
    folder = _open_folder(root, parts[:-1])
    try:
        return open_in(folder, parts[-1], READ_FLAGS)
    finally:
        close_folder(folder)


def _open_folder(root: Place, parts: list[str], *, make: bool = False) -> Folder:
    folder = open_folder(root)
    try:
        for part in parts:
            inner = _enter(folder, part, make=make)
            close_folder(folder)
            folder = inner
    except BaseException:
        close_folder(folder)
        raise
    return folder


def _enter(folder: Folder, name: str, *, make: bool) -> Folder:
    try:
        return enter_folder(folder, name)
    except FileNotFoundError:
        if not make:
            raise
    try:  # noqa: SIM105
        make_in(folder, name)
    except FileExistsError:
        pass  # another process was quicker
    return enter_folder(folder, name)


def _check_target(folder: Folder, name: str, shown: str) -> os.stat_result | None:
    """Return what stands where something is to be written, None for nothing."""
    try:
        status = stat_in(folder, name)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(status.st_mode):
        raise refuse_link(shown)
    if stat.S_ISDIR(status.st_mode):
        raise IrregularFileError(f"{shown} is a folder; move it away, or name a file.")
    if not stat.S_ISREG(status.st_mode):
        raise refuse_irregular(shown)
    if not status.st_mode & 0o222:
        raise FileError(f"{shown} is read-only and was left as it is; make it writable.")
    return status


def _check_content(folder: Folder, name: str, shown: str, expected: bytes | _Any | None) -> None:
    if isinstance(expected, _Any):
        return
    held: bytes | None = None
    try:
        descriptor = open_in(folder, name, READ_FLAGS)
    except FileNotFoundError:
        pass
    else:
        try:
            held = read_descriptor(descriptor, shown, MAX_BYTES)
        finally:
            os.close(descriptor)
    if held != expected:
        raise ChangedFileError(
            f"{shown} changed in the meantime and was left unchanged; run again."
        )


def is_file(path: Place) -> bool:
    """Tell whether there is a file; `Path.is_file` raises where a name is too long for one."""
    return os.path.isfile(path)  # noqa: PTH113
