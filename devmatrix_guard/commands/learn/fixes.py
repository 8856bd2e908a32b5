"""Reads from one commit what it teaches: the sites of a fix, or of a bulk edit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Sequence
from typing import NamedTuple

from devmatrix_guard.generated_code import says_generated
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import find_defined_names
from devmatrix_guard.git.raw import SUBMODULE_MODE, SYMLINK_MODE
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.candidates.bulk_edits import (
    MAX_SITES,
    find_bulk_edited_paths,
    find_bulk_edits,
    find_used_attributes,
    select_python_changes,
)
from devmatrix_guard.mining.candidates.cluster import FixedSite
from devmatrix_guard.mining.commits import describe_source, find_issue, select_source_changes
from devmatrix_guard.mining.edits.sites import Site, find_sites
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.undo.edits import ChangedFile, FixHunk, find_fix_hunks, is_followed
from devmatrix_guard.mining.undo.indexing import Renames
from devmatrix_guard.mining.undo.layout import MAX_ROWS, is_python_text
from devmatrix_guard.model.diff import Commit, FileChange

MAX_BLOB = 1_000_000
# One commit's new side of a file is the old one of another a few commits later.
KEEP_BYTES = 16_000_000
# A commit with more files is no fix of one thing; one that undoes a fix may have any number.
MAX_FIX_FILES = 40
MAX_CHANGED_FILES = 1000

Redact = Callable[[str], str]


class Fix(NamedTuple):
    """What one fix commit taught: its sites, what its hunks did, and the patch's own identity."""

    commit: str
    identity: str
    files: int
    unreadable: int
    sites: tuple[FixedSite, ...]
    hunks: tuple[FixHunk, ...]


class BulkEdit(NamedTuple):
    """One commit that changed many places alike: those places, and what the project had defined.

    `defined` are names of the changed code that the project itself gave a meaning to.
    """

    commit: str
    identity: str
    sites: tuple[FixedSite, ...]
    defined: frozenset[str]


def read_fix(
    commit: Commit,
    blobs: BlobReader,
    renames: Renames,
    redact: Redact,
    *,
    is_taught: bool = True,
) -> Fix:
    """Return what one fix teaches; without `is_taught` only what is needed to see it undone."""
    source = describe_source(commit)._replace(subject=redact(commit.subject))
    sites: list[FixedSite] = []
    files = unreadable = 0
    for change in select_source_changes(commit) if is_taught else ():
        pair = _read_written_pair(change, blobs)
        if pair is None:
            continue
        files += 1
        found = find_sites(change.path, *pair)
        if found is None:
            unreadable += 1
            continue
        sites += [FixedSite(source, site) for site in found if _is_public(site, redact)]
    changed = read_fixed_files(commit, blobs)
    named = describe_commit(commit, redact)
    remembered = [
        hunk for file in changed for hunk in find_fix_hunks(named, file, renames.resolve(file.path))
    ]
    changes = [
        FileChange(file.path, file.old_path, "M", "", "", "", "", diff_lines(file.old, file.new))
        for file in changed
    ]
    identity = _compute_identity(commit.id, changes, remembered)
    return Fix(commit.id, identity, files, unreadable, tuple(sites), tuple(remembered))


def read_bulk_edit(
    repo: Repository, commit: Commit, blobs: BlobReader, redact: Redact
) -> BulkEdit | None:
    """Return what one commit changed in many places alike; None if it did no such thing."""
    changed = select_python_changes(commit)
    pairs = {change.path: _read_written_pair(change, blobs) for change in changed}
    hunks = {path: diff_lines(*pair) for path, pair in pairs.items() if pair}
    source = describe_source(commit)._replace(subject=redact(commit.subject))
    sites: list[FixedSite] = []
    for path in find_bulk_edited_paths(hunks):
        found = find_sites(path, *(pairs[path] or (b"", b"")), most=MAX_SITES)
        sites += [FixedSite(source, site, True) for site in found or () if _is_public(site, redact)]
    swept = find_bulk_edits(sites)
    if not swept:
        return None
    changes = [c._replace(hunks=hunks[c.path]) for c in commit.changes if c.path in hunks]
    names = sorted(
        {
            name
            for fixed in swept
            for form in fixed.site.forms
            for name in find_used_attributes(form)
        }
    )
    defined = find_defined_names(repo, commit.parents[0], names)
    return BulkEdit(commit.id, _compute_identity(commit.id, changes), swept, defined)


def describe_commit(commit: Commit, redact: Redact = str) -> tuple[str, str, str, str]:
    """Return commit, date, subject and issue, as an undone fix is spoken of."""
    source = describe_source(commit)
    return source.commit, source.date, redact(source.subject), find_issue(commit)


