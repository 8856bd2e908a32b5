"""What is remembered of fixes so that undoing them is noticed.

The index has, for every file, what each fix that stands removed and added, as keys of statements.
A path's hunks are decoded when they are asked for. Light: this module runs in the commit hook.
"""

from __future__ import annotations

import marshal
import os

from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.mining.sealed import seal, unseal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from devmatrix_guard.mining.undo.edits import FixHunk

INDEX_NAME = "undo.bin"  # in our folder in git's own, which no commit can fill
MAX_INDEX_BYTES = 256 * 1024 * 1024
FORMAT = 9  # instructions of containers end with their lines, `in` may be a name
# Later versions of marshal write bytes that depend on reference counts.
MARSHAL = 2


class UndoIndex:
    """What fixes did that stands, by path.

    Args:
        fixes: (commit, date, subject, issue) of every fix.
        sections: per path, the marshalled tuple of its hunks.
        copies: the marshalled table of which paths, by their order, have hunks that removed a
            statement with a loose key.
        words: per path, the marshalled words by which undoing each of its hunks shows.
    """

    def __init__(
        self,
        fixes: Sequence[tuple[str, str, str, str]],
        sections: dict[str, bytes],
        copies: bytes = b"",
        words: dict[str, bytes] | None = None,
    ) -> None:
        self.fixes = fixes
        self.sections = sections
        self.copies = copies
        self.words = words or {}
        self._table: dict[int, tuple[int, ...]] | None = None

    def get_hunks(self, path: str) -> list[FixHunk]:
        """Return the hunks of fixes to a file."""
        from devmatrix_guard.mining.undo.edits import FixHunk

        section = self.sections.get(path)
        rows: Any = marshal.loads(section) if section else ()  # noqa: S302  # git's own folder
        return [FixHunk._make((*self.fixes[row[0]], path, *row[1:])) for row in rows]

    def find_paths_with(self, keys: Iterable[int]) -> list[str]:
        """Return the files in which fixes removed a statement with one of some loose keys."""
        if self._table is None:
            self._table = marshal.loads(self.copies) if self.copies else {}  # noqa: S302
        table: dict[int, tuple[int, ...]] = self._table or {}
        numbers = {number for key in keys for number in table.get(key, ())}
        names = tuple(self.sections) if numbers else ()
        return [names[number] for number in sorted(numbers)]


def dump_index(index: UndoIndex) -> bytes:
    """Return the index as the bytes that are kept in a file."""
    parts = (tuple(index.fixes), index.sections, index.copies, index.words)
    return seal(marshal.dumps((FORMAT, *parts), MARSHAL))


def load_index(path: str | os.PathLike[str]) -> UndoIndex | None:
    """Return the index kept at `path`; None if there is none, or it cannot be used."""
    try:
        data = unseal(read_chosen(path, MAX_INDEX_BYTES))
        stored: Any = marshal.loads(data)  # noqa: S302  # git's own folder: no commit can fill it
        if stored[0] != FORMAT:
            return None
        _, fixes, sections, copies, words = stored
    except (FileError, ValueError, EOFError, TypeError, IndexError):
        return None
    return UndoIndex(fixes, sections, copies, words)
