"""Parses what `git diff --raw -p -z -U0` prints: the records, then one patch section each.

A hunk is read by the counts in its header, so no line of code can pass for structure; names in
patch headers are never read, as the sections stand in the order of the records.
"""

from __future__ import annotations

from collections.abc import Iterator

from devmatrix_guard.errors import GitError
from devmatrix_guard.git.raw import parse_raw_record
from devmatrix_guard.model.diff import FileChange, Hunk

_SECTION = b"diff --git "
_UNMERGED = b"* Unmerged "
_STARTS = (_SECTION, _UNMERGED)


def parse_changes(chunks: Iterator[bytes]) -> Iterator[FileChange]:
    """Yield the changes of a diff with their hunks, in git's order.

    A file git holds to be binary has no hunks although its blobs differ.

    Raises:
        GitError: git stopped on the way, or prints something else.
    """
    stream = _Stream(chunks)
    for change in list(_parse_records(stream)):
        hunks: tuple[Hunk, ...] = ()
        for _ in range(2 if _changes_type(change) else 1):
            hunks = tuple(_parse_section(stream))
        yield change._replace(hunks=hunks)
    if stream.peek(1):
        raise GitError("git printed a patch for a file it did not list.")


def parse_records(output: bytes) -> Iterator[FileChange]:
    """Yield the changes of a diff that prints its records only."""
    return _parse_records(_Stream(iter([output])))


def _parse_records(stream: _Stream) -> Iterator[FileChange]:
    fields = iter(lambda: stream.read_until(b"\0"), b"")
    for field in fields:
        yield parse_raw_record(field, fields)


def _changes_type(change: FileChange) -> bool:
    """Whether a file becomes a link or the like: git shows a deletion and an addition."""
    both = change.old_blob is not None and change.new_blob is not None
    return both and change.old_mode[:2] != change.new_mode[:2]


def _parse_section(stream: _Stream) -> Iterator[Hunk]:
    first = stream.read_until(b"\n")
    if first.startswith(_UNMERGED):
        return
    if not first.startswith(_SECTION):
        raise GitError("git's patch ends early, or has a form that is not understood.")
    while (start := stream.peek(len(_SECTION))) and not start.startswith(_STARTS):
        line = stream.read_until(b"\n")
        if line.startswith(b"@@ -"):
            yield _parse_hunk(line, stream)


def _parse_hunk(header: bytes, stream: _Stream) -> Hunk:
    _, old, new, _ = header.split(b" ", 3)
    old_start, old_count = _parse_span(old)
    new_start, new_count = _parse_span(new)
    removed = tuple(_read_hunk_line(stream) for _ in range(old_count))
    added = tuple(_read_hunk_line(stream) for _ in range(new_count))
    return Hunk(old_start, old_count, new_start, new_count, removed, added)


def _parse_span(text: bytes) -> tuple[int, int]:
    start, _, count = text[1:].partition(b",")
    return int(start), int(count) if count else 1


def _read_hunk_line(stream: _Stream) -> bytes:
    """Return one line without its mark; its terminator goes where git says the file has none."""
    line = stream.read_until(b"\n")[1:]
    if stream.peek(1) == b"\\":
        stream.read_until(b"\n")
        return line
    return line + b"\n"


class _Stream:
    """Reads chunks up to a separator, or looks at what comes next."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._position = 0

    def read_until(self, separator: bytes) -> bytes:
        """Return what stands before the separator and pass it; at the end, what is left."""
        while (end := self._buffer.find(separator, self._position)) < 0:
            if not self._read_more():
                end = len(self._buffer)
                break
        found = self._buffer[self._position : end]
        self._position = end + 1
        return found

    def peek(self, count: int) -> bytes:
        """Return up to `count` of the next bytes without passing them."""
        while len(self._buffer) - self._position < count and self._read_more():
            pass
        return self._buffer[self._position : self._position + count]

    def _read_more(self) -> bool:
        chunk = next(self._chunks, b"")
        self._buffer = self._buffer[self._position :] + chunk
        self._position = 0
        return bool(chunk)
