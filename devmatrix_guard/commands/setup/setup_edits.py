"""Edits that `init` makes and `uninstall` takes back exactly, kept in `.guard/setup.json`."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import replace_file
from devmatrix_guard.git.process import git_output

RECORD = ".guard/setup.json"
_GIT_PREFIX = "git:"  # a path below git's own folder, which a linked work tree has elsewhere


class SetupEdit(NamedTuple):
    """Put `inserted` in the place of `removed` at `offset`; `created` makes a new file.

    `path` is relative to the repository's root, or starts with `git:` for git's own folder.
    """

    path: str
    offset: int
    removed: str
    inserted: str
    created: bool = False
    executable: bool = False


def file_of(root: Path, path: str) -> Path:
    """Return the file an edit's path means."""
    if not path.startswith(_GIT_PREFIX):
        return root / path
    answer = git_output(root, "rev-parse", "--git-path", path.removeprefix(_GIT_PREFIX))
    return root / os.fsdecode(answer).rstrip("\n")


def edit_diff(root: Path, edit: SetupEdit) -> str:
    """Return the edit as a unified diff."""
    before = "" if edit.created else read_text(file_of(root, edit.path))
    after = _applied(before, edit)
    old = "/dev/null" if edit.created else edit.path
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), old, edit.path
    )
    return "".join(_with_newlines(lines))


def apply_edits(root: Path, edits: Sequence[SetupEdit]) -> None:
    """Make the edits and add them to the record.

    Raises:
        UsageError: a file cannot be written, or a new one is there already.
    """
    recorded = read_record(root)
    for edit in edits:
        file = file_of(root, edit.path)
        if edit.created and file.exists():
            raise UsageError(f"{edit.path} is there already; guard never overwrites a file.")
        before = "" if edit.created else read_text(file)
        mode = 0o755 if edit.executable else 0o644
        write_text(file, _applied(before, edit), mode if edit.created else None)
        recorded = [*recorded, edit]
        _write_record(root, recorded)


def revert_edits(root: Path) -> Iterator[str]:
    """Take back every recorded edit, the latest first; yield a line on each."""
    for edit in reversed(read_record(root)):
        file = file_of(root, edit.path)
        yield f"{edit.path}: {_revert(file, edit)}"
        _remove_empty_folders(file, root)
    (root / RECORD).unlink(missing_ok=True)
    _remove_empty_folders(root / RECORD, root)


def read_record(root: Path) -> list[SetupEdit]:
    """Return the edits `init` has made in this repository.

    Raises:
        UsageError: the record is damaged.
    """
    try:
        entries = json.loads((root / RECORD).read_text("utf-8"))
        return [SetupEdit(**entry) for entry in entries["edits"]]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{RECORD} is damaged; restore it from git, or delete it and undo by hand."
        ) from error


def read_text(file: Path) -> str:
    """Return a file's text with its own line ends, bytes that are no UTF-8 kept."""
    return file.read_bytes().decode("utf-8", "surrogateescape")


def write_text(file: Path, text: str, mode: int | None = None) -> None:
    """Replace a file by a whole new one; `mode` None keeps the mode it had.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        mode = mode if mode is not None else file.stat().st_mode & 0o7777
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file.resolve(), text.encode("utf-8", "surrogateescape"), mode=mode)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error


def _applied(before: str, edit: SetupEdit) -> str:
    end = edit.offset + len(edit.removed)
    return before[: edit.offset] + edit.inserted + before[end:]


def _revert(file: Path, edit: SetupEdit) -> str:
    if not file.exists():
        return "already gone"
    text = read_text(file)
    place = edit.offset if text.startswith(edit.inserted, edit.offset) else text.find(edit.inserted)
    if place < 0:
        return "changed since; take guard's lines out by hand"
    rest = text[:place] + edit.removed + text[place + len(edit.inserted) :]
    if edit.created and not rest:
        file.unlink()
        return "deleted"
    write_text(file, rest)
    return "restored"


def _remove_empty_folders(file: Path, root: Path) -> None:
    """Remove the folders above a deleted file that hold nothing more; git's own are left."""
    for folder in file.parents:
        inside = root in folder.parents and ".git" not in folder.parts
        if not inside or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()


def _write_record(root: Path, edits: Sequence[SetupEdit]) -> None:
    data = {"version": 1, "edits": [edit._asdict() for edit in edits]}
    write_text(root / RECORD, json.dumps(data, indent=2) + "\n", 0o644)


def _with_newlines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
