"""Turns a file that may be checked into what the engine gets, or into the reason why not."""

from __future__ import annotations

import posixpath
import re
import stat
from itertools import accumulate
from typing import NamedTuple, Protocol

from devmatrix_guard.commands.check.change.place import Place
from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.python_files import has_python_name, is_python, may_be_python
from devmatrix_guard.engine.tree.cookie import find_odd_encoding
from devmatrix_guard.files import (
    AbsentFileError,
    FileError,
    IrregularFileError,
    LinkedFileError,
    anchor,
    read_file,
)
from devmatrix_guard.generated_code import GENERATED, says_generated
from devmatrix_guard.git.changes import (
    Ranges,
    list_added_lines,
    read_range_changes,
    read_staged_changes,
)
from devmatrix_guard.git.ranges import Range
from devmatrix_guard.git.raw import SUBMODULE_MODE, SYMLINK_MODE
from devmatrix_guard.git.repository import is_partial
from devmatrix_guard.globs import find_match
from devmatrix_guard.model.diff import Skip, Target

_NOTEBOOK = ".ipynb"
_MAX_PATH = 4096
_LFS = b"version https://git-lfs.github.com/spec/"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LONE_RETURN = re.compile(rb"\r(?!\n)")

_PROMISED = "not in this partial clone; fetch it to have it checked"
_LOST = "missing or damaged in git's objects, so it was not checked; `git fsck` names what is"
_LINK = "symbolic link"
NOT_PYTHON = "not a Python file"
_MODULE = "submodule"


class Bounds(NamedTuple):
    """What the settings say about which files are looked at."""

    max_file_kb: int = 1024
    exclude: tuple[str, ...] = ()
    notebooks: bool = True


class Earlier(Protocol):
    """What is known of the files before the change."""

    def was_checked(self, candidate: Candidate) -> bool:
        """Whether the file as it was could be checked, so that only its new lines are news."""

    def was_python(self, candidate: Candidate) -> bool:
        """Whether it was a Python file by its name or its first line."""

    def said_generated(self, candidate: Candidate) -> bool:
        """Whether a comment that says so may leave the file out: it did so before the change."""


class NothingEarlier:
    """Takes every file for one that was checked, as far as it was there."""

    def was_checked(self, candidate: Candidate) -> bool:
        return True

    def was_python(self, candidate: Candidate) -> bool:
        return False

    def said_generated(self, candidate: Candidate) -> bool:
        return True


