"""The folders that learning writes to: `.guard`, and guard's own in git's."""

from __future__ import annotations

import tempfile
from pathlib import Path

from devmatrix_guard.commands.learn.history import (
    History,
)
from devmatrix_guard.commands.learn.results.rules import RULES
from devmatrix_guard.commands.learn.results.standing import StandingHunks
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import (
    make_folder,
    replace_file,
)
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import find_definitions, list_tree
from devmatrix_guard.git.repository import Repository, find_own_folder
from devmatrix_guard.mining.fixes.index import INDEX_NAME as FIX_INDEX_NAME
from devmatrix_guard.mining.fixes.index import load_index as load_fix_index
from devmatrix_guard.mining.undo.edits import FixHunk
from devmatrix_guard.mining.undo.index import INDEX_NAME, dump_index, load_index
from devmatrix_guard.mining.undo.indexing import Tree, build_index, select_moved, select_standing

CACHE_NAME = "mining.json"


def ensure_writable(repo: Repository) -> None:
    """Find out before the work of minutes, and not after it.

    Raises:
        UsageError: there would be nowhere to write what is learned.
    """
    own, rules = find_own_folder(repo), repo.root / RULES
    make_folder(repo.root, ".guard")
    if rules.exists():
        make_folder(repo.root, RULES)
    for folder in (own, rules) if rules.exists() else (own, rules.parent):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            place = next(p for p in (folder, *folder.parents) if p.exists())
            raise UsageError(
                f"{place} cannot be written to ({error.strerror}); make it a folder that you may "
                "write to and run again."
            ) from error


def is_complete(own: Path) -> bool:
    """Tell whether everything learning writes is still there, in the form of this version."""
    return (
        (own / CACHE_NAME).exists()
        and load_index(own / INDEX_NAME) is not None
        and load_fix_index(own / FIX_INDEX_NAME) is not None
    )


def write_index(repo: Repository, history: History, *, again: bool = False) -> int:
    """Write what fixes removed and added; return how many fixes can be undone.

    With `again` nothing that is kept is gone by.
    """
    hunks: list[FixHunk] = [
        hunk for fix in (*history.fixes, *history.remembered) for hunk in fix.hunks
    ]
    blob_ids = {path: blob_id for path, _mode, blob_id in list_tree(repo, history.head)}
    own = find_own_folder(repo)
    kept = StandingHunks(own, blob_ids, again=again)
    with BlobReader(repo) as blobs:
        tree = Tree(lambda path: blobs.read(blob_ids[path]) if path in blob_ids else None)
        standing = select_standing(hunks, tree, kept.select)
        known = {(hunk.commit, hunk.removed, hunk.path) for hunk in standing}
        others = [h for h in hunks if (h.commit, h.removed, h.path) not in known]
        moved = select_moved(others, tree, find_definitions(repo, history.head), kept.select)
        index = build_index([*standing, *moved])
    kept.keep()
    replace_file(own / INDEX_NAME, dump_index(index))
    return len(index.fixes)
