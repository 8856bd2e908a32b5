"""Reads the fixes of a history as units: what each mended, who had brought that in, its tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.fixes import MAX_BLOB, MAX_FIX_FILES, Redact
from devmatrix_guard.commands.learn.history import skip_progress
from devmatrix_guard.commands.learn.paths import remove_excluded
from devmatrix_guard.engine.collector import PausedCollector
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.git.blame import blame_lines
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.raw import SUBMODULE_MODE, SYMLINK_MODE
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.commits import find_issue, is_fix
from devmatrix_guard.mining.fixes.units import FixedLines, is_test_file, make_unit
from devmatrix_guard.mining.regression.change import TextChange
from devmatrix_guard.mining.regression.collect import PYTEST, Naming
from devmatrix_guard.mining.regression.naming import read_naming
from devmatrix_guard.mining.undo.edits import is_indexed
from devmatrix_guard.mining.undo.indexing import Renames
from devmatrix_guard.model.diff import Commit, FileChange
from devmatrix_guard.model.knowledge.fix import FixUnit, Origin

# A fix that mended more places than this is hardly the mending of one mistake.
_MAX_BLAMED_RANGES = 12
_MAX_BLAMED_FILES = 3
_MAX_ORIGINS = 5


class Asked(NamedTuple):
    """Which part of a history is read.

    `since` is a commit that is left out with all before it; `paths` bounds the commits to those
    that touch one of them.
    """

    rev: str
    since: str = ""
    paths: tuple[str, ...] = ()
    limit: int | None = None
    exclude: tuple[str, ...] = ()


class Units(NamedTuple):
    """The fixes of a part of a history, newest first, with paths as of its end.

    `renames` tells what files are called at its end, `defects` says which commits a fault of ours
    kept from being read.
    """

    units: tuple[FixUnit, ...]
    renames: Renames
    defects: tuple[str, ...] = ()


class UnitReader:
    """Reads commits as units of fixes.

    Args:
        repo: where to read.
        blobs: the open reader of that repository.
        naming: what the runner of Python's tests collects.
        redact: masks secrets.
        traces: of how many fixes, the newest first, git is asked who wrote what they mended.
    """

    def __init__(
        self,
        repo: Repository,
        blobs: BlobReader,
        *,
        naming: Naming = PYTEST,
        redact: Redact = str,
        traces: int = 0,
    ) -> None:
        self._repo, self._blobs, self._naming = repo, blobs, naming
        self._redact, self._traces = redact, traces

    def read(self, asked: Asked, *, track: Any = skip_progress, total: int | None = None) -> Units:
        """Return the fixes of a part of the history that mended code."""
        reading = self.begin()
        commits = stream_commits(
            self._repo,
            since=asked.since or None,
            rev=asked.rev,
            paths=asked.paths,
            limit=asked.limit,
        )
        with PausedCollector() as collector:
            for whole in collector.follow(track)(commits, "Reading fixes", total):
                reading.take(remove_excluded(whole, asked.exclude))
            return reading.finish()

    def begin(self, known: Mapping[str, FixUnit] = MappingProxyType({})) -> UnitReading:
        """Return a reading that takes commits one by one, the newest first.

        Args:
            known: by commit, units that an earlier reading made, as its `made` has them.
        """
        return UnitReading(self, known)

    def read_commit(self, commit: Commit) -> FixUnit | None:
        """Return a fix, or a commit that only adds tests for an issue, with its paths of then."""
        mends = is_fix(commit)
        if len(commit.parents) != 1 or not (mends or self._only_tests(commit)):
            return None
        changes = self._read_changes(commit)
        if not changes:
            return None
        unit, lines = make_unit(commit, changes, self._naming)
        unit = _hide_secrets(unit, self._redact)
        if not mends or not unit.functions or not self._traces:
            return unit
        self._traces -= 1
        origins = trace_origins(self._repo, commit.parents[0], lines, self._redact)
        return unit._replace(origins=origins, is_traced=True)

    def _only_tests(self, commit: Commit) -> bool:
        paths = [change.path for change in commit.changes if is_indexed(change.path)]
        is_small = 0 < len(commit.changes) <= MAX_FIX_FILES and paths
        return bool(
            is_small
            and all(is_test_file(path, self._naming) for path in paths)
            and find_issue(commit)
        )

    def _read_changes(self, commit: Commit) -> list[TextChange]:
        if len(commit.changes) > MAX_FIX_FILES:
            return []
        found = (self._read_change(c) for c in commit.changes if is_indexed(c.path))
        return [change for change in found if change is not None]

    def _read_change(self, change: FileChange) -> TextChange | None:
        return read_text_change(self._blobs, change) if change.status in ("A", "M", "R") else None


class UnitReading:
    """The fixes of the commits taken so far, the newest first.

    `made` are by commit the units that were made, with paths as of their own time.
    """

    def __init__(self, reader: UnitReader, known: Mapping[str, FixUnit]) -> None:
        self.made: dict[str, FixUnit] = {}
        self._reader, self._known = reader, known
        self._renames = Renames()
        self._units: list[FixUnit] = []
        self._proofs: list[tuple[str, FixUnit]] = []
        self._defects: list[str] = []

    def take(self, commit: Commit) -> None:
        """Read the next older commit; one that we fail at gives no unit."""
        try:
            unit = self._known.get(commit.id) or self._reader.read_commit(commit)
        except Exception as error:
            self._defects.append(describe_defect(error, f"reading commit {commit.id[:10]}"))
            unit = None
        if unit is not None:
            self.made[commit.id] = unit
            unit = _name_as_today(unit, self._renames)
            if unit.functions and is_fix(commit):
                self._units.append(unit)
            elif unit.issue:
                self._proofs.append((unit.issue, unit))
        self._renames.step_back_over(commit)

    def finish(self) -> Units:
        """Return all fixes that were read."""
        units = tuple(_add_later_tests(self._units, self._proofs))
        return Units(units, self._renames, tuple(self._defects))


def trace_origins(
    repo: Repository, parent: str, lines: Sequence[FixedLines], redact: Redact
) -> tuple[Origin, ...]:
    """Return who wrote the lines a fix mended: what it removed, else what it added to.

    Args:
        repo: where to ask.
        parent: the commit before the fix.
        lines: what the fix changed of it.
        redact: masks secrets.
    """
    removed = [one for one in lines if not one.is_near]
    chosen = (removed or list(lines))[:_MAX_BLAMED_RANGES]
    found: dict[str, Origin] = {}
    for path in list(dict.fromkeys(one.path for one in chosen))[:_MAX_BLAMED_FILES]:
        ranges = [(one.start, one.end) for one in chosen if one.path == path]
        for writer in blame_lines(repo, parent, path, ranges):
            one = Origin(*writer, is_near=not removed)._replace(subject=redact(writer.subject))
            known = found.get(writer.commit)
            found[writer.commit] = one._replace(lines=writer.lines + (known.lines if known else 0))
    ordered = sorted(found.values(), key=lambda origin: (-origin.lines, origin.commit))
    return tuple(ordered[:_MAX_ORIGINS])


def read_text_change(blobs: BlobReader, change: FileChange) -> TextChange | None:
    """Return both versions of a file; None if one is absent, binary or very large.

    A link or a submodule holds nothing: a file that becomes one is gone.
    """
    sides: list[bytes | None] = []
    for blob, mode in ((change.old_blob, change.old_mode), (change.new_blob, change.new_mode)):
        there = None if mode in (SYMLINK_MODE, SUBMODULE_MODE) else blob
        content = None if there is None else blobs.read(there, MAX_BLOB)
        if there is not None and (content is None or b"\0" in content):
            return None
        sides.append(content)
    old, new = sides
    old_path = (change.old_path or change.path) if old is not None else ""
    return TextChange(old_path, change.path if new is not None else "", old, new)


def read_naming_at(blobs: BlobReader, rev: str) -> Naming:
    """Return what pytest collects by the settings that stand at a commit."""
    return read_naming(lambda name: blobs.read(f"{rev}:{name}", MAX_BLOB))


def _name_as_today(unit: FixUnit, renames: Renames) -> FixUnit:
    return unit._replace(
        functions=tuple(f._replace(path=renames.resolve(f.path)) for f in unit.functions),
        tests=tuple(t._replace(path=renames.resolve(t.path)) for t in unit.tests),
    )


def _hide_secrets(unit: FixUnit, redact: Redact) -> FixUnit:
    return unit._replace(
        subject=redact(unit.subject),
        functions=tuple(
            function._replace(
                edits=tuple((redact(before), redact(after)) for before, after in function.edits)
            )
            for function in unit.functions
        ),
    )


def _add_later_tests(
    units: Iterable[FixUnit], proofs: Sequence[tuple[str, FixUnit]]
) -> Iterator[FixUnit]:
    """Give a fix without tests those that another commit adds for the issue it names."""
    for unit in units:
        if unit.tests or not unit.issue:
            yield unit
            continue
        tests = [test for issue, proof in proofs if issue == unit.issue for test in proof.tests]
        yield unit._replace(tests=tuple(tests))
