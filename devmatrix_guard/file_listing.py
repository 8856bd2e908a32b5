"""The part of `files` that a hook needs before it knows whether there is anything to say.

It lists folders, reads files that the user or guard itself chose, and tells what lies inside of a
root. What is wrong with a file has a module of its own, which hardly any hook loads.
"""

from __future__ import annotations

import os
import stat

from devmatrix_guard.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Place = str | os.PathLike[str]

TEMPORARY = ".guard-"  # how the names of files begin that are being written
MAX_BYTES = 32 * 1024 * 1024
MAX_ENTRIES = 100_000

# What a system lacks counts as nothing; `file_folders` then looks for links itself.
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
CLOSE = getattr(os, "O_CLOEXEC", 0)
BINARY = getattr(os, "O_BINARY", 0)
FOLDER_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | CLOSE
# O_NONBLOCK: opening a pipe that nobody writes to must not wait.
READ_FLAGS = os.O_RDONLY | NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | CLOSE | BINARY


def read_chosen(path: Place, limit: int = MAX_BYTES) -> bytes:
    """Return what a file holds that the user named: links are followed, the rest is bounded.

    Raises:
        FileError: one of its kinds.
    """
    shown = os.fspath(path)
    try:
        descriptor = os.open(shown, READ_FLAGS & ~NO_FOLLOW)
    except OSError as error:
        from devmatrix_guard.file_errors import explain_error

        raise explain_error(error, shown, "read") from error
    try:
        return read_descriptor(descriptor, shown, limit)
    finally:
        os.close(descriptor)


def read_descriptor(descriptor: int, shown: str, limit: int) -> bytes:
    """Return the content of an open regular file of at most `limit` bytes; see `read_file`."""
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        from devmatrix_guard.file_errors import refuse_folder

        raise refuse_folder(shown)
    if not stat.S_ISREG(status.st_mode):
        from devmatrix_guard.file_errors import refuse_irregular

        raise refuse_irregular(shown)
    if status.st_size > limit:
        from devmatrix_guard.file_errors import refuse_large

        raise refuse_large(shown, limit)
    chunks = []
    left = limit + 1
    while left and (chunk := os.read(descriptor, min(left, max(status.st_size + 1, 1 << 16)))):
        chunks.append(chunk)
        left -= len(chunk)
    if not left:
        from devmatrix_guard.file_errors import refuse_large

        raise refuse_large(shown, limit)
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
    parts = split_path(root, folder)
    place = os.path.join(root, *parts)  # noqa: PTH118 - pathlib costs the hook its start
    kind = describe_kind(root, parts)
    if kind == "file":
        return ["/".join(parts)]
    found: list[str] = []
    if kind == "folder":
        head = "".join(f"{part}/" for part in parts)
        found = [f"{head}{inner}" for inner in _walk(place, suffixes, limit)]
    return sorted(found)


def anchor(root: Place, path: Place) -> tuple[str, str]:
    """Return the folder that nothing read at `path` may lead out of, and the path from there.

    That is `root` for what lies in it. What the user named elsewhere, and our own files, are bound
    to themselves.
    """
    top, place = os.fspath(root), os.path.abspath(path)  # noqa: PTH100
    try:
        return top, "/".join(split_path(top, place)) or "."
    except UsageError:  # it lies outside
        place = os.path.realpath(place)
    if os.path.isdir(place):  # noqa: PTH112
        return place, "."
    return os.path.dirname(place), os.path.basename(place)  # noqa: PTH119, PTH120


def split_path(root: Place, path: Place) -> list[str]:
    """Return the parts of a path from `root`, which it may not leave by its text."""
    text = os.fspath(path)
    if os.path.isabs(text):  # noqa: PTH117
        text = _relate_to_root(os.fspath(root), text)
    parts = [part for part in _use_slashes(os.path.normpath(text)).split("/") if part != "."]
    if not text or "\0" in text or ".." in parts:
        from devmatrix_guard.file_errors import LinkedFileError

        raise LinkedFileError(f"{text!r} lies outside of the repository; name a file inside.")
    return parts


def _relate_to_root(root: str, path: str) -> str:
    """Return an absolute path from `root`, by its text or by the first folder that is `root`."""
    root, path = _use_slashes(root), _use_slashes(path)
    top = root.rstrip("/")
    if path.startswith(f"{top}/"):
        return path[len(top) + 1 :]
    if path == top:
        return "."
    parts = _use_slashes(os.path.normpath(path)).split("/")
    try:
        wanted = os.stat(root)  # noqa: PTH116
        for count in range(1, len(parts) + 1):
            found = os.stat("/".join(parts[:count]) or "/")  # noqa: PTH116
            if found.st_ino == wanted.st_ino and found.st_dev == wanted.st_dev:
                return "/".join(parts[count:]) or "."
    except OSError:
        pass
    from devmatrix_guard.file_errors import LinkedFileError

    raise LinkedFileError(f"{path} lies outside of {root}; name a file inside.")


def _use_slashes(path: str) -> str:
    return path if os.sep == "/" else path.replace(os.sep, "/")


def resolve_inside(root: Place, parts: list[str]) -> list[str] | None:
    """Return the parts of where a path really leads, None if that is outside or in git's folder."""
    top = _use_slashes(os.path.realpath(root))
    place = _use_slashes(os.path.realpath(os.path.join(top, *parts)))  # noqa: PTH118
    if place == top:
        return []
    if not place.startswith(f"{top.rstrip('/')}/"):
        return None
    inside = place[len(top.rstrip("/")) + 1 :].split("/")
    # What lies there may hold a password: no link brings it into a report.
    return None if inside != parts and ".git" in map(str.lower, inside) else inside


def describe_kind(root: Place, parts: list[str]) -> str:
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
    inside = resolve_inside(root, parts)
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
                    from devmatrix_guard.file_errors import refuse_crowded

                    raise refuse_crowded(top, limit)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{folder}{entry.name}/")
                elif entry.name.endswith(suffixes) and not entry.name.startswith(TEMPORARY):
                    yield f"{folder}{entry.name}"
