"""A change as git describes it: files, hunks, and the lines a check may speak about."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Hunk(NamedValue):
    """One hunk without context lines; starts are 1-based, lines keep their terminators."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]


class FileChange(NamedValue):
    """One changed file of a commit, an index or a range.

    `path` is decoded with surrogateescape and always uses forward slashes; `status` is git's
    letter (A, C, D, M, R, T, U); blob ids are None where the side does not exist.
    """

    path: str
    old_path: str | None
    status: str
    old_mode: str
    new_mode: str
    old_blob: str | None
    new_blob: str | None
    hunks: tuple[Hunk, ...] = ()


class Commit(NamedValue):
    """One commit as history is streamed; `date` is the author date as ISO 8601 with offset.

    `changes` compare with the first parent and carry no hunks.
    """

    id: str
    parents: tuple[str, ...]
    author: str
    date: str
    subject: str
    body: str
    changes: tuple[FileChange, ...]


class Target(NamedValue):
    """What a check looks at: one file's bytes and the lines findings may touch.

    `lines` holds inclusive 1-based ranges, sorted and apart; None means the whole file. `cells`
    says of each line of a notebook that holds code which (cell, line within it) that is, from 1.
    """

    path: str
    source: bytes
    lines: tuple[tuple[int, int], ...] | None
    cells: Mapping[int, tuple[int, int]] = {}


class Skip(NamedValue):
    """A file that was not checked, and the reason shown to the user.

    `rule_id` is set where only that rule was stopped in it; `is_agreed` where nobody expects a
    check: the settings leave the file out, or there is no code in it.
    """

    path: str
    reason: str
    rule_id: str = ""
    is_agreed: bool = False


class Deferral(NamedValue):
    """A rule that was not run here, and the reason shown to the user."""

    rule_id: str
    reason: str
