"""Regenerate the applications whose specs a range of commits changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from devmatrix_guard.commands.application.changes.touched import Touched, find_touched
from devmatrix_guard.commands.application.changes.versions import (
    CommitVersion,
    FilePair,
    VersionPair,
)
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import is_inside
from devmatrix_guard.generator.manifest import OVERLAY, PATH, SPEC
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import read_range_changes
from devmatrix_guard.git.ranges import resolve_range
from devmatrix_guard.git.repository import find_repository


def run_regenerate_range(
    start: Path,
    range_text: str,
    options: RegenerateOptions,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> list[tuple[str, Regeneration]]:
    """Regenerate, in the work tree, what follows a spec, an overlay or a manifest of a range.

    Args:
        start: the repository, or a folder in it: applications elsewhere are left.
        range_text: `A...B` or `A..B`.
        options: for each of them; a spec that is kept outside of the application is found by what
            it held before.

    Returns:
        the applications, by their path from the root of the repository, and what was done.

    Raises:
        UsageError: an option names a spec, which the range does.
        GitError: there is no repository, or no such range.
        GuardError: as of `run_regenerate`.
    """
    if options.spec or options.overlay:
        raise UsageError("--range finds the specs itself; leave out --spec and --overlay.")
    repo = find_repository(start)
    root = Path(repo.root)
    below = start.resolve().relative_to(root.resolve()).as_posix()
    done = []
    with BlobReader(repo) as blobs:
        compared = resolve_range(repo, range_text)
        changes = read_range_changes(repo, compared.base, compared.head)
        pair = VersionPair(
            CommitVersion(repo, blobs, compared.base),
            CommitVersion(repo, blobs, compared.head),
            tuple(FilePair(c.path, c.old_blob, c.new_blob) for c in changes),
            blobs,
        )
        due = [one for one in find_touched(pair) if _is_due(one) and _is_below(one.folder, below)]
    for one in due:
        progress(one.folder or ".")
        given = options._replace(spec=_locate(root, one.spec), overlay=_locate(root, one.overlay))
        done.append(
            (one.folder or ".", run_regenerate(root / one.folder, given, progress=progress))
        )
    return done


def _is_due(touched: Touched) -> bool:
    if touched.spec or touched.overlay or PATH in touched.changed:
        return True
    return any(path.startswith((f"{SPEC}.", f"{OVERLAY}.")) for path in touched.changed)


def _is_below(folder: str, top: str) -> bool:
    return top == "." or folder == top or folder.startswith(f"{top}/")


def _locate(root: Path, path: str) -> Path | None:
    if not path:
        return None
    if not is_inside(root, path):
        raise UsageError(f"{root / path} leads out of {root}; put the file itself in its place.")
    return root / path
