"""What is wrong with a file of the work tree, each with the sentence that says the remedy."""

from __future__ import annotations

import errno

from devmatrix_guard.errors import UsageError

_ABSENT_ERRORS = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EISDIR)


class FileError(UsageError):
    """A file of the work tree is not what may be read or written there.

    Args:
        message: one sentence; line breaks of the names in it are written out.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message.replace("\n", "\\n").replace("\r", "\\r"))


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


def explain_error(error: OSError, shown: str, verb: str, obstacle: str = "") -> FileError:
    """Return the sentence for an error of the system.

    Args:
        error: what the system said.
        shown: the path, as people know it.
        verb: what could not be done, as a participle.
        obstacle: what stands where one of its folders should, and the remedy.
    """
    if obstacle and (verb != "read" or error.errno in (errno.ELOOP, errno.EMLINK)):
        return LinkedFileError(f"{shown} cannot be {verb}: {obstacle}")
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return refuse_link(shown)
    if error.errno == errno.ENOTDIR and verb != "read":
        return LinkedFileError(f"{shown} cannot be {verb}: one of its folders is none; correct it.")
    if error.errno in _ABSENT_ERRORS:
        return AbsentFileError(f"{shown}: there is no such file.")
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return refuse_irregular(shown)
    return FileError(f"{shown} cannot be {verb}: {error.strerror}; correct that and run again.")


def refuse_folder(shown: str) -> AbsentFileError:
    return AbsentFileError(f"{shown} is a folder; name a file.")


def refuse_irregular(shown: str) -> IrregularFileError:
    return IrregularFileError(f"{shown} is not a regular file; remove it, or name another.")


def refuse_link(shown: str) -> LinkedFileError:
    return LinkedFileError(
        f"{shown} is a symbolic link that is not followed; put the file itself in its place."
    )


def refuse_way(shown: str, obstacle: str) -> LinkedFileError:
    """Return the sentence for a file that a link among its folders leads out to."""
    return (
        LinkedFileError(f"{shown} cannot be read: {obstacle}") if obstacle else refuse_link(shown)
    )


def refuse_crowded(folder: str, limit: int) -> LargeFileError:
    return LargeFileError(
        f"{folder} holds more than {limit:,} files and folders and was not read; "
        "name a smaller one."
    )


def refuse_large(shown: str, limit: int) -> LargeFileError:
    return LargeFileError(f"{shown} is larger than {limit:,} bytes and was not read; shorten it.")
