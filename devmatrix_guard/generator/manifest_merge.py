"""A manifest of two branches: both generations are kept until the next one takes their place.

git merges a manifest by lines, and where both branches generated, that is a conflict. It is settled
here from both sides, whether the driver is asked or the marks of git stand in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# A mark is seven characters; conflicts within a conflict, as of renames or of a base that git had
# to merge first, have longer ones. Those of one conflict are of one length.
_NEXT = {"<": ("|", "="), "|": ("=",), "=": ()}
_START = re.compile(r"^(<{7,})(?: .*)?$")
_TRAILING = re.compile(r",(\s*[}\]])")
_MISSING = re.compile(r'(["\]}el\d])(\s*\n\s*")')

MERGED = "merged_with"


def has_marks(text: str) -> bool:
    """Tell whether a text has a conflict of git in it that nobody has settled."""
    return "<<<<<<<" in text and any(not isinstance(piece, str) for piece in _iter_pieces(text))


def split_sides(text: str) -> tuple[str, str]:
    """Return the two texts that the conflicts of one stand for, those within others too."""
    pieces = list(_iter_pieces(text))
    if all(isinstance(piece, str) for piece in pieces):
        return text, text
    ours = "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)
    theirs = "".join(piece if isinstance(piece, str) else piece[1] for piece in pieces)
    return split_sides(ours)[0], split_sides(theirs)[1]


def _iter_pieces(text: str) -> Iterator[str | tuple[str, str]]:
    """Yield the lines outside of conflicts, and both sides of each conflict that has its end."""
    lines = text.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    row = 0
    while row < len(lines):
        start = _START.match(lines[row].rstrip("\r\n"))
        sides = _read_conflict(lines, row, len(start[1])) if start else None
        if sides is None:
            yield lines[row]
            row += 1
        else:
            yield sides[:2]
            row = sides[2]


def _read_conflict(lines: Sequence[str], row: int, length: int) -> tuple[str, str, int] | None:
    """Return both sides of the conflict that begins in a row, and the row after it."""
    parts: dict[str, list[str]] = {"<": [], "|": [], "=": []}
    at = "<"
    for number in range(row + 1, len(lines)):
        mark = _read_mark(lines[number], length)
        if mark == ">" and at == "=":
            return "".join(parts["<"]), "".join(parts["="]), number + 1
        if mark in _NEXT[at]:
            at = mark
        else:
            parts[at].append(lines[number])
    return None


def _read_mark(line: str, length: int) -> str:
    """Return the character of a mark of this length, "" for any other line."""
    bare = line.rstrip("\r\n")
    head, rest = bare[:length], bare[length:]
    is_mark = head[:1] in ("|", "=", ">") and head == head[:1] * length
    return head[:1] if is_mark and rest[:1] in ("", " ") else ""


def load_manifest(data: bytes) -> dict[str, Any]:
    """Return a manifest as JSON, settled where git left a conflict.

    Raises:
        ValueError: it is none.
    """
    text = data.decode().replace("\r\n", "\n")
    if not has_marks(text):
        found: dict[str, Any] = json.loads(text)
        return found
    ours, theirs = (_load_side(side) for side in split_sides(text))
    return merge_manifests(ours, theirs)


def _load_side(text: str) -> dict[str, Any]:
    """Return one side of a conflict; git does not know which comma belongs to which line."""
    text = _MISSING.sub(r"\1,\2", _TRAILING.sub(r"\1", text))
    found: dict[str, Any] = json.loads(text)
    return found


def merge_manifests(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of both: ours, with what theirs generated beside it."""
    merged = dict(ours)
    others = [*ours.get(MERGED, ()), *theirs.get(MERGED, ())]
    if theirs["spec"] != ours["spec"] or theirs["files"] != ours["files"]:
        others.append({key: value for key, value in theirs.items() if key != MERGED})
    if others:
        merged[MERGED] = [other for n, other in enumerate(others) if other not in others[:n]]
    merged["files"] = {**theirs["files"], **ours["files"]}
    merged["infra_patterns"] = {**theirs["infra_patterns"], **ours["infra_patterns"]}
    return merged
