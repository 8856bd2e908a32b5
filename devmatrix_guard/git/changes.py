"""What a commit in the making, or a range, changes: files with the hunks of each.

Every option git's configuration could bend is given on the command line, so that the answer is
the same for everybody.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice

from devmatrix_guard.errors import GitError
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.patch import parse_changes, parse_records
from devmatrix_guard.git.process import (
    GitProcess,
    describe_damaged_index,
    describe_failure,
    read_git_output,
)
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.model.diff import FileChange, Hunk

_DIFF = (
    "diff",
    "--raw",
    "-p",
    "-z",
    "-U0",
    "-M",
    "-l1000",
    "-O/dev/null",
    "--no-abbrev",
    "--full-index",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--ignore-submodules=none",
    "--ita-invisible-in-index",
)
_MAX_KB = 1024
_BATCH = 100
_MISSING = "from promisor remote"

Ranges = tuple[tuple[int, int], ...]


def read_staged_changes(
    repo: Repository, *, max_file_kb: int = _MAX_KB, text: tuple[str, ...] = ()
) -> Iterator[FileChange]:
    """Yield what the index changes against HEAD (the empty tree before the first commit).

    While a merge is being concluded only lines that are in none of its parents count.

    Args:
        repo: where to read; `GIT_INDEX_FILE` is honoured as git does.
        max_file_kb: a larger file comes without hunks.
        text: read only these paths, as text even where git's attributes say binary.

    Raises:
        GitError: there is no index to read, or it holds unresolved conflicts.
    """
    if repo.is_bare:
        raise GitError("a bare repository has nothing staged; name a range with --range A...B.")
    others = [
        {
            change.path: list_added_lines(change)
            for change in _read_diff(repo, max_file_kb, text, parent)
        }
        for parent in list_merge_heads(repo)
    ]
    for change in _read_diff(repo, max_file_kb, text):
        if change.status == "U":
            raise GitError(f"{change.path} has conflicts: resolve first, then stage it.")
        yield _drop_lines_of_parents(change, others)


def read_range_changes(
    repo: Repository,
    base: str,
    head: str,
    *,
    max_file_kb: int = _MAX_KB,
    text: tuple[str, ...] = (),
) -> Iterator[FileChange]:
    """Yield what the tree of `head` changes against the tree of `base`.

    Raises:
        GitError: one of them is not there.
    """
    yield from _read_diff(repo, max_file_kb, text, base, head)


def read_changes_since(repo: Repository, rev: str) -> Iterator[FileChange]:
    """Yield what the index changes against a commit, whether a merge is in the making or not.

    Raises:
        GitError: it is not there.
    """
    yield from _read_diff(repo, _MAX_KB, (), rev)


def list_unstaged_files(repo: Repository) -> list[str]:
    """Return the files of the index that may differ in the work tree, deleted ones included."""
    output = read_git_output(repo.root, "diff-files", "--name-only", "-z", "--ignore-submodules")
    return [os.fsdecode(name) for name in output.split(b"\0")[:-1]]


def list_added_lines(change: FileChange) -> Ranges:
    """Return the line ranges the change adds, inclusive, 1-based, sorted and apart."""
    ranges: list[tuple[int, int]] = []
    for hunk in change.hunks:
        if not hunk.new_count:
            continue
        start, end = hunk.new_start, hunk.new_start + hunk.new_count - 1
        if ranges and ranges[-1][1] + 1 == start:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return tuple(ranges)


def is_opaque(change: FileChange) -> bool:
    """Whether git shows no lines although the content differs: it holds the file to be binary."""
    return change.new_blob is not None and change.old_blob != change.new_blob and not change.hunks


def _read_diff(
    repo: Repository, max_file_kb: int, text: Sequence[str], *trees: str
) -> Iterator[FileChange]:
    """Yield a diff between two trees, or between a tree (else HEAD) and the index."""
    options = (*_DIFF, "--text") if text else _DIFF
    process = GitProcess(repo.root, _build_command(max_file_kb, options, trees, text))
    chunks = process.read_chunks()
    seen = set()
    unreadable: GitError | None = None
    try:
        for change in parse_changes(chunks):
            yield change
            seen.add(change.path)
    except GitError as error:
        unreadable = error
        for _ in chunks:  # what git says at its end explains the rest
            pass
    if process.code and _MISSING in process.errors:
        yield from _read_diff_of_present(repo, max_file_kb, seen, trees)
    elif process.code:
        raise describe_failure(repo.root, ("diff",), process.code, process.errors) from unreadable
    elif unreadable:
        raise describe_damaged_index(repo.root) or unreadable


def _read_diff_of_present(
    repo: Repository, max_file_kb: int, seen: set[str], trees: Sequence[str]
) -> Iterator[FileChange]:
    """Yield the rest of a diff in a partial clone; a file with an absent blob has no hunks."""
    raw = [option for option in _DIFF if option not in ("-p", "-U0", "-M")]
    listed = read_git_output(
        repo.root, *_build_command(max_file_kb, [*raw, "--no-renames"], trees, ())
    )
    changes = [change for change in parse_records(listed) if change.path not in seen]
    with BlobReader(repo) as blobs:
        absent = [change for change in changes if not _is_present(blobs, change)]
    yield from absent
    present = iter(sorted({c.path for c in changes} - {c.path for c in absent}))
    while batch := list(islice(present, _BATCH)):
        output = read_git_output(repo.root, *_build_command(max_file_kb, _DIFF, trees, batch))
        yield from parse_changes(iter([output]))


def _is_present(blobs: BlobReader, change: FileChange) -> bool:
    sides = (change.old_blob, change.new_blob)
    return all(blobs.get_size(side) is not None for side in sides if side is not None)


def _build_command(
    max_file_kb: int, options: Sequence[str], trees: Sequence[str], paths: Sequence[str]
) -> list[str]:
    cached = [] if len(trees) == 2 else ["--cached"]
    # A larger file counts as binary: git then neither loads nor compares it.
    threshold = ["-c", f"core.bigFileThreshold={max_file_kb}k"]
    return [*threshold, *options, *cached, "--end-of-options", *trees, "--", *paths]


def list_merge_heads(repo: Repository) -> list[str]:
    """Return the commits that a merge in the making has beside HEAD, none where there is none."""
    try:
        return (repo.git_dir / "MERGE_HEAD").read_text("ascii").split()
    except FileNotFoundError:
        return []


def _drop_lines_of_parents(change: FileChange, others: list[dict[str, Ranges]]) -> FileChange:
    """Return the change with the lines new to every parent; one that has none left is no change."""
    kept = change.hunks
    for lines_of in others:
        theirs = lines_of.get(change.path, ())
        kept = tuple(part for hunk in kept for part in _cut(hunk, theirs))
    if kept or not others:
        return change._replace(hunks=kept)
    return change._replace(hunks=(), old_blob=change.new_blob)


def _cut(hunk: Hunk, ranges: Ranges) -> Iterator[Hunk]:
    """Yield the parts of a hunk whose added lines lie in the ranges."""
    for start, end in ranges:
        first = max(start, hunk.new_start)
        count = min(end, hunk.new_start + hunk.new_count - 1) - first + 1
        if count == hunk.new_count and count:
            yield hunk
        elif count > 0:
            offset = first - hunk.new_start
            yield Hunk(hunk.old_start, 0, first, count, (), hunk.added[offset : offset + count])
