"""Answers what a range undid, for `check`, `try` and `report` alike.

past fixes that stand at the base + the range's commits, oldest first -> what each took back -> what
the range as a whole took back of the past -> where that stands at the range's end
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from devmatrix_guard.commands.learn.fixes import (
    MAX_BLOB,
    Redact,
    describe_commit,
    read_code_changes,
    read_pair,
)
from devmatrix_guard.commands.learn.history import skip_progress
from devmatrix_guard.commands.learn.paths import is_excluded, remove_excluded
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import read_range_changes
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.commits import describe_source, is_fix
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.undo import Undo, hash_line, is_titled_revert, undo_finding
from devmatrix_guard.mining.undo_history import (
    Step,
    Undone,
    find_undone_fixes,
    find_undone_together,
)
from devmatrix_guard.mining.undo_index import FixHunk, fix_hunks, is_indexed, select_standing_hunks
from devmatrix_guard.model.diff import Commit, FileChange
from devmatrix_guard.model.finding import Finding

# What is read of the past of a range's files, and of the range itself.
_MAX_PATHS = 100
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
    """
    plain = [remove_excluded(c, exclude) for c in span.commits if len(c.parents) == 1]
    net = _read_net_changes(repo, blobs, span, exclude)
    names = dict.fromkeys([*_names_at_base(plain), *(c.old_path or c.path for c in net)])
    past = _read_past_hunks(repo, blobs, span.base, [*names][:_MAX_PATHS], redact)
    steps = _read_steps(plain, blobs, track, redact, [] if defects is None else defects)
    found = find_undone_fixes(steps, past)
    if past and span.commits:
        reverts = [commit for commit in plain if is_titled_revert(commit.subject)]
        reverted = {change.path for commit in reverts for change in commit.changes}
        last = describe_source(span.commits[-1])
        sources = dict.fromkeys((c.path for c in net), last)
        sources |= {c.path: describe_source(commit) for commit in plain for c in commit.changes}
        sources = {path: s._replace(subject=redact(s.subject)) for path, s in sources.items()}
        found += find_undone_together(past, net, found, sources, reverted)
    return [_check_standing(one, blobs, span.head) for one in found]


def make_findings(undone: Iterable[Undone]) -> list[Finding]:
    """Return a finding for each fix in a file that is still undone."""
    best: dict[tuple[str, str], Undone] = {}
    for one in undone:
        key = one.path, one.fix.commit
        if one.stands and (key not in best or (one.both and not best[key].both)):
            best[key] = one
    return [_make_finding(best[key]) for key in sorted(best)]


def _make_finding(one: Undone) -> Finding:
    record = (0, one.fix.removed, one.fix.added)
    put_back = _is_put_back(one)
    undo = Undo(record, both=one.both, put_back=put_back, line=one.line, text=one.text)
    return undo_finding(one.fix[:4], one.path, undo)


def _is_put_back(one: Undone) -> bool:
    return one.both or hash_line(one.text.encode("utf-8", "replace")) in one.fix.removed


def _check_standing(one: Undone, blobs: BlobReader, head: str) -> Undone:
    """Return what was undone with its line at the end, and with whether it still stands there."""
    text = None if one.mended_again else blobs.read(f"{head}:{one.path}", MAX_BLOB)
    if text is None:
        return one._replace(stands=False)
    lines = text.splitlines()
    places: dict[int, int] = {}
    for number, line in enumerate(lines, 1):
        key = hash_line(line)
        if key is not None:
            places.setdefault(key, number)
    if _is_put_back(one):
        stands = all(key in places for key in one.fix.removed)
        place = places.get(hash_line(one.text.encode("utf-8", "replace")) or 0, one.line)
    else:
        stands = not any(key in places for key in one.fix.added)
        place = one.line
    return one._replace(stands=stands, line=max(1, min(place, len(lines))))


def _read_steps(
    commits: Sequence[Commit], blobs: BlobReader, track: Any, redact: Redact, defects: list[str]
) -> list[Step]:
    steps = []
    for commit in track(commits, "Looking for undone fixes", len(commits)):
        try:
            steps.append(_read_step(commit, blobs, redact))
        except Exception as error:
            defects.append(describe_defect(error, f"reading commit {commit.id[:10]}"))
    return steps


def _read_step(commit: Commit, blobs: BlobReader, redact: Redact) -> Step:
    changes = tuple(read_code_changes(commit, blobs))
    source = describe_source(commit)._replace(subject=redact(commit.subject))
    if not is_fix(commit):
        return Step(source, changes)
    named = describe_commit(commit, redact)
    hunks = [hunk for change in changes for hunk in fix_hunks(named, change.path, change.hunks)]
    return Step(source, changes, tuple(hunks))


def _names_at_base(commits: Iterable[Commit]) -> list[str]:
    """Return the code that commits, oldest first, change, under its names before them."""
    made: set[str] = set()
    names: dict[str, None] = {}
    for commit in commits:
        for change in commit.changes:
            old = change.old_path or change.path
            if change.status in ("M", "R") and old not in made and is_indexed(old):
                names[old] = None
            if change.status != "M":
                made.add(change.path)
    return list(names)


def _read_past_hunks(
    repo: Repository, blobs: BlobReader, base: str, paths: Sequence[str], redact: Redact
) -> list[FixHunk]:
    """Return what fixes before the base did to some files, as far as it stands there."""
    if not base or not paths:
        return []
    hunks = [
        hunk
        for commit in stream_commits(repo, rev=base, paths=paths, limit=_MAX_COMMITS)
        if is_fix(commit)
        for change in read_code_changes(commit, blobs)
        if change.path in paths
        for hunk in fix_hunks(describe_commit(commit, redact), change.path, change.hunks)
    ]
    texts = {path: blobs.read(f"{base}:{path}", MAX_BLOB) or b"" for path in paths}
    return select_standing_hunks(hunks, texts)


def _read_net_changes(
    repo: Repository, blobs: BlobReader, span: Span, exclude: Sequence[str]
) -> list[FileChange]:
    """Return what a span changes as a whole, so that many small steps are seen as well."""
    if not span.base:
        return []  # nothing stood before
    found = []
    for change in read_range_changes(repo, span.base, span.head):
        is_left_out = is_excluded(change.path, exclude)
        if change.status in ("M", "R") and is_indexed(change.path) and not is_left_out:
            pair = read_pair(change, blobs)
            if pair is not None:
                found.append(change._replace(hunks=diff_lines(*pair)))
    return found
