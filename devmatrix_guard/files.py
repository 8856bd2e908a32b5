"""The one way to read and to write what lies in a work tree, which belongs to somebody else.

A name in a work tree may stand for anything: a link out of the repository, a pipe that never ends,
a file of a terabyte. Reading takes regular files of a bounded size, reached without leaving the
root; writing stays inside the root and follows no link at all. Folders are entered one by one, each
by its descriptor, so that nothing between root and file can be a link that was not looked at.

Any part may use it, the hook too: nothing is imported that Python has not imported itself.
"""

from __future__ import annotations

import errno
import os
import stat

from devmatrix_guard.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    Place = str | os.PathLike[str]

TEMPORARY = ".guard-"  # how the names of files begin that are being written
MAX_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 100_000

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe that nobody writes to must not wait.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LINK_ERRORS = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)
_ABSENT_ERRORS = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR)


class _Any:
    """Stands for whatever a file holds."""


ANY: Final = _Any()


class FileError(UsageError):
    """A file of the work tree is not what may be read or written there."""


class AbsentFileError(FileError):
    """There is no such file."""


class LargeFileError(FileError):
    """It is larger than what is read."""


class IrregularFileError(FileError):
    """It is a folder, a pipe, a socket or a device."""


class LinkedFileError(FileError):
    """It is reached through a link that may not be followed, or lies outside."""


class ChangedFileError(FileError):
    """It no longer holds what it held when the change was prepared."""


def read_file(root: Place, path: Place, limit: int = MAX_BYTES) -> bytes:
    """Return what a regular file below `root` holds.

    Args:
        root: the folder nothing leads out of.
        path: the file from there, or its absolute path.
        limit: bytes; a larger file is not read.

    Raises:
        FileError: one of its kinds; the sentence names the file and the remedy.
    """
    parts = _split(root, path)
    shown = "/".join(parts)
    try:
        descriptor = _open_within(root, parts, shown)
    except OSError as error:
        raise _explain(error, shown, "read") from error
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


def read_chosen(path: Place, limit: int = MAX_BYTES) -> bytes:
    """Return what a file holds that the user named: links are followed, the rest is bounded.

    Raises:
        FileError: one of its kinds.
    """
    shown = os.fspath(path)
    try:
        descriptor = os.open(shown, _READ & ~os.O_NOFOLLOW)
    except OSError as error:
        raise _explain(error, shown, "read") from error
    try:
        return read_descriptor(descriptor, shown, limit)
    finally:
        os.close(descriptor)


def read_descriptor(descriptor: int, shown: str, limit: int) -> bytes:
    """Return the content of an open regular file of at most `limit` bytes; see `read_file`."""
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise AbsentFileError(f"{shown} is a folder; name a file.")
    if not stat.S_ISREG(status.st_mode):
        raise IrregularFileError(f"{shown} is not a regular file; remove it.")
    if status.st_size > limit:
        raise _refuse_large(shown, limit)
    chunks = []
    left = limit + 1
    while left and (chunk := os.read(descriptor, min(left, max(status.st_size + 1, 1 << 16)))):
        chunks.append(chunk)
        left -= len(chunk)
    if not left:
        raise _refuse_large(shown, limit)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def list_files(
    root: Place, folder: Place, suffixes: tuple[str, ...] = ("",), limit: int = MAX_ENTRIES
) -> list[str]:
    """Return the paths from `root` of what may be files at or below a folder, sorted.

    Linked folders are not entered; a linked file is listed, and refused when it is read if it leads
    out. A folder that is reached through a link that leaves `root` holds nothing.

    Raises:
        LargeFileError: more lies there than is looked at; half of it would be an answer by chance.
    """
    parts = _split(root, folder)
    place = os.path.join(root, *parts)  # noqa: PTH118 - pathlib costs the hook its start
    kind = _describe_kind(root, parts)
    if kind == "file":
        return ["/".join(parts)]
    found: list[str] = []
    if kind == "folder":
        found.extend("/".join((*parts, inner)) for inner in _walk(place, suffixes, limit))
    return sorted(found)


def list_folder(root: Place, folder: Place, limit: int = MAX_ENTRIES) -> list[str]:
    """Return the names of what lies in a folder, sorted; none where it is absent or leads out.

    Raises:
        LargeFileError: more lies there than is looked at.
    """
    parts = _split(root, folder)
    if _describe_kind(root, parts) != "folder":
        return []
    names: list[str] = []
    place = os.path.join(root, *parts)  # noqa: PTH118
    try:
        with os.scandir(place) as entries:
            for entry in entries:
                if len(names) == limit:
                    raise _too_crowded(place, limit)
                names.append(entry.name)
    except OSError as error:
        raise _explain(error, "/".join(parts), "read") from error
    return sorted(names)


