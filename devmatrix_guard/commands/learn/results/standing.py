"""Keeps which hunks of fixes stand in a file, so that only files that changed are looked into."""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.files import FileError, read_chosen, replace_file
from devmatrix_guard.mining.sealed import seal, unseal
from devmatrix_guard.mining.undo.edits import FixHunk
from devmatrix_guard.mining.undo.index import FORMAT, MARSHAL, MAX_INDEX_BYTES
from devmatrix_guard.mining.undo.indexing import Tree, select_in_file

STANDING_NAME = "standing.bin"


class StandingHunks:
    """Answers what stands in the files of a version; what was answered before is not worked out.

    Args:
        own: the folder where answers are kept.
        blob_ids: the contents of the files, by path.
        again: whatever is kept is worked out again.
    """

    def __init__(self, own: Path, blob_ids: Mapping[str, str], *, again: bool = False) -> None:
        self._path, self._blob_ids = own / STANDING_NAME, blob_ids
        self._known = {} if again else _read_answers(self._path)
        self._given: dict[bytes, tuple[Any, ...]] = {}

    def select(self, path: str, hunks: Sequence[FixHunk], tree: Tree) -> list[FixHunk]:
        """Return what `select_in_file` does."""
        question: Any = (path, self._blob_ids.get(path, ""), tuple(map(tuple, hunks)))
        key = hashlib.blake2b(marshal.dumps(question, MARSHAL), digest_size=16).digest()
        rows = self._known.get(key)
        if rows is not None:
            self._given[key] = rows
            return [FixHunk._make(row) for row in rows]
        found = select_in_file(path, hunks, tree)
        if tree.get_text(path) is not None:  # what is missing here may come
            self._given[key] = tuple(map(tuple, found))
        return found

    def keep(self) -> None:
        """Write the answers that were given for the next time."""
        replace_file(self._path, seal(marshal.dumps((_describe_maker(), self._given), MARSHAL)))


def _describe_maker() -> list[Any]:
    return [FORMAT, __version__, list(sys.version_info[:2])]  # trees differ between Pythons


def _read_answers(path: Path) -> dict[bytes, tuple[Any, ...]]:
    try:
        data = unseal(read_chosen(path, MAX_INDEX_BYTES))
        made_by, answers = marshal.loads(data)  # noqa: S302  # git's own folder
        return dict(answers) if made_by == _describe_maker() else {}
    except (FileError, ValueError, EOFError, TypeError):
        return {}