class Reader:
    """Reads candidates from git or from disk.

    Args:
        place: the repository with its open reader, or a folder that is in none.
        compared: the range under check, or None for the index.
        earlier: tells what was checked before the change; without it all was.
    """

    def __init__(
        self,
        place: Place,
        compared: Range | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        self._earlier = earlier or NothingEarlier()
        self._repo = place.repo
        self._blobs = place.blobs
        self._compared = compared

    def read(
        self, candidate: Candidate, bounds: Bounds, *, any_text: bool = False
    ) -> Target | Skip | None:
        """Return the target, the reason it is skipped, or None where there is nothing to check.

        With `any_text` a file in another language is a target, too.
        """
        path = candidate.path
        if not _is_changed(candidate) and not self._is_news(candidate):
            return None
        if not any_text and not may_be_python(path, candidate.mode):
            return self._explain_other_kind(candidate)
        is_named = any_text or may_be_python(path)
        skip = skip_by_name(candidate, bounds)
        if skip is not None:
            return self._judge_link(candidate, skip) if is_named else None
        source = self.content(candidate, max_file_kb=bounds.max_file_kb)
        if not isinstance(source, bytes):
            return source if is_named else None  # a program of some kind
        is_ours = any_text or is_python(path, source) or self._earlier.was_python(candidate)
        if not is_ours:
            return Skip(path, NOT_PYTHON) if candidate.named else None
        reason = reason_by_content(source)
        if reason:
            return Skip(path, reason)
        if is_notebook(path) and not any_text:
            return self._of_notebook(candidate, source)
        if says_generated(source) and self._earlier.said_generated(candidate):
            return Skip(path, GENERATED, is_agreed=True)
        if not any_text and not self._earlier.was_checked(candidate):
            return Target(path, source, None)
        return self._target(candidate, source)

    def _judge_link(self, candidate: Candidate, skip: Skip) -> Skip:
        """Return why a file is not looked at; a link hides what Python would run by its name."""
        is_link = candidate.mode == SYMLINK_MODE and has_python_name(candidate.path)
        if not is_link or self._compared is None or self._blobs is None or candidate.blob is None:
            return skip
        text = self._blobs.read(candidate.blob, _MAX_PATH)
        target = "" if text is None else text.decode("utf-8", "surrogateescape")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(candidate.path), target))
        if has_python_name(place) and not place.startswith(("/", "../")):
            return skip  # a file of its own, which is judged by its own name
        return Skip(candidate.path, "a link to what is no Python file of this repository")

    def _of_notebook(self, candidate: Candidate, source: bytes) -> Target | Skip:
        from devmatrix_guard.engine.tree.notebook import NotebookError, read_notebook

        try:
            code, places = read_notebook(source)
        except NotebookError as error:
            return Skip(candidate.path, str(error), is_agreed=error.is_foreign)
        if b"\0" in code:
            return Skip(candidate.path, "a NUL character in its code")
        if not self._earlier.was_checked(candidate):
            return Target(candidate.path, code, None, places)
        target = self._target(candidate, source)
        return (
            target
            if isinstance(target, Skip)
            else Target(candidate.path, code, target.lines, places)
        )

    def _is_news(self, candidate: Candidate) -> bool:
        """Whether a file that was only renamed, or lost some lines, has never been checked."""
        if candidate.blob is None or not may_be_python(candidate.path):
            return False
        is_other = candidate.old_path is not None or candidate.blob != candidate.old_blob
        return is_other and not self._earlier.was_checked(candidate)

    def _explain_other_kind(self, candidate: Candidate) -> Skip | None:
        path, old = candidate.path, candidate.old_path
        if old is not None and _is_changed(candidate) and self._earlier.was_python(candidate):
            return Skip(path, f"no longer the name of a Python file; it was {old}")
        return Skip(path, NOT_PYTHON) if candidate.named else None

    def content(self, candidate: Candidate, *, max_file_kb: int) -> bytes | Skip | None:
        """Return what a file holds, the reason it is skipped, or None where there is nothing."""
        limit = max_file_kb * 1024
        if candidate.blob is None:
            return self._from_disk(candidate, limit)
        if self._blobs is None:
            return None
        source = self._blobs.read(candidate.blob, limit)
        if source is not None:
            return source
        size = self._blobs.get_size(candidate.blob)
        reason = self._explain_absence("its content") if size is None else _too_large(size, limit)
        return Skip(candidate.path, reason)

    def _explain_absence(self, subject: str) -> str:
        is_promised = self._repo is not None and is_partial(self._repo)
        return f"{subject} is {_PROMISED if is_promised else _LOST}"

    def _from_disk(self, candidate: Candidate, limit: int) -> bytes | Skip | None:
        place = candidate.place
        root = self._repo.root if self._repo else place.parent
        try:
            status = place.lstat()
            if stat.S_ISLNK(status.st_mode):
                return Skip(candidate.path, _LINK, is_agreed=True)
            if stat.S_ISDIR(status.st_mode):
                return Skip(candidate.path, _MODULE, is_agreed=True)
            if stat.S_ISREG(status.st_mode) and status.st_size > limit:
                return Skip(candidate.path, _too_large(status.st_size, limit))
            return read_file(*anchor(root, place), limit)
        except (AbsentFileError, FileNotFoundError):
            return None  # deleted, or left out by a sparse checkout
        except LinkedFileError:
            return Skip(candidate.path, _LINK, is_agreed=True)
        except IrregularFileError:
            return Skip(candidate.path, "not a regular file")
        except FileError as error:
            return Skip(candidate.path, str(error))
        except OSError as error:
            return Skip(candidate.path, f"cannot be read: {error.strerror}")

    def _target(self, candidate: Candidate, source: bytes) -> Target | Skip:
        lines = candidate.lines
        if candidate.opaque and source:
            shown = self._as_text(candidate)
            if isinstance(shown, Skip):
                return shown
            lines = shown
        return Target(candidate.path, source, lines and _source_lines(source, lines))

    def _as_text(self, candidate: Candidate) -> Ranges | Skip:
        """Return the changed lines of a text that git's attributes call binary."""
        if self._repo is None or self._blobs is None:
            return ()
        if candidate.old_blob is not None and self._blobs.get_size(candidate.old_blob) is None:
            return Skip(candidate.path, self._explain_absence("its earlier content"))
        text = (candidate.path,)
        changes = (
            read_range_changes(self._repo, self._compared.base, self._compared.head, text=text)
            if self._compared
            else read_staged_changes(self._repo, text=text)
        )
        return next((list_added_lines(shown) for shown in changes), ())


def _is_changed(candidate: Candidate) -> bool:
    return candidate.lines != () or candidate.opaque


def is_notebook(path: str) -> bool:
    """Whether a file is a notebook by its name."""
    return path.lower().endswith(_NOTEBOOK)


def may_undo(candidate: Candidate, bounds: Bounds) -> bool:
    """Whether a file that no rule reads, such as one in another language, may take back a fix."""
    skip = skip_by_name(candidate, bounds)
    return skip is None or not skip.is_agreed


def skip_by_name(candidate: Candidate, bounds: Bounds) -> Skip | None:
    """Return why a file is not looked at whatever it holds, None where it is."""
    path = candidate.path
    agreed = ""
    if candidate.mode == SYMLINK_MODE:
        agreed = _LINK
    elif candidate.mode == SUBMODULE_MODE:
        agreed = _MODULE
    elif is_notebook(path) and not bounds.notebooks:
        agreed = "the settings leave notebooks out"
    else:
        found = find_match(path, bounds.exclude)
        agreed = "" if found is None else f"excluded by `{found}` in the settings"
    if agreed:
        return Skip(path, agreed, is_agreed=True)
    if len(path) > _MAX_PATH:
        return Skip(path, f"its path is longer than {_MAX_PATH} characters")
    return Skip(path, "a backslash in its path") if "\\" in path else None


def reason_by_content(source: bytes) -> str:
    """Return why a file cannot be looked at, empty where it can."""
    if source.startswith(_LFS):
        return "a Git LFS pointer"
    if source.startswith(_UTF16):
        return "UTF-16, which Python does not read"
    if b"\0" in source:
        return "binary: it holds NUL bytes"
    if odd := find_odd_encoding(source):
        return f"its encoding {odd} hides what is written; save it as UTF-8"
    return ""


def _too_large(size: int, limit: int) -> str:
    return f"{size // 1024} KiB, over max-file-kb = {limit // 1024}"


def _source_lines(source: bytes, ranges: Ranges) -> Ranges:
    """Return git's line ranges as Python counts lines: a lone carriage return ends one too."""
    if not _LONE_RETURN.search(source):
        return ranges
    breaks = [len(_LONE_RETURN.findall(line)) for line in source.split(b"\n")]
    extra = [0, *accumulate(breaks)]
    last = len(breaks)
    return tuple((start + extra[start - 1], end + extra[min(end, last)]) for start, end in ranges)
