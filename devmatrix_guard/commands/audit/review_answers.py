"""Finds the edit that answered a comment of a review: the next that changed what it is about.

A branch that was merged still has the commented line in its history: the commit that took it out
is the answer. Of one that was squashed the history has the end only: what stands there below the
same lines as the comment's.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from devmatrix_guard.commands.learn.fixes import MAX_BLOB
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.candidates.reviews import Asked
from devmatrix_guard.mining.commits import describe_source
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import Commit
from devmatrix_guard.model.finding import Source

_MOST_COMMITS = 200
_MOST_LINES = 12  # an answer of more lines is a rewrite
_ALIKE = 0.4  # what stands where a line stood is its successor if so much of it is shared
_CONTEXT = 2
_LATEST = timedelta(days=180)  # who changes a line later than that answers somebody else


class Answer(NamedTuple):
    """The edit that answered a comment: both versions of the file, and the lines that changed."""

    source: Source
    old: bytes
    new: bytes
    before: str
    after: str
    first: int
    last: int


class AnswerFinder:
    """Finds answers in the history of a repository; each file's commits are read once.

    Args:
        repo: where to read.
        blobs: the open reader of that repository.
    """

    def __init__(self, repo: Repository, blobs: BlobReader) -> None:
        self._repo = repo
        self._blobs = blobs
        self._commits: dict[str, list[Commit]] = {}

    def find(self, asked: Asked) -> Answer | None:
        """Return the edit that answered a comment, None where none did."""
        path, at = asked.comment.path, _read_time(asked.comment.at)
        code = asked.code or self._read_code(asked)
        if not any(line.strip() for line in code) or at is None:
            return None
        for commit in self._list_commits(path):
            moment = _read_time(commit.date)
            if moment is None or not at <= moment <= at + _LATEST:
                continue
            pair = self._read_pair(commit, path)
            if pair is None:
                continue
            found = _find_removed(commit, pair, code, asked.comment.line)
            found = found or _find_squashed(commit, pair, code, asked.context)
            if found is not None:
                return found
        return None

    def _read_code(self, asked: Asked) -> tuple[str, ...]:
        """Return the line a comment is about from the commit that was looked at."""
        if not asked.commit or not all(c in "0123456789abcdef" for c in asked.commit):
            return ()
        content = self._blobs.read(f"{asked.commit}:{asked.comment.path}", MAX_BLOB)
        lines = _split(content or b"")
        number = asked.comment.line - 1
        return (lines[number],) if 0 <= number < len(lines) else ()

    def _list_commits(self, path: str) -> list[Commit]:
        if path not in self._commits:
            found = stream_commits(self._repo, paths=(path,), limit=_MOST_COMMITS)
            self._commits[path] = [c for c in found if len(c.parents) <= 1][::-1]
        return self._commits[path]

    def _read_pair(self, commit: Commit, path: str) -> tuple[bytes, bytes] | None:
        change = next((c for c in commit.changes if c.path == path), None)
        if change is None or change.new_blob is None:
            return None
        new = self._blobs.read(change.new_blob, MAX_BLOB)
        old = self._blobs.read(change.old_blob, MAX_BLOB) if change.old_blob else b""
        return None if old is None or new is None or b"\0" in old + new else (old, new)


def _find_removed(
    commit: Commit, pair: tuple[bytes, bytes], code: Sequence[str], line: int
) -> Answer | None:
    """Return the hunk that took the commented lines out, the nearest where there are several."""
    wanted = {text.strip() for text in code if text.strip()}
    found = [
        hunk
        for hunk in diff_lines(*pair)
        if wanted & {_decode(text).strip() for text in hunk.removed}
        and not wanted <= {_decode(text).strip() for text in hunk.added}
        and len(hunk.removed) + len(hunk.added) <= 2 * _MOST_LINES
    ]
    if not found:
        return None
    hunk = min(found, key=lambda h: abs(h.old_start - line))
    before, after = ("".join(map(_decode, side)) for side in (hunk.removed, hunk.added))
    last = hunk.old_start + max(hunk.old_count, 1) - 1
    return Answer(describe_source(commit), *pair, before, after, hunk.old_start, last)


def _find_squashed(
    commit: Commit, pair: tuple[bytes, bytes], code: Sequence[str], context: Sequence[str]
) -> Answer | None:
    """Return what stands where the commented lines stood before a branch was squashed."""
    old, new = pair
    lines = _split(new)
    stripped = [line.strip() for line in lines]
    wanted = [line.strip() for line in code]
    above = [line.strip() for line in context if line.strip()][-_CONTEXT:]
    if len(above) < _CONTEXT or wanted[0] in stripped or wanted[0] in map(str.strip, _split(old)):
        return None
    for start in range(len(stripped) - _CONTEXT):
        if stripped[start : start + _CONTEXT] != above:
            continue
        first = start + _CONTEXT
        after = lines[first : first + len(code)]
        likeness = difflib.SequenceMatcher(
            None, "\n".join(wanted), "\n".join(after).strip()
        ).ratio()
        if likeness >= _ALIKE:
            indented = [*lines[:first], *code, *lines[first + len(code) :]]
            before = "\n".join(indented).encode("utf-8", "surrogateescape")
            was, became = ("\n".join(part) + "\n" for part in (code, after))
            last = first + len(code)
            return Answer(describe_source(commit), before, new, was, became, first + 1, last)
    return None


def _split(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")


def _decode(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def _read_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def list_answers(
    finder: AnswerFinder, asked: Sequence[Asked]
) -> Iterator[tuple[Asked, Answer | None]]:
    """Yield each comment with its answer."""
    for one in asked:
        yield one, finder.find(one)
