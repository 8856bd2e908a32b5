"""Reads what stands in one line of settings as if each entry had a line: mappings within braces."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST = 2_000
_MOST_NESTED = 8
_FLOW = re.compile(r"(\s*(?:-\s+)?[\w.\"'/-]+\s*)([:=])\s*\{(.*)\}\s*(?:#.*)?$")
_DEFAULT = re.compile(r"\$\{\w+:-?([^{}]*)\}")
_GROUPED = re.compile(r"(?<![\w.])\d+(?:_\d+)+(?![\w.])")


def read_value(line: str) -> str:
    """Return a line with what stands where the environment says nothing, and plain numbers."""
    if "${" in line:
        line = _DEFAULT.sub(r"\1", line)
    return _GROUPED.sub(lambda found: found[0].replace("_", ""), line) if "_" in line else line


def cut_flow(line: str, level: int = 0) -> Iterator[tuple[int, str, bool]]:
    """Yield the entries of a line: how deep each is below it, its text, whether it has others.

    A line that holds no mapping in braces is its only entry.
    """
    match = _FLOW.match(line) if "{" in line and len(line) <= _LONGEST else None
    if match is None or level >= _MOST_NESTED:
        yield level, line, False
        return
    head = f"{match[1].rstrip()}:" if match[2] == ":" else match[1].rstrip()
    yield level, head, True
    for part in _split(match[3]):
        yield from cut_flow(part, level + 1)


def _split(inner: str) -> Iterator[str]:
    """Yield the parts of a text between the commas that are in no bracket and no quotes."""
    depth = start = 0
    quote = ""
    for at, letter in enumerate(inner):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
        elif letter == "," and depth == 0:
            yield inner[start:at].strip()
            start = at + 1
    if inner[start:].strip():
        yield inner[start:].strip()