def read_pair(change: FileChange, blobs: BlobReader) -> tuple[bytes, bytes] | None:
    """Return both sides of a modified file; None if one is absent, binary or very large."""
    if change.old_blob is None or change.new_blob is None:
        return None
    old, new = blobs.read(change.old_blob, MAX_BLOB), blobs.read(change.new_blob, MAX_BLOB)
    if old is None or new is None or b"\0" in old or b"\0" in new:
        return None
    return old, new


def _read_written_pair(change: FileChange, blobs: BlobReader) -> tuple[bytes, bytes] | None:
    """Return both sides of a modified file that people write; None for generated code too."""
    pair = read_pair(change, blobs)
    return None if pair is None or any(map(says_generated, pair)) else pair


def read_fixed_files(commit: Commit, blobs: BlobReader) -> list[ChangedFile]:
    """Return the code that a fix modified, with both sides; none of a bulk edit."""
    if len(commit.changes) > MAX_FIX_FILES:
        return []
    return [file for file in read_changed_files(commit.changes, blobs, statuses="MR") if file.old]


def read_changed_files(
    changes: Sequence[FileChange],
    blobs: BlobReader,
    *,
    statuses: str = "ADMRT",
    first: Container[str] = (),
) -> list[ChangedFile]:
    """Return the code of a change with both sides, of some files where there are very many.

    A file that becomes a link or a submodule holds nothing any more: it counts as deleted.

    Args:
        changes: the change.
        blobs: the open reader of the repository.
        statuses: which kinds of change count, by git's letters.
        first: names before the change of files that are read however many there are.
    """
    left = MAX_CHANGED_FILES
    found = []
    for change in changes:
        if change.status not in statuses or not is_change_followed(change):
            continue
        old_path = change.old_path or change.path
        if old_path not in first:
            left -= 1
            if left < 0:
                continue
        old, _ = _read_side(old_path, change.old_blob, change.old_mode, blobs)
        new, _ = _read_side(change.path, change.new_blob, change.new_mode, blobs)
        if old is not None and new is not None:
            found.append(ChangedFile(change.path, old_path, old, new))
    return found


def find_unread(changes: Iterable[FileChange], blobs: BlobReader) -> dict[str, str]:
    """Return why what fixes did to some files cannot be looked for any more, by their new names."""
    found = {}
    for change in changes:
        _, why = _read_side(change.path, change.new_blob, change.new_mode, blobs)
        if why and change.old_blob is not None and change.old_blob != change.new_blob:
            found[change.path] = why
    return found


def is_change_followed(change: FileChange) -> bool:
    """Tell whether a change may take back what a fix did to a file."""
    is_same = change.old_blob == change.new_blob and change.status != "R"
    return not is_same and (is_followed(change.path) or is_followed(change.old_path or change.path))


def _read_side(
    path: str, blob: str | None, mode: str, blobs: BlobReader
) -> tuple[bytes | None, str]:
    """Return one side of a file, empty where there is none; None and why if it is no plain text."""
    if blob is None or mode in (SYMLINK_MODE, SUBMODULE_MODE):
        return b"", ""
    text = blobs.read(blob, MAX_BLOB)
    if text is None:
        is_here = blobs.get_size(blob) is not None
        return None, f"it is larger than {MAX_BLOB:,} bytes" if is_here else "it is not here"
    if b"\0" in text:
        return None, "it holds NUL bytes"
    if text.count(b"\n") >= MAX_ROWS and is_python_text(path, text):
        return None, f"it is longer than {MAX_ROWS:,} lines"
    return text, ""


def _is_public(site: Site, redact: Redact) -> bool:
    """Tell whether a site shows no secret, so that it may be written into a rule."""
    return all(redact(text) == text for text in (site.before, site.after))


def _compute_identity(
    commit: str, changes: Sequence[FileChange], hunks: Sequence[FixHunk] = ()
) -> str:
    """Return a text that is equal for the same patch picked onto another branch.

    The same edit at another place is another fix: the functions of the hunks tell, and what their
    statements stand behind.
    """
    if not changes:
        return commit
    digest = hashlib.blake2b(digest_size=16)
    for change in sorted(changes, key=lambda change: change.path):
        digest.update(change.path.rpartition("/")[2].encode("utf-8", "surrogateescape"))
        for hunk in change.hunks:
            for sign, lines in ((b"-", hunk.removed), (b"+", hunk.added)):
                for line in lines:
                    digest.update(sign + b" ".join(line.split()) + b"\n")
    for fixed in hunks:
        if fixed.is_part:
            continue
        for _, _, placed, _, scope in (*fixed.removed, *fixed.added):
            digest.update(f"{placed} {scope}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