def anchor(root: Place, path: Place) -> tuple[str, str]:
    """Return the folder that nothing read at `path` may lead out of, and the path from there.

    That is `root` for what lies in it. What the user named elsewhere, and our own files, are bound
    to themselves.
    """
    top, place = os.fspath(root), os.path.abspath(path)  # noqa: PTH100
    try:
        return top, "/".join(_split(top, place)) or "."
    except LinkedFileError:
        place = os.path.realpath(place)
    if os.path.isdir(place):  # noqa: PTH112
        return place, "."
    return os.path.dirname(place), os.path.basename(place)  # noqa: PTH119, PTH120


def is_inside(root: Place, path: Place) -> bool:
    """Tell whether a path lies below `root` and no link on the way leads out, existing or not."""
    try:
        parts = _split(root, path)
    except LinkedFileError:
        return False
    return _resolve(root, parts) is not None


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
    parts = _split(root, path)
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
            os.close(folder)
    except OSError as error:
        raise _explain(error, shown, "written") from error


def remove_file(root: Place, path: Place, *, expected: bytes | _Any | None = ANY) -> bool:
    """Remove a file below `root`, or the link that stands there; tell whether there was one.

    Raises:
        FileError: it is a folder, it is reached through a link, or holds something else.
    """
    parts = _split(root, path)
    shown = "/".join(parts)
    try:
        folder = _open_folder(root, parts[:-1])
        try:
            if not isinstance(expected, _Any):
                _check_target(folder, parts[-1], shown)
                _check_content(folder, parts[-1], shown, expected)
            os.unlink(parts[-1], dir_fd=folder)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _explain(error, shown, "removed") from error
    return True


def make_folder(root: Place, path: Place) -> None:
    """Make a folder below `root` with those above it; none of them may be a link.

    Raises:
        FileError: it cannot be made.
    """
    parts = _split(root, path)
    try:
        os.close(_open_folder(root, parts, make=True))
    except OSError as error:
        raise _explain(error, "/".join(parts), "made") from error


def check_place(root: Place, path: Place) -> None:
    """Refuse a path below `root` whose folders, as far as there are any, or itself are links.

    For what another library opens by its name.

    Raises:
        FileError: it is reached through a link, or is no regular file.
    """
    parts = _split(root, path)
    shown = "/".join(parts)
    try:
        folder = _open_folder(root, parts[:-1])
        try:
            _check_target(folder, parts[-1], shown)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _explain(error, shown, "used") from error


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
            _split(root, os.path.abspath(place))  # noqa: PTH100
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
    folder = os.open(os.path.dirname(place) or ".", _FOLDER)  # noqa: PTH120
    try:
        _replace_in(folder, os.path.basename(place), content, mode, sync=sync)  # noqa: PTH119
    finally:
        os.close(folder)


def name_beside(path: Place) -> str:
    """Return a name for something temporary in the same folder, which nobody else will choose."""
    return os.path.join(os.path.dirname(os.fspath(path)), _make_temporary_name())  # noqa: PTH118, PTH120


def write_new(
    path: str,
    content: bytes,
    *,
    mode: int | None = None,
    sync: bool = False,
    folder: int | None = None,
) -> None:
    """Write a file that does not exist yet, in the open `folder` or the current one.

    Raises:
        OSError: it exists, or cannot be written.
    """
    descriptor = os.open(path, _NEW, 0o666, dir_fd=folder)
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


def _make_temporary_name() -> str:
    return f"{TEMPORARY}{os.urandom(8).hex()}"


def _replace_in(folder: int, name: str, content: bytes, mode: int | None, *, sync: bool) -> None:
    temporary = _make_temporary_name()
    try:
        write_new(temporary, content, mode=mode, sync=sync, folder=folder)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        try:  # noqa: SIM105 - contextlib would be one more import of the hook
            os.unlink(temporary, dir_fd=folder)
        except OSError:
            pass
        raise


def _split(root: Place, path: Place) -> list[str]:
    """Return the parts of a path from `root`, which it may not leave by its text."""
    text = os.fspath(path)
    if os.path.isabs(text):  # noqa: PTH117
        text = _relate_to_root(os.fspath(root), text)
    parts = [part for part in os.path.normpath(text).split("/") if part != "."]
    if not text or "\0" in text or ".." in parts:
        raise LinkedFileError(f"{text!r} lies outside of the repository; name a file inside.")
    return parts


def _relate_to_root(root: str, path: str) -> str:
    """Return an absolute path from `root`, by its text or by the first folder that is `root`."""
    top = root.rstrip("/")
    if path.startswith(f"{top}/"):
        return path[len(top) + 1 :]
    if path == top:
        return "."
    parts = os.path.normpath(path).split("/")
    try:
        wanted = os.stat(root)  # noqa: PTH116
        for count in range(1, len(parts) + 1):
            found = os.stat("/".join(parts[:count]) or "/")  # noqa: PTH116
            if found.st_ino == wanted.st_ino and found.st_dev == wanted.st_dev:
                return "/".join(parts[count:]) or "."
    except OSError:
        pass
    raise LinkedFileError(f"{path} lies outside of {root}; name a file inside.")


