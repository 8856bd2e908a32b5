"""A manifest of two branches: both generations are kept until the next one takes their place.

git merges a manifest by lines, and where both branches generated, that is a conflict. It is settled
here from both sides, whether the driver is asked or the marks of git stand in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# Marks are seven characters, and more where git met conflicts of renames in each other.
_HUNK = re.compile(
    r"^<{7,} [^\n]*\n(?P<ours>.*?)(?:^\|{7,} [^\n]*\n.*?)?^={7,}\n"
    r"(?P<theirs>.*?)^>{7,} [^\n]*\n",
    re.DOTALL | re.MULTILINE,
)
_TRAILING = re.compile(r",(\s*[}\]])")
_MISSING = re.compile(r'(["\]}el\d])(\s*\n\s*")')

MERGED = "merged_with"


def has_marks(text: str) -> bool:
    """Tell whether a text has a conflict of git in it that nobody has settled."""
    return _HUNK.search(text) is not None


def split_sides(text: str) -> tuple[str, str]:
    """Return the two texts that the conflicts of one stand for."""
    return _HUNK.sub(lambda m: m["ours"], text), _HUNK.sub(lambda m: m["theirs"], text)


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
