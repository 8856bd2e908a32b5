"""Keeps the fixes of a history as units in git's own folder, and brings them up to its end.

What was read before stays; only new commits are read, and what they renamed is followed.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from devmatrix_guard import __version__
from devmatrix_guard.commands.learn.fix_units import UnitReader, read_naming_at
from devmatrix_guard.commands.learn.fixes import KEEP_BYTES, MAX_BLOB, Redact
from devmatrix_guard.commands.learn.history import skip_progress
from devmatrix_guard.commands.learn.paths import remove_excluded
from devmatrix_guard.errors import GuardError
from devmatrix_guard.files import FileError, read_chosen, remove_file, replace_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_commits_since, list_tree, stream_commits
from devmatrix_guard.git.process import run_git
from devmatrix_guard.git.repository import Repository, find_own_folder, resolve_commit
from devmatrix_guard.mining.fixes.index import (
    INDEX_NAME,
    FixIndex,
    build_index,
    dump_index,
    load_index,
    make_fix,
    to_plain,
)
from devmatrix_guard.mining.fixes.places import Places
from devmatrix_guard.mining.fixes.units import is_test_file
from devmatrix_guard.mining.outline import read_outline
from devmatrix_guard.mining.regression.collect import Naming
from devmatrix_guard.mining.regression.foreign import read_foreign_tests
from devmatrix_guard.mining.sealed import seal, unseal
from devmatrix_guard.mining.undo.edits import is_indexed
from devmatrix_guard.model.diff import Commit
from devmatrix_guard.model.knowledge.fix import FixUnit

UNITS_NAME = "fix-units.bin"
VIEW_NAME = "fixes-at-head.bin"  # the fixes as they stood where somebody looked last
BEGUN_NAME = "fix-units-begun.bin"  # there while a run is on its way, or was killed
_FORMAT = 6  # checks of languages with braces have other numbers
_MAX_BYTES = 256 * 1024 * 1024
# Asking git who wrote lines takes some 15 ms of work, as much as all else that is read of a fix:
# of those that are looked at most it is known at once, of the rest when it is shown.
_MAX_TRACED = 25
_MAX_FILES = 3000

Outlines = dict[str, tuple[str, tuple[str, ...]]]  # path -> blob id, names


class _Known(NamedTuple):
    """What was read before, up to the commit `head`."""

    head: str = ""
    units: tuple[FixUnit, ...] = ()
    outlines: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType({})


class Remembered(NamedTuple):
    """Fixes as they stand at the end of a history, newest first, and what went wrong.

    The first `new` of them were not there at `former_head`, the end when it was read before.
    """

    fixes: FixIndex
    units: tuple[FixUnit, ...]
    defects: tuple[str, ...] = ()
    new: int = 0
    former_head: str = ""


class UnreadableFixesError(GuardError):
    """What was learned of the fixes is damaged, or of another version of guard."""


class FixCollector:
    """Brings what is kept of the fixes up to a commit, from commits that are taken newest first.

    Args:
        repo: where to read; what is kept lies in its git folder.
        blobs: the open reader of that repository.
        head: the commit.
        limit: how many of the newest commits are going to be taken; None for all.
        exclude: globs of paths that are as if they were not there.
        again: whatever is kept is read again.
        redact: masks secrets.
        is_view: only what stands at this commit is wanted: what was learned stays as it is.
    """

    def __init__(
        self,
        repo: Repository,
        blobs: BlobReader,
        head: str,
        *,
        limit: int | None = None,
        exclude: tuple[str, ...] = (),
        again: bool = False,
        redact: Redact = str,
        is_view: bool = False,
    ) -> None:
        self._repo, self._blobs, self._head = repo, blobs, head
        self._is_view = is_view
        self._own = find_own_folder(repo)
        self._own.mkdir(parents=True, exist_ok=True)
        self._maker = [_FORMAT, __version__, list(exclude), limit]
        self._known = _Known() if again else _read_known(self._own / UNITS_NAME, self._maker)
        if self._known.head and not _is_ancestor(repo, self._known.head, head):
            self._known = _Known()
        self._naming = read_naming_at(blobs, head)
        reader = UnitReader(repo, blobs, naming=self._naming, redact=redact, traces=_MAX_TRACED)
        begun = {} if again else _read_begun(self._own / BEGUN_NAME, self._begun_by)
        self._reading = reader.begin(begun)
        self._new = list_commits_since(repo, self._known.head, head) if self.since else None

    @property
    def since(self) -> str:
        """The commit up to which everything is known, empty where nothing is."""
        return self._known.head

    @property
    def _begun_by(self) -> list[Any]:
        return [*self._maker, *map(list, self._naming[:3])]

    def take(self, commit: Commit) -> None:
        """Take the next older commit, without its excluded files; a known one is passed over."""
        if self._new is None or commit.id in self._new:
            self._reading.take(commit)

    def keep(self) -> None:
        """Keep what was read so far for a run that goes on where this one is killed."""
        made = {commit: to_plain(unit) for commit, unit in self._reading.made.items()}
        replace_file(self._own / BEGUN_NAME, _dump((self._begun_by, made)))

    def finish(self) -> Remembered:
        """Write all that is known now, and return it."""
        read, known, own = self._reading.finish(), self._known, self._own
        former = [_follow(unit, read.renames.resolve) for unit in known.units]
        outlines = _read_outlines(self._repo, self._blobs, self._head, known.outlines, self._naming)
        names = {path: frozenset(names) for path, (_, names) in outlines.items()}
        places = Places(names, self._naming)
        placed = tuple(places.place(unit) for unit in (*read.units, *former))
        index = build_index(placed, self._head)
        if self._is_view:
            replace_file(own / VIEW_NAME, dump_index(index))
            return Remembered(index, placed, read.defects, len(read.units), known.head)
        if not read.defects:
            kept = (self._maker, self._head, to_plain(placed), outlines)
            replace_file(own / UNITS_NAME, _dump(kept))
        replace_file(own / INDEX_NAME, dump_index(index))
        if (own / BEGUN_NAME).exists():
            remove_file(own, BEGUN_NAME)
        return Remembered(index, placed, read.defects, len(read.units), known.head)


def remember_fixes(
    repo: Repository,
    head: str,
    *,
    limit: int | None = None,
    exclude: tuple[str, ...] = (),
    again: bool = False,
    redact: Redact = str,
    track: Any = skip_progress,
    is_view: bool = False,
) -> Remembered:
    """Bring what is kept of the fixes up to a commit, and write it; as `FixCollector` does."""
    with BlobReader(repo, keep_bytes=KEEP_BYTES) as blobs:
        collector = FixCollector(
            repo,
            blobs,
            head,
            limit=limit,
            exclude=exclude,
            again=again,
            redact=redact,
            is_view=is_view,
        )
        commits = stream_commits(repo, since=collector.since or None, rev=head, limit=limit)
        for commit in track(commits, "Reading fixes", None):
            collector.take(remove_excluded(commit, exclude))
        return collector.finish()


def read_remembered(repo: Repository, *, redact: Redact = str) -> FixIndex | None:
    """Return the fixes as they stand at HEAD; None where nothing was learned here.

    What was committed since is read first, which takes little, and kept beside what was learned:
    a hook goes by that alone, whatever branch somebody looked at meanwhile.

    Raises:
        UnreadableFixesError: what was learned cannot be read.
    """
    own = find_own_folder(repo)
    index = load_index(own / INDEX_NAME)
    if index is None and (own / INDEX_NAME).exists():
        raise UnreadableFixesError(
            f"{own / INDEX_NAME} is damaged or of another version of guard and cannot be read; "
            "run `guard learn` again."
        )
    head = resolve_commit(repo, "HEAD")
    if index is None or head is None or index.head == head or not (own / UNITS_NAME).exists():
        return index
    view = load_index(own / VIEW_NAME)
    if view is not None and view.head == head and _is_newer(own / VIEW_NAME, own / INDEX_NAME):
        return view
    try:
        made_in, version, exclude, limit = _load(own / UNITS_NAME)[0]
        if [made_in, version] == [_FORMAT, __version__] and _is_ancestor(repo, index.head, head):
            return remember_fixes(
                repo, head, limit=limit, exclude=tuple(exclude), redact=redact, is_view=True
            ).fixes
    except (GuardError, ValueError, EOFError, TypeError, IndexError, OSError):
        return index  # a folder that cannot be written to, or what another version left
    return index


def read_readable(repo: Repository, *, redact: Redact = str) -> FixIndex | None:
    """Return what `read_remembered` does, and None where what was learned cannot be read.

    For who then reads the history itself.
    """
    try:
        return read_remembered(repo, redact=redact)
    except UnreadableFixesError:
        return None


def _is_newer(path: Path, other: Path) -> bool:
    return path.stat().st_mtime_ns >= other.stat().st_mtime_ns


def _follow(unit: FixUnit, resolve: Any) -> FixUnit:
    return unit._replace(
        functions=tuple(f._replace(path=resolve(f.path)) for f in unit.functions),
        tests=tuple(t._replace(path=resolve(t.path)) for t in unit.tests),
    )


def _dump(value: Any) -> bytes:
    return seal(marshal.dumps(value, 2))


def _load(path: Path) -> Any:
    """Return what was kept at `path`; damaged bytes may ask `marshal` for all memory there is."""
    return marshal.loads(unseal(read_chosen(path, _MAX_BYTES)))  # noqa: S302  # git's own folder


def _read_known(path: Path, maker: list[Any]) -> _Known:
    try:
        stored = _load(path)
        made_by, head, units, outlines = stored
        if made_by != maker:
            return _Known()
        return _Known(head, tuple(make_fix(unit) for unit in units), outlines)
    except (FileError, ValueError, EOFError, TypeError):
        return _Known()


def _read_begun(path: Path, maker: list[Any]) -> dict[str, FixUnit]:
    """Return what a run that was killed had read of each commit."""
    try:
        made_by, made = _load(path)
        if made_by == maker:
            return {commit: make_fix(unit) for commit, unit in made.items()}
    except (FileError, ValueError, EOFError, TypeError, AttributeError):
        pass
    return {}


def _is_ancestor(repo: Repository, older: str, newer: str) -> bool:
    return run_git(repo.root, "merge-base", "--is-ancestor", older, newer)[0] == 0


def _read_outlines(
    repo: Repository, blobs: BlobReader, head: str, known: Mapping[str, Any], naming: Naming
) -> Outlines:
    """Return what the files of a commit define; one with the content it had is not read again."""
    found: Outlines = {}
    for path, mode, blob in list_tree(repo, head):
        if len(found) >= _MAX_FILES or not is_indexed(path) or not mode.startswith("100"):
            continue
        if path in known and known[path][0] == blob:
            found[path] = known[path]
            continue
        source = blobs.read(blob, MAX_BLOB)
        if source is not None:
            found[path] = blob, tuple(sorted(list_names(path, source, naming)))
    return found


def list_names(path: str, source: bytes, naming: Naming) -> frozenset[str]:
    """Return what a file defines; of tests in other languages, their titles too."""
    names = read_outline(path, source).names
    if is_test_file(path, naming) and not path.endswith(".py"):
        return names | read_foreign_tests(source, path).tests.keys()
    return names
