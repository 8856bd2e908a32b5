"""Match a path against the globs of a rule's `paths`, as Semgrep does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def matches_any(path: str, globs: Iterable[str]) -> bool:
    """Whether a path matches one of the globs.

    A glob may match the path, a folder above it, or any part of it: `tests/` and `*_test.py` need
    no leading `**/`.
    """
    return any(_compiled(glob).search("/" + path) is not None for glob in globs)


@lru_cache(maxsize=512)
def _compiled(glob: str) -> re.Pattern[str]:
    anchored = glob.startswith("/")
    body = glob.strip("/")
    start = "^/" if anchored else "(?:^|/)"
    return re.compile(start + _translated(body) + "(?:/|$)", re.S)


def _translated(glob: str) -> str:
    parts: list[str] = []
    index = 0
    while index < len(glob):
        if glob.startswith("**/", index):
            parts.append("(?:[^/]+/)*")
            index += 3
        elif glob.startswith("**", index):
            parts.append(".*")
            index += 2
        elif glob[index] == "*":
            parts.append("[^/]*")
            index += 1
        elif glob[index] == "?":
            parts.append("[^/]")
            index += 1
        elif glob[index] == "[" and "]" in glob[index + 1 :]:
            end = glob.index("]", index + 1)
            inner = glob[index + 1 : end]
            negated = "^" if inner[:1] in "!^" and inner else ""
            parts.append(
                f"[{negated}{re.escape(inner[len(negated) :]).replace(chr(92) + '-', '-')}]"
            )
            index = end + 1
        else:
            parts.append(re.escape(glob[index]))
            index += 1
    return "".join(parts)
