"""Reads a unified diff and applies it to texts, strictly: every line must stand where it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from devmatrix_guard.errors import UsageError

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_NOWHERE = "/dev/null"
_NO_END = "\\"
_MOST_FILES = 1_000


class DiffError(UsageError):
    """The text is no unified diff."""


class MisfitError(UsageError):
    """A diff does not fit the files it speaks of."""


class Hunk(NamedTuple):
    """One hunk: the line it begins at in the old text, from 1, and its lines with their marks."""

    start: int
    lines: tuple[str, ...]


class FileDiff(NamedTuple):
    """What a diff does to a file; `old` or `new` is empty where it makes or removes it."""

    old: str
    new: str
    hunks: tuple[Hunk, ...]


def parse_diff(text: str) -> tuple[FileDiff, ...]:
    """Return what a unified diff says, file by file.

    Raises:
        DiffError: it is none; the message names the line.
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    found: list[FileDiff] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            old, new = _read_name(line), _read_name(following)
            hunks, number = _read_hunks(lines, number + 2)
            found.append(FileDiff(old, new, hunks))
        elif line.startswith(("Binary files ", "GIT binary patch")):
            raise DiffError(f"line {number + 1}: a binary file cannot be checked; leave it out.")
        elif line.startswith("@@"):
            raise DiffError(f"line {number + 1}: a hunk without the names of its file before it.")
        else:
            number += 1
        if len(found) > _MOST_FILES:
            raise DiffError(f"the diff changes more than {_MOST_FILES} files; send it in parts.")
    if not found:
        raise DiffError("the text holds no unified diff: no `---` and `+++` line was found.")
    return tuple(found)


def apply_diff(
    files: tuple[FileDiff, ...], read: Callable[[str], str | None]
) -> Iterator[tuple[str, str]]:
    """Yield (path, text after) of every file that is there after a diff.

    Args:
        files: from `parse_diff`.
        read: returns the text before of a path, None where there is none.

    Raises:
        MisfitError: a file or a line is not as the diff says.
    """
    for file in files:
        if not file.new:
            continue
        before = "" if not file.old else read(file.old)
        if before is None:
            raise MisfitError(f"{file.old} is not at HEAD, which the diff must start from.")
        yield file.new, _apply_hunks(before, file)


def _read_hunks(lines: list[str], number: int) -> tuple[tuple[Hunk, ...], int]:
    hunks = []
    while number < len(lines) and (head := _HUNK.match(lines[number])):
        old_count, new_count = int(head[2] or "1"), int(head[4] or "1")
        first = number + 1
        number = first
        while number < len(lines) and (old_count > 0 or new_count > 0):
            mark = lines[number][:1] or " "  # some mailers drop the blank of an empty line
            if mark not in " +-" + _NO_END:
                raise DiffError(f"line {number + 1}: a hunk ends before its lines are all there.")
            old_count -= mark in " -"
            new_count -= mark in " +"
            number += 1
        if old_count or new_count:
            raise DiffError(f"line {number + 1}: a hunk does not have the lines it announces.")
        if number < len(lines) and lines[number].startswith(_NO_END):
            number += 1
        hunks.append(Hunk(int(head[1]), tuple(lines[first:number])))
    return tuple(hunks), number


def _read_name(line: str) -> str:
    name = line[4:].split("\t")[0].rstrip()
    if name.startswith('"'):
        raise DiffError(f"the name {name} is quoted; make the diff with `core.quotePath=false`.")
    if name == _NOWHERE:
        return ""
    return name[2:] if name.startswith(("a/", "b/")) else name


def _apply_hunks(before: str, file: FileDiff) -> str:
    old = before.split("\n")
    ends = old[-1] == ""
    if ends:
        old.pop()
    made: list[str] = []
    position = 0
    for count, hunk in enumerate(file.hunks, start=1):
        start = max(hunk.start - 1, 0) if any(x[:1] != "+" for x in hunk.lines) else hunk.start
        if start < position or start > len(old):
            raise MisfitError(f"hunk {count} of {file.new} begins outside of the file.")
        made += old[position:start]
        position = start
        last = ""
        for line in hunk.lines:
            mark, text = line[:1] or " ", line[1:]
            if mark == _NO_END:
                ends = ends if last == "-" else False
                continue
            if mark in " -":
                if position >= len(old) or old[position] != text:
                    raise MisfitError(
                        f"hunk {count} of {file.new} does not fit line {position + 1} at HEAD."
                    )
                position += 1
            if mark in " +":
                made.append(text)
                if position >= len(old):
                    ends = True
            last = mark
    made += old[position:]
    return "\n".join(made) + ("\n" if ends and made else "")