def _open_within(root: Place, parts: list[str], shown: str) -> int:
    """Open a file for reading; links are followed as long as they stay inside."""
    try:
        return _open_strictly(root, parts)
    except OSError as error:
        if error.errno not in _LINK_ERRORS:
            raise
        inside = _resolve(root, parts)
        if inside is None:
            raise _refuse_link(shown) from error
        if inside == parts:
            raise
    return _open_strictly(root, inside)


def _open_strictly(root: Place, parts: list[str]) -> int:
    if len(parts) < 2:
        return os.open(os.path.join(root, *parts), _READ)  # noqa: PTH118
    folder = _open_folder(root, parts[:-1])
    try:
        return os.open(parts[-1], _READ, dir_fd=folder)
    finally:
        os.close(folder)


def _open_folder(root: Place, parts: list[str], *, make: bool = False) -> int:
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            inner = _enter(descriptor, part, make=make)
            os.close(descriptor)
            descriptor = inner
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _enter(folder: int, name: str, *, make: bool) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    try:  # noqa: SIM105
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        pass  # another process was quicker
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)


def _resolve(root: Place, parts: list[str]) -> list[str] | None:
    """Return the parts of where a path really leads, None if that is outside or in git's folder."""
    top = os.path.realpath(root)
    place = os.path.realpath(os.path.join(top, *parts))  # noqa: PTH118
    if place == top:
        return []
    if not place.startswith(f"{top.rstrip('/')}/"):
        return None
    inside = place[len(top.rstrip("/")) + 1 :].split("/")
    # What lies there may hold a password: no link brings it into a report.
    return None if inside != parts and ".git" in map(str.lower, inside) else inside


def _describe_kind(root: Place, parts: list[str]) -> str:
    place = os.fspath(root)
    try:
        status = os.stat(place)  # noqa: PTH116
        for part in parts:
            place = f"{place}/{part}"
            status = os.stat(place, follow_symlinks=False)  # noqa: PTH116
            if stat.S_ISLNK(status.st_mode):  # rare: resolving costs a hook more than all else here
                return _kind_of_link(root, parts)
    except OSError:
        return ""
    return "folder" if stat.S_ISDIR(status.st_mode) else "file"


def _kind_of_link(root: Place, parts: list[str]) -> str:
    inside = _resolve(root, parts)
    if inside is None:
        return ""
    status = os.stat(os.path.join(os.path.realpath(root), *inside), follow_symlinks=False)  # noqa: PTH116, PTH118
    return "folder" if stat.S_ISDIR(status.st_mode) else "file"


def _walk(top: str, suffixes: tuple[str, ...], limit: int) -> Iterator[str]:
    folders, count = [""], 0
    while folders:
        folder = folders.pop()
        try:
            entries = os.scandir(os.path.join(top, folder))  # noqa: PTH118
        except OSError:
            continue
        with entries:
            for entry in entries:
                count += 1
                if count > limit:
                    raise _too_crowded(top, limit)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{folder}{entry.name}/")
                elif entry.name.endswith(suffixes) and not entry.name.startswith(TEMPORARY):
                    yield f"{folder}{entry.name}"


def _check_target(folder: int, name: str, shown: str) -> os.stat_result | None:
    """Return what stands where something is to be written, None for nothing."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(status.st_mode):
        raise _refuse_link(shown)
    if not stat.S_ISREG(status.st_mode):
        raise IrregularFileError(f"{shown} is not a regular file; remove it.")
    if not status.st_mode & 0o222:
        raise FileError(f"{shown} is read-only and was left as it is; make it writable.")
    return status


def _check_content(folder: int, name: str, shown: str, expected: bytes | _Any | None) -> None:
    if isinstance(expected, _Any):
        return
    held: bytes | None = None
    try:
        descriptor = os.open(name, _READ, dir_fd=folder)
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


def _explain(error: OSError, shown: str, verb: str) -> FileError:
    """Return the sentence for an error of the system."""
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return _refuse_link(shown)
    if error.errno == errno.ENOTDIR and verb != "read":
        return LinkedFileError(
            f"{shown} cannot be {verb}: a symbolic link or a file stands where one of its folders "
            "should; move it."
        )
    if error.errno in _ABSENT_ERRORS:
        return AbsentFileError(f"{shown}: there is no such file.")
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return IrregularFileError(f"{shown} is not a regular file; remove it.")
    return FileError(f"{shown} cannot be {verb}: {error.strerror}; correct that and run again.")


def _refuse_link(shown: str) -> LinkedFileError:
    return LinkedFileError(
        f"{shown} is reached through a symbolic link that is not followed; "
        "put the file itself in its place."
    )


def _too_crowded(folder: str, limit: int) -> LargeFileError:
    return LargeFileError(
        f"{folder} holds more than {limit:,} files and folders and was not read; "
        "name a smaller one."
    )


def _refuse_large(shown: str, limit: int) -> LargeFileError:
    return LargeFileError(f"{shown} is larger than {limit:,} bytes and was not read; shorten it.")
