"""Asks git who wrote lines: through moves within and between files, whatever the layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from devmatrix_guard.git.process import run_git
from devmatrix_guard.git.repository import Repository


class Writer(NamedTuple):
    """A commit that wrote `lines` of the lines that were asked about; `date` is YYYY-MM-DD."""

    commit: str
    date: str
    subject: str
    lines: int


def blame_lines(
    repo: Repository, rev: str, path: str, ranges: Sequence[tuple[int, int]]
) -> list[Writer]:
    """Return who wrote lines of a file, those of most lines first; nothing where git cannot tell.

    Args:
        repo: where to ask.
        rev: the id of the commit with that version of the file.
        path: the file in it.
        ranges: first and last lines, from 1.
    """
    places = [word for start, end in ranges for word in ("-L", f"{start},{end}")]
    options = ("blame", "-w", "-M", "-C", "--no-textconv", "--porcelain", *places)
    code, output, _ = run_git(repo.root, *options, rev, "--", path)
    return [] if code else sorted(_parse(output), key=lambda w: (-w.lines, w.date, w.commit))


def _parse(output: bytes) -> Iterator[Writer]:
    counts: dict[str, int] = {}
    known: dict[str, dict[bytes, bytes]] = {}
    commit = ""
    for line in output.split(b"\n"):
        if line.startswith(b"\t"):
            counts[commit] = counts.get(commit, 0) + 1
            commit = ""
        elif not commit:
            commit = line.partition(b" ")[0].decode("ascii", "replace")
        else:
            key, _, value = line.partition(b" ")
            known.setdefault(commit, {}).setdefault(key, value)
    for name, count in counts.items():
        facts = known.get(name, {})
        seconds = int(facts.get(b"author-time", b"0"))
        date = datetime.fromtimestamp(seconds, UTC).date().isoformat()
        yield Writer(name, date, facts.get(b"summary", b"").decode("utf-8", "replace"), count)
