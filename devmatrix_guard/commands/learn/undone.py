"""Answers what a range undid, for `check`, `try` and `report` alike.

past fixes that stand at the base + the range's commits, oldest first -> what each took back -> what
the range as a whole took back of the past -> where that stands at the range's end
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.fixes import (
    Redact,
    describe_commit,
    find_unread,
    is_change_followed,
    read_changed_files,
    read_fixed_files,
)
from devmatrix_guard.commands.learn.history import skip_progress
from devmatrix_guard.commands.learn.merges import Sides, find_lost_in_making, make_tree, read_merge
from devmatrix_guard.commands.learn.paths import is_excluded, remove_excluded
from devmatrix_guard.engine.collector import PausedCollector
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import list_merge_heads, read_range_changes
from devmatrix_guard.git.history import list_commits_since, list_renames, stream_commits
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.mining.commits import describe_source, is_mentioned, may_be_fix, read_mentions
from devmatrix_guard.mining.reverts import Reverted, index_announced, read_revert
from devmatrix_guard.mining.undo.change import Change
from devmatrix_guard.mining.undo.edits import FixHunk, find_fix_hunks, is_followed
from devmatrix_guard.mining.undo.finding import make_undo_finding
from devmatrix_guard.mining.undo.history import (
    Step,
    Undone,
    drop_announced,
    find_undoing_step,
    find_undone_fixes,
    find_undone_together,
)
from devmatrix_guard.mining.undo.index import UndoIndex
from devmatrix_guard.mining.undo.indexing import Renames, Tree, find_undone_place, select_standing
from devmatrix_guard.mining.undo.match import find_matches, order_match
from devmatrix_guard.mining.undo.stage import choose_stage
from devmatrix_guard.model.diff import Commit, FileChange
from devmatrix_guard.model.finding import Finding, Source

# What is read of the past of a range's files, and of the range itself.
_MAX_COMMITS = 2000


class Span(NamedTuple):
    """The commits of a range, oldest first, and the trees around them; `base` may be empty."""

    commits: tuple[Commit, ...]
    base: str
    head: str


def read_span_of_range(repo: Repository, base: str, head: str) -> Span:
    """Return the newest commits that lead from one commit to another; an empty base means all."""
    commits = stream_commits(repo, since=base or None, rev=head, limit=_MAX_COMMITS)
    return Span(tuple(commits)[::-1], base, head)


def read_span_of_newest(repo: Repository, head: str, limit: int) -> Span:
    """Return the newest commits of a history."""
    commits = tuple(stream_commits(repo, rev=head, limit=limit))[::-1]
    return Span(commits, "".join(commits[0].parents[:1]) if commits else "", head)


def find_undone(
    repo: Repository,
    blobs: BlobReader,
    span: Span,
    *,
    exclude: Sequence[str] = (),
    redact: Redact = str,
    track: Any = skip_progress,
    defects: list[str] | None = None,
    unread: dict[str, str] | None = None,
) -> list[Undone]:
    """Return every fix a span of history took back, with whether that still stands at its end.

    Args:
        repo: where to read.
        blobs: the open reader of that repository.
        span: the commits.
        exclude: globs of paths that are as if they were not there.
        redact: masks secrets in subjects.
        track: shows progress over an iterable.
        defects: gets a sentence on each commit that cannot be read.
        unread: gets, by its name at the end, why a file with fixes cannot be looked into there.
    """
    with PausedCollector() as collector:
        followed = collector.follow(track)
        return _find_undone(repo, blobs, span, exclude, redact, followed, defects, unread)


def _find_undone(
    repo: Repository,
    blobs: BlobReader,
    span: Span,
    exclude: Sequence[str],
    redact: Redact,
    track: Any,
    defects: list[str] | None,
    unread: dict[str, str] | None,
) -> list[Undone]:
    commits = [remove_excluded(c, exclude) for c in span.commits]
    plain = [commit for commit in commits if len(commit.parents) == 1]
    changes = _list_net_changes(repo, span, exclude)
    names = dict.fromkeys([*_names_at_base(plain), *_names_at_base_of(changes)])
    past = _read_past_hunks(repo, blobs, span.base, [*names], redact, track)
    fixed = {hunk.path for hunk in past}
    net = read_changed_files(changes, blobs, first=fixed)
    if unread is not None:
        unread |= find_unread((c for c in changes if (c.old_path or c.path) in fixed), blobs)
    told = ((c.id, read_announced(repo, c.subject, c.body)) for c in commits)
    reverts = {commit: reverted for commit, reverted in told if reverted is not None}
    reader = _StepReader(blobs, redact, reverts, fixed)
    steps = reader.read(commits, track, [] if defects is None else defects)
    found = find_undone_fixes(steps, past)
    if past and commits:
        announced = index_announced(
            (reverts.get(commit.id), {change.path for change in commit.changes}) for commit in plain
        )
        last = describe_source(commits[-1])
        sources = dict.fromkeys((file.path for file in net), last)
        sources |= {c.path: describe_source(commit) for commit in plain for c in commit.changes}
        sources = {path: s._replace(subject=redact(s.subject)) for path, s in sources.items()}
        together = find_undone_together(past, net, found, sources, announced)
        found += [_name_undoing_step(one, plain, blobs, redact) for one in together]
    tree = make_tree(blobs, span.head, former=span.base)
    said = {commit.id: read_mentions(commit) for commit in commits}
    return [
        _check_standing(one, tree)._replace(
            is_mentioned=is_mentioned(one.fix[:4], said[one.by.commit])
        )
        for one in found
    ]


def _name_undoing_step(
    one: Undone, plain: Sequence[Commit], blobs: BlobReader, redact: Redact
) -> Undone:
    """Return what several commits undid, named by the one after which it stood no more."""
    path = one.fix.path
    steps = (
        (describe_source(commit)._replace(subject=redact(commit.subject)), file)
        for commit in reversed(plain)
        for file in read_changed_files(
            [c for c in commit.changes if path in (c.path, c.old_path)], blobs, first=(path,)
        )
    )
    source = find_undoing_step(one.fix, steps)
    return one if source is None else one._replace(by=source)


def make_findings(undone: Iterable[Undone]) -> list[Finding]:
    """Return a finding for each fix in a file that is still undone; picked ones count once."""
    best: dict[tuple[str, str], Undone] = {}
    for one in undone:
        key = one.path, one.fix.commit
        if one.stands and (
            key not in best or order_match(one.match) < order_match(best[key].match)
        ):
            best[key] = one
    alike: dict[tuple[object, ...], list[Undone]] = {}
    for key in sorted(best):
        one = best[key]
        alike.setdefault((one.path, one.fix.removed, one.fix.added), []).append(one)
    return [_make_finding(*some) for some in alike.values()]


def find_undone_by_index(
    repo: Repository,
    blobs: BlobReader,
    index: UndoIndex,
    changes: Sequence[FileChange],
    *,
    reverted: Reverted | None = None,
) -> list[Finding]:
    """Return what a commit in the making undoes of the fixes that are remembered.

    Args:
        repo: where it is made.
        blobs: the open reader of that repository.
        index: the fixes.
        changes: what it changes.
        reverted: what it is known to take back on purpose.
    """
    if heads := list_merge_heads(repo):
        lost = find_lost_in_making(repo, blobs, index, heads)
        lost = drop_announced(lost, reverted)
        return make_findings(Undone(match, Source("", "", ""), is_merge=True) for match in lost)
    files = read_changed_files(changes, blobs, first=index.sections)
    if not any(file.old_path in index.sections for file in files) and not index.copies:
        return []
    change = Change(files)
    paths = dict.fromkeys(path for path in change.old_paths if path in index.sections)
    paths |= dict.fromkeys(index.find_paths_with(place.unit.loose for place in change.net[1]))
    hunks = [hunk for path in paths for hunk in index.get_hunks(path)]
    found = drop_announced(find_matches(change, hunks), reverted)
    return make_findings(Undone(match, Source("", "", "")) for match in found)


def read_announced(repo: Repository, subject: str, body: str) -> Reverted | None:
    """Return what a message announces to take back; of a merge, all that it brought in."""
    reverted = read_revert(subject, body)
    if reverted is None or not reverted.commits:
        return reverted
    found: dict[str, None] = {}
    for name in reverted.commits:
        commit = resolve_commit(repo, name)
        if commit is None:
            continue
        found[commit] = None
        if resolve_commit(repo, f"{commit}^2"):
            found |= dict.fromkeys(sorted(list_commits_since(repo, f"{commit}^1", commit)))
    # Where none of them is here, as after a rebase, its subject has to do.
    return reverted._replace(commits=tuple(found))


def _make_finding(one: Undone, *picked: Undone) -> Finding:
    """Return the finding for an undone fix, and the same one where it was picked elsewhere."""
    stage = choose_stage(one.match, is_mentioned=one.is_mentioned)
    found = make_undo_finding(one.fix[:4], one.match, stage=stage, is_merge=one.is_merge)
    return found._replace(sources=(*found.sources, *(Source(*two.fix[:3]) for two in picked)))


def _check_standing(one: Undone, tree: Tree) -> Undone:
    """Return what was undone with its line at the end, and with whether it still stands there."""
    line = None if one.mended_again else find_undone_place(one.match, tree)
    if line is None:
        return one._replace(stands=False)
    return one._replace(match=one.match._replace(line=line))


class _StepReader:
    """Reads commits, the oldest first, as steps on the way."""

    def __init__(
        self,
        blobs: BlobReader,
        redact: Redact,
        reverts: Mapping[str, Reverted],
        fixed: Container[str],
    ) -> None:
        self._blobs, self._redact, self._reverts, self._fixed = blobs, redact, reverts, fixed
        self._sides = Sides()

    def read(self, commits: Sequence[Commit], track: Any, defects: list[str]) -> Iterator[Step]:
        for commit in track(commits, "Looking for undone fixes", len(commits)):
            try:
                step = self._read_step(commit)._replace(reverted=self._reverts.get(commit.id))
            except Exception as error:
                defects.append(describe_defect(error, f"reading commit {commit.id[:10]}"))
                continue
            self._sides.add(commit, step.fix)
            yield step

    def _read_step(self, commit: Commit) -> Step:
        source = describe_source(commit)._replace(subject=self._redact(commit.subject))
        if len(commit.parents) > 1:
            trees = [make_tree(self._blobs, rev) for rev in (commit.id, *commit.parents)]
            files, lost = read_merge(commit, self._blobs, trees, self._sides)
            return Step(source, files, others=tuple(trees[2:]), lost=lost)
        files = tuple(read_changed_files(commit.changes, self._blobs, first=self._fixed))
        if not may_be_fix(commit):
            return Step(source, files)
        named = describe_commit(commit, self._redact)
        fixed = read_fixed_files(commit, self._blobs)
        hunks = [hunk for file in fixed for hunk in find_fix_hunks(named, file, file.path)]
        return Step(source, files, tuple(hunks))


def _names_at_base(commits: Iterable[Commit]) -> list[str]:
    """Return the code that commits, oldest first, change, under its names before them."""
    made: set[str] = set()
    names: dict[str, None] = {}
    for commit in commits:
        for change in commit.changes:
            old = change.old_path or change.path
            if change.status in ("M", "R") and old not in made and is_followed(old):
                names[old] = None
            if change.status != "M":
                made.add(change.path)
    return list(names)


def _names_at_base_of(changes: Iterable[FileChange]) -> Iterator[str]:
    """Yield the names before a change of the code it touches."""
    for change in changes:
        if change.old_blob is not None and is_change_followed(change):
            yield change.old_path or change.path


def _read_past_hunks(
    repo: Repository,
    blobs: BlobReader,
    base: str,
    paths: Sequence[str],
    redact: Redact,
    track: Any = skip_progress,
) -> list[FixHunk]:
    """Return what fixes before the base did to some files, as far as it stands there."""
    if not base or not paths:
        return []
    names = _list_former_names(repo, base, paths)
    wanted = frozenset(paths)
    renames = Renames()
    hunks: list[FixHunk] = []
    commits = stream_commits(repo, rev=base, paths=names, limit=_MAX_COMMITS)
    for commit in track(commits, "Reading earlier fixes", None):
        if may_be_fix(commit):
            named = describe_commit(commit, redact)
            for file in read_fixed_files(commit, blobs):
                today = renames.resolve(file.path)
                if today in wanted:
                    hunks += find_fix_hunks(named, file, today)
        renames.step_back_over(commit)
    return select_standing(hunks, make_tree(blobs, base))


def _list_former_names(repo: Repository, base: str, paths: Sequence[str]) -> list[str]:
    """Return some files of a commit by all names they had until then."""
    names = dict.fromkeys(paths)
    for old, new in list_renames(repo, base):
        if new in names:
            names[old] = None
    return list(names)


def _list_net_changes(repo: Repository, span: Span, exclude: Sequence[str]) -> list[FileChange]:
    """Return what a span changes as a whole, so that many small steps are seen as well."""
    if not span.base:
        return []  # nothing stood before
    return [
        change
        for change in read_range_changes(repo, span.base, span.head)
        if not is_excluded(change.path, exclude)
    ]
