"""Asks which regression tests that a range itself brought with its fixes are gone at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence

from devmatrix_guard.commands.check.change.proof_detector import (
    find_announced,
    find_removed_proof,
    read_index_at,
)
from devmatrix_guard.commands.learn.fix_units import read_naming_at
from devmatrix_guard.commands.learn.paths import is_excluded
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import read_range_changes
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.commits import may_be_fix
from devmatrix_guard.mining.fixes.units import is_test_file
from devmatrix_guard.model.finding import Finding

_MAX_COMMITS = 2000
_MAX_FIXES = 50  # each is compared with the end of the range


def find_proof_lost_within(
    repo: Repository,
    blobs: BlobReader,
    base: str,
    head: str,
    *,
    exclude: Sequence[str],
    until: float | None = None,
) -> list[Finding]:
    """Return what was taken from the tests of fixes made in a range, as far as it still is.

    Each has the stage that the change which took it has: a longer period is no excuse.

    Args:
        repo: where to read.
        blobs: the open reader of the repository.
        base: the commit before the range, empty for none.
        head: its last commit.
        exclude: globs of paths that are as if they were not there.
        until: when to end, by the clock that only goes forward; the newest fixes come first.
    """
    naming = read_naming_at(blobs, head)
    found: dict[str, Finding] = {}
    fixes = 0
    for commit in stream_commits(repo, since=base or None, rev=head, limit=_MAX_COMMITS):
        tests = {c.path for c in commit.changes if c.new_blob and is_test_file(c.path, naming)}
        tests = {path for path in tests if not is_excluded(path, exclude)}
        if not tests or not may_be_fix(commit) or len(commit.parents) != 1:
            continue
        fixes += 1
        if fixes > _MAX_FIXES or (until is not None and time.monotonic() > until):
            break
        changes = [c for c in read_range_changes(repo, commit.id, head) if c.hunks or c.old_blob]
        if tests.isdisjoint(c.old_path or c.path for c in changes):
            continue
        index = read_index_at(
            repo, blobs, commit.id, sorted(tests), naming, exclude, since=commit.parents[0]
        )
        announced = find_announced(repo, commit.id, head)
        for finding in find_removed_proof(index, changes, blobs, naming, announced):
            found.setdefault(finding.fingerprint, finding)
    return list(found.values())
