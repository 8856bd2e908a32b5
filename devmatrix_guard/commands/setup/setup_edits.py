"""Edits that `init` makes and `uninstall` takes back exactly, kept in git's own folder.

A record in the work tree would come with a clone, and let whoever wrote it have files of this
machine written and deleted.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.setup.setup_texts import MERGE_DRIVER
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import (
    AbsentFileError,
    FileError,
    anchor,
    read_chosen,
    read_file,
    remove_file,
    replace_file,
    write_file,
)
from devmatrix_guard.git.process import read_git_output
from devmatrix_guard.git.repository import find_own_folder, find_repository

RECORD = "setup.json"
_MAX_BYTES = 4 * 1024 * 1024
_GIT_PATHS = ("git:hooks/pre-commit", "git:hooks/post-merge")
GIT_CONFIG = "git:config"
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


def locate_file(root: Path, path: str) -> Path:
    """Return the file an edit's path means."""
    if not path.startswith(_GIT_PREFIX):
        return root / path
    answer = read_git_output(root, "rev-parse", "--git-path", path.removeprefix(_GIT_PREFIX))
    return root / os.fsdecode(answer).rstrip("\n")


def edit_diff(root: Path, edit: SetupEdit) -> str:
    """Return the edit as a unified diff."""
    before = "" if edit.created else read_text(root, edit.path)
    after = _apply_edit(before, edit)
    old = "/dev/null" if edit.created else edit.path
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), old, edit.path
    )
    return "".join(_end_lines(lines))


def apply_edits(root: Path, edits: Sequence[SetupEdit]) -> None:
    """Make the edits and add them to the record.

    Raises:
        UsageError: a file cannot be written, or a new one is there already.
    """
    place = record_place(root)
    recorded = read_record(root)
    for edit in edits:
        file = locate_file(root, edit.path)
        if edit.created and file.exists():
            raise UsageError(f"{edit.path} is there already; guard never overwrites a file.")
        before = "" if edit.created else read_text(root, edit.path)
        mode = 0o755 if edit.executable else 0o644
        _write(root, edit.path, _apply_edit(before, edit), mode if edit.created else None)
        recorded = [*recorded, edit]
        _write_record(place, recorded)


def revert_edits(root: Path) -> Iterator[str]:
    """Take back every recorded edit, the latest first; yield a line on each."""
    for edit in reversed(read_record(root)):
        yield f"{edit.path}: {_revert(root, edit)}"
        _remove_empty_folders(locate_file(root, edit.path), root)
    record_place(root).unlink(missing_ok=True)


def render_reverting_diffs(root: Path) -> Iterator[str]:
    """Yield what taking back each recorded edit would change, as a unified diff."""
    for edit in reversed(read_record(root)):
        before = _read_if_present(root, edit.path)
        after = _take_back(before, edit) if before is not None else None
        if before is not None and after is not None:
            gone = "/dev/null" if edit.created and not after else edit.path
            lines = difflib.unified_diff(
                before.splitlines(keepends=True), after.splitlines(keepends=True), edit.path, gone
            )
            yield "".join(_end_lines(lines))


def record_place(root: Path) -> Path:
    """Return where the edits of `init` are written down."""
    return find_own_folder(find_repository(root)) / RECORD


def read_record(root: Path) -> list[SetupEdit]:
    """Return the edits `init` has made in this repository.

    Raises:
        UsageError: the record is damaged.
    """
    place = record_place(root)
    try:
        entries = json.loads(read_chosen(place, _MAX_BYTES))
        return [_parse_edit(entry) for entry in entries["edits"]]
    except AbsentFileError:
        return []
    except (FileError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError(f"{place} is damaged; delete it and undo by hand.") from error


def _parse_edit(entry: dict[str, Any]) -> SetupEdit:
    """Return one edit of the record, whose path must be one that `init` writes to.

    Raises:
        ValueError, TypeError: it is none.
    """
    edit = SetupEdit(**entry)
    kinds = (str, int, str, str, bool, bool)
    if any(type(value) is not kind for value, kind in zip(edit, kinds, strict=True)):
        raise TypeError("a value of another kind")
    parts = edit.path.removeprefix(_GIT_PREFIX).split("/")
    if {"", ".", "..", ".git"} & {part.lower() for part in parts} or edit.offset < 0:
        raise ValueError("a path that leads elsewhere")
    # Anything else in git's folder can run programs: its configuration above all.
    if edit.path.startswith(_GIT_PREFIX) and not (edit.path in _GIT_PATHS or _sets_driver(edit)):
        raise ValueError("not a file that init writes")
    return edit


def _sets_driver(edit: SetupEdit) -> bool:
    """Tell whether all an edit does is to add the merge driver to git's configuration."""
    added = edit.inserted.replace("\r\n", "\n").strip("\n")
    is_added = not edit.removed and not edit.created and added == MERGE_DRIVER.strip("\n")
    return edit.path == GIT_CONFIG and is_added


def read_text(root: Path, path: str) -> str:
    """Return the text of the file an edit's path means, with its own line ends and odd bytes.

    Raises:
        FileError: it is no regular file, too large, or a link that leads elsewhere.
    """
    return read_file(*_choose_anchor(root, path), _MAX_BYTES).decode("utf-8", "surrogateescape")


def _apply_edit(before: str, edit: SetupEdit) -> str:
    end = edit.offset + len(edit.removed)
    return before[: edit.offset] + edit.inserted + before[end:]


def _revert(root: Path, edit: SetupEdit) -> str:
    text = _read_if_present(root, edit.path)
    if text is None:
        return "already gone"
    rest = _take_back(text, edit)
    if rest is None:
        return "changed since; take guard's lines out by hand"
    if edit.created and not rest:
        remove_file(*_choose_anchor(root, edit.path))
        return "deleted"
    _write(root, edit.path, rest)
    return "restored"


def _take_back(text: str, edit: SetupEdit) -> str | None:
    """Return a text with the edit taken back, None where it is not in it any more."""
    place = edit.offset if text.startswith(edit.inserted, edit.offset) else text.find(edit.inserted)
    if place < 0:
        return None
    return text[:place] + edit.removed + text[place + len(edit.inserted) :]


def _read_if_present(root: Path, path: str) -> str | None:
    return read_text(root, path) if locate_file(root, path).exists() else None


def _choose_anchor(root: Path, path: str) -> tuple[str, str]:
    """Return what a write must stay in, and the path from there; hooks lie in git's own folder."""
    return anchor(root, locate_file(root, path))


def _write(root: Path, path: str, text: str, mode: int | None = None) -> None:
    write_file(*_choose_anchor(root, path), text.encode("utf-8", "surrogateescape"), mode=mode)


def _remove_empty_folders(file: Path, root: Path) -> None:
    """Remove the folders above a deleted file that hold nothing more; git's own are left."""
    for folder in file.parents:
        inside = root in folder.parents and ".git" not in folder.parts
        if not inside or not folder.is_dir() or any(folder.iterdir()):
            return
        folder.rmdir()


def _write_record(place: Path, edits: Sequence[SetupEdit]) -> None:
    data = {"version": 1, "edits": [edit._asdict() for edit in edits]}
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_file(place, (json.dumps(data, indent=2) + "\n").encode())


def _end_lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
